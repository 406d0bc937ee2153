"""Which streets are closed to cars for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, final

from pydantic import Field

from twin.city.actions import Action, SetClosures
from twin.policy.base import AbstractLever, levers

if TYPE_CHECKING:
    from twin.city.view import CityView


@final
@levers.register("closures")
class Closures(AbstractLever):
    """Streets closed to cars, such as for people on foot."""

    busiest: Annotated[int, Field(ge=0, le=1000)] = 0
    """[streets] edges that carry most cars when the city is new, busiest first."""
    streets: Annotated[
        tuple[str, ...], Field(json_schema_extra={"one_of": "street_edges.uid"})
    ] = ()
    """Further streets to close, by the `uid` of their edges."""
    ambulances_pass: bool = False
    """Whether ambulances and fire engines may drive through them."""

    def decide(self, view: CityView) -> tuple[Action, ...]:  # noqa: ARG002 - the same every year
        """Close the streets of the coming year."""
        return (SetClosures(self.busiest, self.streets, self.ambulances_pass),)
