"""How warm homes are by the hour: who is cold, how long, and what electric heaters draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np

from twin.flows.heat.buildings import COLD_BELOW_C, DANGER_BELOW_C, INDOOR_C, building_params
from twin.flows.heat.indoor.heaters import building_heater_w
from twin.flows.heat.indoor.hours import Heaters, indoor_day
from twin.indicators.base import COLD_GROUPS

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.core.arrays import Float64, Int64
    from twin.flows.heat.indoor.hours import IndoorHours
    from twin.indicators import Sums

POOR_SHARE = 0.2
"""Share of people, by income per head of their household, who count as poor."""
OLD_FROM_YEARS = 65
_HOURS = 24


@final
class Homes:
    """Buildings as one capacity each: the method that their time constants come from.

    People on district heat switch on electric heaters when their home falls to 18 C; a building's
    heaters are those of its households together (`twin.flows.heat.indoor.heaters`).
    """

    def __init__(self, city: City) -> None:
        buildings, households = city.buildings, city.households
        n = len(buildings)
        heater_w = building_heater_w(
            households["building_id"].to_numpy(dtype=np.int32),
            households["income_kzt_month"].to_numpy(dtype=np.float64),
            n,
        )
        self.rows: Int64 = np.flatnonzero(buildings["heat_node"].to_numpy() >= 0)
        """Buildings on district heat; the others' stoves and boilers do not fail."""
        self.params = building_params(
            buildings["floor_area_m2"].to_numpy(dtype=np.float64)[self.rows],
            buildings["built_year"].to_numpy()[self.rows],
            buildings["use"].to_numpy()[self.rows],
        )
        self.heaters = Heaters(heater_w[self.rows])
        self.temp_c: Float64 = np.full(n, INDOOR_C)
        """Indoors at midnight, shape (n_buildings,)."""
        self.heater_load_w: Float64 = np.zeros((n, _HOURS))
        """Today's electric heaters: what a power network would have to carry, (n_buildings, 24)."""
        self.groups: Float64 = _groups(city)[:, self.rows]
        """Residents on district heat by group of `COLD_GROUPS`, shape (n_groups, n_rows)."""
        self.hourly: list[tuple[float, ...]] = []
        """Rows of the run's table of cold hours."""

    def live(self, outdoor_c: Float64, heat_service: Float64) -> IndoorHours:
        """Carry the buildings on district heat through a day; return theirs, in order of `rows`.

        Parameters
        ----------
        outdoor_c
            Hourly, shape (24,).
        heat_service
            Share of wanted heat, shape (n_buildings,).
        """
        day = indoor_day(
            self.params,
            self.temp_c[self.rows],
            outdoor_c,
            heat_service[self.rows],
            heaters=self.heaters,
            keep_hours=True,
        )
        self.temp_c[self.rows] = day.indoor_temp_c
        self.heater_load_w[self.rows] = day.heater_w
        return day

    def add_to(self, sums: Sums, day: IndoorHours) -> None:
        """Add the day to its sums."""
        people = self.groups
        sums.cold_degree_hours = float(people[0] @ day.cold_degree_hours)
        sums.cold_person_hours = people @ day.cold_hours
        sums.danger_person_hours = people @ day.danger_hours
        sums.group_person_days = people.sum(axis=1)
        sums.electric_heater_kwh = float(day.heater_w.sum()) / 1000.0

    def note_hours(self, day_i: int, outdoor_c: Float64, day: IndoorHours) -> None:
        """Keep the hours of a day on which somebody on district heat is cold."""
        people = self.groups[0]
        if not float(people @ day.cold_hours):
            return
        below = (day.hourly_c < COLD_BELOW_C).T @ people
        danger = (day.hourly_c < DANGER_BELOW_C).T @ people
        lowest_c = day.hourly_c[people > 0].min(axis=0)
        mean_c = (people @ day.hourly_c) / people.sum()
        load_kw = day.heater_w.sum(axis=0) / 1000.0
        columns = (outdoor_c, below, danger, mean_c, lowest_c, load_kw)
        self.hourly += [
            (day_i, hour, *(float(column[hour]) for column in columns)) for hour in range(_HOURS)
        ]


def _groups(city: City) -> Float64:
    """Return residents by group and building: all, the poor, the old."""
    n = len(city.buildings)
    persons, households = city.persons, city.households
    home = persons["building_id"].to_numpy()
    household = persons["household_id"].to_numpy()
    income = households["income_kzt_month"].to_numpy(dtype=np.float64)
    per_head = (income / households["size"].to_numpy())[household]
    poor = np.zeros(home.size, dtype=np.bool_)
    poor[np.argsort(per_head, kind="stable")[: round(POOR_SHARE * home.size)]] = True
    old = persons["age"].to_numpy() >= OLD_FROM_YEARS
    known = {"all": np.ones(home.size, dtype=np.bool_), "poor": poor, "old": old}
    return np.stack(
        [np.bincount(home[known[name]], minlength=n).astype(np.float64) for name in COLD_GROUPS]
    )
