"""How arrears of bills are collected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, final

from pydantic import Field

from twin.city.actions import Action, SetCollection
from twin.policy.base import AbstractLever, levers

if TYPE_CHECKING:
    from twin.city.view import CityView


@final
@levers.register("collection")
class Collection(AbstractLever):
    """What happens to households that do not pay."""

    cut_off_months: Annotated[int, Field(ge=0, le=120)] = 0
    """[months] of bills in arrears after which a household is cut off until it pays; 0: never."""

    def decide(self, view: CityView) -> tuple[Action, ...]:  # noqa: ARG002 - the same every year
        """Set the rule of the coming year."""
        return (SetCollection(self.cut_off_months),)
