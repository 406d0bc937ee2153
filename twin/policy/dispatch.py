"""How many repair crews there are, and which failure they take first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, final

import numpy as np
from pydantic import Field, create_model

from twin.city.actions import Action, RankRepairs, SetCrews
from twin.city.networks import NETWORKS
from twin.policy.base import AbstractLever, Cadence, levers

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.city.network_kind import NetworkKind
    from twin.city.view import CityView, WorksView
    from twin.core.arrays import Float64


def _first_come(works: WorksView) -> Float64:
    """Longest known first."""
    return -works.known_day.astype(np.float64)


def _by_complaints(works: WorksView) -> Float64:
    """Most reports first, ties by age of the report."""
    return works.reports - 1e-6 * works.known_day


def _by_severity(works: WorksView) -> Float64:
    """Largest break first, ties by age of the report."""
    return works.severity - 1e-6 * works.known_day


def _by_impact(works: WorksView) -> Float64:
    """Most people hit times size of the break first, ties by age of the report."""
    return works.severity * works.people_affected - 1e-6 * works.known_day


def _by_people(works: WorksView) -> Float64:
    """Most people affected first, ties by age of the report."""
    return works.people_affected - 1e-6 * works.known_day


_ORDERS: dict[str, Callable[[WorksView], Float64]] = {
    "first_come": _first_come,
    "complaints": _by_complaints,
    "severity": _by_severity,
    "people": _by_people,
    "impact": _by_impact,
}


def _field(kind: NetworkKind) -> str:
    """Return the field with a network's number of crews."""
    return f"{kind.name}_crews"


if TYPE_CHECKING:
    _Crews = AbstractLever
else:
    _fields: dict[str, Any] = {
        _field(kind): (
            Annotated[int, Field(ge=0, le=500, description=f"[crews] for {kind.edges_name}.")],
            kind.default_crews,
        )
        for kind in NETWORKS
    }
    _Crews = create_model("_Crews", __base__=AbstractLever, **_fields)


@final
@levers.register("dispatch")
class Dispatch(_Crews):
    """Repair crews and their queue.

    Every network has a field `<name>_crews`.
    """

    cadence: ClassVar[Cadence] = Cadence.DAY

    order: Literal["first_come", "complaints", "severity", "people", "impact"] = "impact"
    """Which failure is taken first: longest known, most reported, largest, most people hit, or
    size times people."""

    def decide(self, view: CityView) -> tuple[Action, ...]:
        """Rank the waiting failures."""
        return (
            SetCrews(tuple(getattr(self, _field(kind)) for kind in NETWORKS)),
            RankRepairs(_ORDERS[self.order](view.works)),
        )
