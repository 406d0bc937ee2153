"""How departments share the renewal plan, and how long they take to agree on a work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, final

from pydantic import Field, create_model

from twin.city.actions import Action, SetDepartments
from twin.city.networks import NETWORKS
from twin.policy.base import AbstractLever, levers

if TYPE_CHECKING:
    from twin.city.network_kind import NetworkKind
    from twin.city.view import CityView


def _field(kind: NetworkKind) -> str:
    """Return the field with the weight of a network's department."""
    return f"{kind.name}_weight"


if TYPE_CHECKING:
    _Weights = AbstractLever
else:
    _fields: dict[str, Any] = {
        _field(kind): (
            Annotated[
                float,
                Field(ge=0, le=1000, description=f"[ratio] part of the fund for {kind.name}."),
            ],
            1.0,
        )
        for kind in NETWORKS
    }
    _Weights = create_model("_Weights", __base__=AbstractLever, **_fields)


@final
@levers.register("departments")
class Departments(_Weights):
    """Departments of the networks.

    Every network has a field `<name>_weight`, its part of the renewal fund under `plan: weights`.
    """

    plan: Literal["one_list", "weights"] = "one_list"
    """One list of all networks by rank, or a part of the renewal fund for each department."""
    approval_days: Annotated[int, Field(ge=0, le=365)] = 0
    """[days] that each department takes to approve a work: a pipe under a street needs two, one
    where digs are coordinated. What cannot end within the season is not begun."""

    def decide(self, view: CityView) -> tuple[Action, ...]:  # noqa: ARG002 - the same every year
        """Set how the departments plan in the coming year."""
        weights = tuple(float(getattr(self, _field(kind))) for kind in NETWORKS)
        shared = weights if self.plan == "weights" and sum(weights) > 0.0 else ()
        return (SetDepartments(shared, self.approval_days),)
