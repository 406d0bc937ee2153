"""Who is cold, when, and what their heaters draw."""

import numpy as np
import pytest

from tests.builders import grid_city
from tests.unit.model.test_city_model import scenario
from twin.buildings.heaters import household_heater_w
from twin.buildings.homes import Homes
from twin.indicators import Sums
from twin.indicators.groups import residents_by_group
from twin.model.city_model import CityModel
from twin.parameters import HeaterParams, TimeConstants

COLD = np.full(24, -30.0)


def homes_of(city):
    return Homes(city, residents_by_group(city), HeaterParams(), TimeConstants())


def test_heater_power_follows_income_up_to_the_radiator():
    power_w = household_heater_w(np.array([0.0, 100_000.0, 200_000.0, 1e6]), HeaterParams())
    assert power_w[:2] == pytest.approx([0.0, 100_000 * 0.1 / 27 / 730 * 1000])
    assert power_w[2] == pytest.approx(2 * power_w[1])
    assert power_w[3] == 2000.0


def test_homes_without_district_heat_stay_warm_and_draw_nothing():
    city = grid_city()
    city.buildings.loc[city.buildings.index[:10], "heat_node"] = -1
    homes = homes_of(city)
    service = np.zeros(homes.temp_c.size)
    service[:10] = np.nan
    homes.live(COLD, service)
    assert (homes.temp_c[:10] == 20.0).all()
    assert (homes.temp_c[10:] < 18.0).all()
    assert homes.heater_load_w[:10].sum() == 0.0
    assert homes.heater_load_w[10:].sum() > 0.0


def test_groups_are_counted_among_all():
    city = grid_city()
    homes = homes_of(city)
    everyone, poor, old = homes.groups
    assert np.array_equal(everyone, city.buildings["people"])
    assert poor.sum() == pytest.approx(0.2 * everyone.sum(), abs=1.0)
    assert (poor <= everyone).all()
    assert old.sum() == (city.persons["age"] >= 65).sum()


def test_sums_and_hours_agree():
    homes, sums = homes_of(grid_city()), Sums(days=1)
    day = homes.live(COLD, np.zeros(homes.temp_c.size))
    homes.add_to(sums, day)
    homes.note_hours(4, COLD, day)
    assert len(homes.hourly) == 24
    last = homes.hourly[-1]
    assert last[:3] == (4, 23, -30.0)
    assert last[3] == homes.groups[0].sum()
    assert 0.0 < sums.cold_person_hours[0] <= 24.0 * homes.groups[0].sum()
    assert sums.electric_heater_kwh == pytest.approx(sum(row[-1] for row in homes.hourly))


def test_a_warm_day_leaves_no_hours():
    homes = homes_of(grid_city())
    homes.note_hours(0, COLD, homes.live(COLD, np.ones(homes.temp_c.size)))
    assert homes.hourly == []


def test_a_run_tells_its_cold_hours_and_zones():
    shock = (
        "shocks: [{kind: cold_spell, date: 2026-03-05, days: 3, temp_c: -36},"
        " {kind: source_derating, network: heat, date: 2026-03-05, days: 3, capacity_share: 0.01}]"
    )
    model = CityModel(grid_city(), scenario(shock, days=12), seed=1)
    model.run_for(12)
    result = model.result()
    cold = result.homes
    assert set(cold["date"]) >= {"2026-03-05", "2026-03-06", "2026-03-07"}
    assert cold["people_cold"].max() > 0
    assert (cold["people_in_danger"] <= cold["people_cold"]).all()
    assert (cold["lowest_indoor_c"] <= cold["indoor_mean_c"] + 1e-9).all()
    zones = result.zones
    assert (zones["danger_hours"] <= zones["cold_hours"]).all()
    assert zones["lowest_indoor_c"].min() == pytest.approx(cold["lowest_indoor_c"].min(), abs=0.5)
    run = result.indicators.set_index(["period", "indicator"])["value"]["run"]
    assert run["cold_hours"] >= run["danger_hours"]
    assert run["electric_heater_kwh"] > 0.0
