"""Car trips of a city's morning peak hour, from its people's homes to work and school."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.core.arrays import Float64, Int32, Int64


@final
@dataclass(frozen=True, slots=True)
class TripRates:
    """Cars on the road in the peak hour per person who goes somewhere; assumptions to calibrate.

    No survey of a town of this kind was found; the values are plain orders of magnitude for a
    town where most people walk or take a bus, and half the day's arrivals fall in one hour.
    """

    car_share_work: float = 0.40
    """Share of workers who come by car."""
    car_share_school: float = 0.15
    """Share of pupils and students who are driven or drive."""
    people_per_car: float = 1.3
    """People in a car, driver included."""
    peak_share_work: float = 0.5
    """Share of trips to work within the peak hour."""
    peak_share_school: float = 0.8
    """Share of trips to school within the peak hour: lessons start at once."""

    @property
    def work_vehph(self) -> float:
        """Cars in the peak hour per worker."""
        return self.car_share_work * self.peak_share_work / self.people_per_car

    @property
    def school_vehph(self) -> float:
        """Cars in the peak hour per pupil or student."""
        return self.car_share_school * self.peak_share_school / self.people_per_car


@final
@dataclass(frozen=True, slots=True, eq=False)
class PeakTrips:
    """Trips between zones of the peak hour, at the people the city was built with."""

    origin_zone: Int64
    """Zone of the home, shape (n_trips,)."""
    dest_zone: Int64
    """Zone of work or school, shape (n_trips,), another than the home's."""
    vehph: Float64
    """Cars, shape (n_trips,)."""
    intrazonal_vehph: Float64
    """Cars that stay within their zone, shape (n_zones,)."""
    building_zone: Int32
    """Zone of every building, shape (n_buildings,)."""
    zone_people: Float64
    """Residents of every zone when the trips were counted, shape (n_zones,)."""

    def growth(self, people: Int32) -> Float64:
        """Return residents now over residents then, shape (n_zones,), 1 where nobody lived.

        `people` has shape (n_buildings,).
        """
        now = np.bincount(self.building_zone, weights=people, minlength=self.zone_people.size)
        lived_in = self.zone_people > 0.0
        return np.where(lived_in, now / np.where(lived_in, self.zone_people, 1.0), 1.0)


def peak_trips(city: City, rates: TripRates) -> PeakTrips:
    """Count the trips of a city's people to `work_building` between zones."""
    n_zones = len(city.zones)
    zone = city.buildings["zone_id"].to_numpy(dtype=np.int32)
    people = city.persons
    work = people["work_building"].to_numpy()
    goes = work >= 0
    home_zone = zone[people["building_id"].to_numpy()[goes]].astype(np.int64)
    work_zone = zone[work[goes]]
    learns = people["occupation"].isin(("child", "pupil", "student")).to_numpy()[goes]
    cars = np.where(learns, rates.school_vehph, rates.work_vehph)
    matrix = np.bincount(home_zone * n_zones + work_zone, weights=cars, minlength=n_zones**2)
    pairs = np.flatnonzero(matrix)
    pairs = pairs[pairs // n_zones != pairs % n_zones]
    residents = city.buildings["people"].to_numpy(dtype=np.float64)
    return PeakTrips(
        origin_zone=(pairs // n_zones).astype(np.int64),
        dest_zone=(pairs % n_zones).astype(np.int64),
        vehph=matrix[pairs],
        intrazonal_vehph=matrix[:: n_zones + 1].copy(),
        building_zone=zone,
        zone_people=np.bincount(zone, weights=residents, minlength=n_zones),
    )
