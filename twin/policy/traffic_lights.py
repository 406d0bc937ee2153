"""How many traffic lights follow the traffic instead of a fixed plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, final

from pydantic import Field

from twin.city.actions import Action, SetTrafficLights
from twin.policy.base import AbstractLever, levers

if TYPE_CHECKING:
    from twin.city.view import CityView


@final
@levers.register("traffic_lights")
class TrafficLights(AbstractLever):
    """Traffic lights that adapt."""

    formerly: ClassVar[tuple[str, ...]] = ("signals",)

    adaptive_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """[share] of the junctions with lights whose lights adapt, the busiest first."""
    cost_kzt_per_junction_year: Annotated[float, Field(ge=0, le=100_000_000)] = 2_200_000.0
    """[KZT/junction/year] of adaptive lights, bought and run: 65,000 USD over 15 years."""

    def decide(self, view: CityView) -> tuple[Action, ...]:  # noqa: ARG002 - the same every year
        """Set the lights of the coming year."""
        return (SetTrafficLights(self.adaptive_share, self.cost_kzt_per_junction_year),)
