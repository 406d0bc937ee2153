"""How ambulances and fire engines are staffed, and how they get through the traffic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, final

from pydantic import Field

from twin.city.actions import Action, SetEmergency
from twin.policy.base import AbstractLever, levers

if TYPE_CHECKING:
    from twin.city.view import CityView


@final
@levers.register("emergency")
class Emergency(AbstractLever):
    """Ambulances and fire engines."""

    ambulances_per_10000: Annotated[float, Field(ge=0, le=20)] = 1.0
    """[1/10000 residents] ambulances on duty, rounded up: one per 10,000 is the usual norm."""
    fire_engines_per_station: Annotated[int, Field(ge=0, le=20)] = 2
    """[engines] on duty at each fire station."""
    stand_by_at_fire_stations: bool = False
    """Whether ambulances wait at fire stations too, not at the hospital alone."""
    delay_share: Annotated[float, Field(ge=0, le=1)] = 0.5
    """[share] of drivers' delay that a unit with sirens suffers; signals that turn green for it
    lower the share."""

    def decide(self, view: CityView) -> tuple[Action, ...]:  # noqa: ARG002 - the same every year
        """Set the staff and the signals of the coming year."""
        return (
            SetEmergency(
                self.ambulances_per_10000,
                self.fire_engines_per_station,
                self.stand_by_at_fire_stations,
                self.delay_share,
            ),
        )
