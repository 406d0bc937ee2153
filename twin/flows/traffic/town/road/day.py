"""A whole day of traffic, from the hours that stand for its periods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.city.pavement import NEW_IRI_MPKM, iri_mpkm
from twin.flows.traffic.town.demand.periods import PERIOD_HOURS
from twin.flows.traffic.town.road.emissions import (
    bus_co2_gpkm,
    car_co2_gpkm,
    fuel_factor,
    truck_co2_gpkm,
)
from twin.flows.traffic.town.road.safety import injury_crashes

if TYPE_CHECKING:
    from twin.core.arrays import Float64
    from twin.flows.traffic.town.road.loads import HeavyTraffic
    from twin.parameters import StreetParams

_GRAMS_PER_TONNE = 1e6


@final
@dataclass(frozen=True, slots=True)
class HourTotals:
    """What an hour of traffic comes to, buses and trucks included."""

    vehkm: float
    co2_t: float
    injury_crashes: float

    def times(self, factor: float) -> HourTotals:
        """Return the totals of some such hours."""
        return HourTotals(self.vehkm * factor, self.co2_t * factor, self.injury_crashes * factor)

    def plus(self, other: HourTotals) -> HourTotals:
        """Return the sum of two spans."""
        return HourTotals(
            self.vehkm + other.vehkm,
            self.co2_t + other.co2_t,
            self.injury_crashes + other.injury_crashes,
        )

    def like(self, before: HourTotals, now: HourTotals) -> HourTotals:
        """Return these totals changed as an hour changed, each in proportion."""
        return HourTotals(
            self.vehkm * _ratio(now.vehkm, before.vehkm),
            self.co2_t * _ratio(now.co2_t, before.co2_t),
            self.injury_crashes * _ratio(now.injury_crashes, before.injury_crashes),
        )


@final
@dataclass(frozen=True, slots=True, eq=False)
class LinkFacts:
    """What the sums of traffic need of links, shape (n_links,) each."""

    length_m: Float64
    wear_phys: Float64
    heavy: HeavyTraffic
    truck_share_h: tuple[float, ...]
    """Share of a day's trucks in an hour of each period."""
    bus_share_h: tuple[float, ...]
    """Share of a day's buses in an hour of each period."""
    params: StreetParams


def hour_totals(
    facts: LinkFacts,
    period: int,
    cars_vehph: Float64,
    time_s: Float64,
    *,
    trip_factor: float = 1.0,
) -> HourTotals:
    """Add up an hour of traffic.

    Parameters
    ----------
    facts
        Links.
    period
        Place in `PERIODS`.
    cars_vehph
        Cars on every link on a usual day, shape (n_links,); trucks and buses come from `facts`.
    time_s
        Time on every link, shape (n_links,); infinite where it is closed.
    trip_factor
        Cars and trucks of the day over those of a usual day; buses keep their timetable.
    """
    is_open = np.isfinite(time_s)
    speed_ms = np.where(is_open, facts.length_m / np.where(is_open, time_s, 1.0), 0.0)
    km = np.where(is_open, facts.length_m / 1000.0, 0.0)
    in_hour = trip_factor * facts.truck_share_h[period]
    single, articulated = (in_hour * trucks for trucks in facts.heavy.trucks_day)
    cars = trip_factor * cars_vehph
    buses = facts.heavy.buses_day * facts.bus_share_h[period]
    params = facts.params
    single_g, articulated_g = (params.truck_co2_ratio * each for each in truck_co2_gpkm(speed_ms))
    car_g = params.car_co2_ratio * car_co2_gpkm(speed_ms)
    bus_g = params.bus_co2_ratio * bus_co2_gpkm(speed_ms)
    grams = cars * car_g + buses * bus_g
    grams = grams + single * single_g + articulated * articulated_g
    rough = fuel_factor(iri_mpkm(facts.wear_phys), NEW_IRI_MPKM, params.fuel_per_mpkm)
    vehkm = km * (cars + single + articulated + buses)
    return HourTotals(
        vehkm=float(vehkm.sum()),
        co2_t=float((grams * rough * km).sum()) / _GRAMS_PER_TONNE,
        injury_crashes=float(injury_crashes(vehkm, speed_ms, params).sum()),
    )


def day_totals(hours: list[HourTotals]) -> HourTotals:
    """Add up a day from an hour of each period."""
    whole = HourTotals(0.0, 0.0, 0.0)
    for hour, length in zip(hours, PERIOD_HOURS, strict=True):
        whole = whole.plus(hour.times(length))
    return whole


def _ratio(part: float, whole: float) -> float:
    """Return part / whole, 1 where there is nothing."""
    return part / whole if whole > 0.0 else 1.0
