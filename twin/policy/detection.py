"""Sensors that find failures nobody reports: a technology, whose upkeep costs money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, final

from pydantic import Field

from twin.city.actions import Action, SetDetection
from twin.city.networks import STREET
from twin.policy.base import AbstractLever, levers

if TYPE_CHECKING:
    from twin.city.view import CityView


@final
@levers.register("detection")
class Detection(AbstractLever):
    """Leak detection on pipes."""

    awareness_days: Annotated[float, Field(ge=1, le=3650)] = 180.0
    """[days] mean time until an unreported failure is found without sensors."""
    sensor_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """[share] of pipe length watched by sensors."""
    sensor_days: Annotated[float, Field(ge=0.5, le=365)] = 3.0
    """[days] mean time until a failure under a working sensor is found."""
    cost_kzt_per_km_year: Annotated[float, Field(ge=0, le=10_000_000)] = 60_000.0
    """[KZT/km/year] upkeep of the watched pipes, beside buying the sensors."""
    upkeep_share: Annotated[float, Field(ge=0, le=1)] = 1.0
    """[share] of the upkeep that is really done; sensors without upkeep stop within years."""
    life_years_without_upkeep: Annotated[float, Field(gt=0, le=50)] = 3.0
    """[years] in which unattended sensors fall silent."""

    def decide(self, view: CityView) -> tuple[Action, ...]:
        """Work out how many sensors still work and what they cost."""
        idle = min(1.0, view.year_index / self.life_years_without_upkeep)
        working = self.sensor_share * (1.0 - (1.0 - self.upkeep_share) * idle)
        pipes = view.assets.network != STREET.code
        watched_km = self.sensor_share * float(view.assets.length_m[pipes].sum()) / 1000.0
        return (
            SetDetection(
                awareness_days=self.awareness_days,
                sensor_share=working,
                sensor_days=self.sensor_days,
                cost_kzt=watched_km * self.cost_kzt_per_km_year * self.upkeep_share,
                watched_km=watched_km,
            ),
        )
