"""Buildings, the quality curve's ends and the heating season."""

import numpy as np
import pytest

from twin import buildings
from twin.core.errors import CityDataError
from twin.flows import heat


def params(n=3):
    return buildings.building_params(np.full(n, 3500.0), np.full(n, 1975), np.full(n, "apartment"))


def test_panel_block_has_the_loss_and_time_constant_of_its_kind():
    found = params(1)
    assert found.ua_wk[0] == pytest.approx(6825.0)
    assert found.tau_h[0] == 40.0


def test_full_heat_holds_twenty_degrees():
    for homes in (params(), buildings.two_mass(params())):
        day = buildings.indoor_day(homes, np.full(3, 20.0), np.full(24, -30.0), np.ones(3))
        assert day.indoor_temp_c == pytest.approx(20.0)
        assert day.cold_hours.sum() == day.danger_hours.sum() == day.cold_degree_hours.sum() == 0.0


def test_hours_and_degree_hours_agree_with_small_steps():
    outdoor = -20.0 + 8.0 * np.sin(np.arange(24) / 4.0)
    share = np.array([0.0, 0.5, 0.9])
    day = buildings.indoor_day(params(), np.array([20.0, 19.0, 11.0]), outdoor, share)
    steps = 2000
    temp = np.array([20.0, 19.0, 11.0])
    slow_cold, slow_danger = np.zeros(3), np.zeros(3)
    for hour in range(24):
        rest = outdoor[hour] + share * (20.0 - outdoor.mean())
        for _ in range(steps):
            slow_cold += np.maximum(18.0 - temp, 0.0) / steps
            slow_danger += (temp < 12.0) / steps
            temp = temp + (rest - temp) / (40.0 * steps)
    assert day.indoor_temp_c == pytest.approx(temp, abs=1e-3)
    assert day.cold_degree_hours == pytest.approx(slow_cold, abs=0.01)
    assert day.danger_hours == pytest.approx(slow_danger, abs=0.01)


def test_split_into_air_and_walls_keeps_loss_and_time_constant():
    whole = params()
    both = buildings.two_mass(whole)
    assert both.ua_wk == pytest.approx(whole.ua_wk)
    late = [
        buildings.indoor_hours(both, np.full(h, 0.0), np.zeros(3)).indoor_temp_c for h in (60, 100)
    ]
    assert late[1] / late[0] == pytest.approx(np.exp(-40.0 / 40.0), rel=1e-6)


def test_air_falls_faster_than_a_single_capacity_and_walls_slower():
    outdoor = np.full(3, -30.0)
    one = buildings.indoor_hours(params(), outdoor, np.zeros(3)).indoor_temp_c
    two = buildings.indoor_hours(
        buildings.two_mass(params()), outdoor, np.zeros(3), mass_start_c=20.0
    )
    assert (two.indoor_temp_c < one).all()
    assert (two.mass_temp_c > one).all()


def test_heaters_hold_eighteen_degrees_while_their_power_lasts():
    outdoor = np.full(24, -20.0)
    full_w = params().ua_wk * 38.0
    for homes in (params(), buildings.two_mass(params())):
        heaters = buildings.Heaters(most_w=full_w * np.array([0.0, 0.3, 1.1]))
        day = buildings.indoor_day(
            homes, np.full(3, 19.0), outdoor, np.zeros(3), heaters=heaters, keep_hours=True
        )
        assert day.indoor_temp_c[0] < day.indoor_temp_c[1] < 18.0
        assert day.indoor_temp_c[2] == pytest.approx(18.0, abs=1e-5)
        assert day.cold_hours[2] < 0.5
        assert day.heater_w[0].sum() == 0.0
        assert day.heater_w[1].max() == pytest.approx(0.3 * full_w[1])
        assert day.heater_w[2, -1] == pytest.approx(full_w[2], rel=0.02)
        assert day.hourly_c.shape == day.heater_w.shape == (3, 24)
        assert np.array_equal(day.hourly_c[:, -1], day.indoor_temp_c)


def test_warm_homes_switch_no_heater_on():
    day = buildings.indoor_day(
        params(), np.full(3, 20.0), np.full(24, -20.0), np.ones(3),
        heaters=buildings.Heaters(np.full(3, 1e5)),
    )  # fmt: skip
    assert day.heater_w.sum() == 0.0


def test_freezing_hour_is_that_of_the_formula():
    homes = params()
    day = buildings.indoor_hours(homes, np.full(48, -30.0), np.zeros(3))
    exact = buildings.hours_until(homes, 0.0, outdoor_temp_c=-30.0)
    assert day.freeze_h == pytest.approx(exact, rel=1e-12)
    assert exact == pytest.approx(40.0 * np.log(50.0 / 30.0))
    assert np.isinf(buildings.hours_until(homes, 0.0, outdoor_temp_c=5.0)).all()
    assert (buildings.hours_until(homes, 21.0, outdoor_temp_c=5.0) == 0.0).all()


def test_two_masses_freeze_when_the_hours_say_so():
    homes = buildings.two_mass(params())
    exact = buildings.hours_until(homes, 0.0, outdoor_temp_c=-30.0)
    day = buildings.indoor_hours(homes, np.full(60, -30.0), np.zeros(3))
    assert day.freeze_h == pytest.approx(exact, rel=1e-9)


def test_an_hour_without_weather_is_refused_by_its_number():
    outdoor = np.full(24, -5.0)
    outdoor[[7, 9]] = np.nan
    with pytest.raises(CityDataError, match="hour 7: has no finite value; 2 such hours") as caught:
        buildings.indoor_hours(params(), outdoor, np.full(3, -1.0))
    assert len(caught.value.faults) == 2
    with pytest.raises(CityDataError, match="hour 7"):
        buildings.indoor_day(params(), np.full(3, 20.0), outdoor, np.ones(3))
    with pytest.raises(CityDataError, match=r"shape \(1, 2\), not \(24, 3\)"):
        buildings.indoor_hours(params(), np.zeros(24), np.zeros(2))
    with pytest.raises(CityDataError, match="not \\(n_hours,\\)"):
        buildings.indoor_hours(params(), np.zeros((2, 12)), np.zeros(3))


def test_walls_without_capacity_are_refused():
    one = np.ones(1)
    with pytest.raises(CityDataError, match="mass_jk: is not positive"):
        buildings.TwoMassParams(one, one, one, one, 0 * one)


def test_share_outside_its_bounds_is_refused():
    with pytest.raises(CityDataError, match="is not 3 shares"):
        buildings.indoor_day(params(), np.full(3, 20.0), np.zeros(24), np.full(3, 1.5))


def test_curve_stops_at_design_cold_and_at_indoor_temperature():
    curve = heat.QualityCurve(supply_c=130.0, return_c=70.0, design_outdoor_c=-31.0)
    assert curve.temperatures(-50.0)[0] == pytest.approx(130.0)
    assert curve.temperatures(25.0) == pytest.approx((20.0, 20.0, 20.0))
    direct = heat.QualityCurve(supply_c=95.0, return_c=70.0, design_outdoor_c=-31.0)
    supply, house, _ = direct.temperatures(-10.0)
    assert supply == pytest.approx(float(house))


def test_season_begins_after_five_cold_days_and_not_after_four():
    mean = np.array([15.0] * 3 + [8.0] * 4 + [12.0] + [8.0] * 7 + [11.0] * 7)
    on = heat.heating_season(mean)
    assert not on[:13].any()
    assert on[13:20].all()
    assert not on[20:].any()
