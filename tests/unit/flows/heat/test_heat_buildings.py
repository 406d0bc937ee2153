"""Buildings, the quality curve's ends and the heating season."""

import numpy as np
import pytest

from twin.core.errors import CityDataError
from twin.flows import heat


def params(n=3):
    return heat.building_params(np.full(n, 3500.0), np.full(n, 1975), np.full(n, "apartment"))


def test_panel_block_has_the_loss_and_time_constant_of_its_kind():
    found = params(1)
    assert found.ua_wk[0] == pytest.approx(6825.0)
    assert found.tau_h[0] == 40.0


def test_full_heat_holds_twenty_degrees():
    indoor, cold, danger = heat.indoor_day(
        params(), np.full(3, 20.0), np.full(24, -30.0), np.ones(3)
    )
    assert indoor == pytest.approx(20.0)
    assert cold.sum() == danger.sum() == 0.0


def test_hours_and_degree_hours_agree_with_small_steps():
    outdoor = -20.0 + 8.0 * np.sin(np.arange(24) / 4.0)
    share = np.array([0.0, 0.5, 0.9])
    indoor, cold, danger = heat.indoor_day(params(), np.array([20.0, 19.0, 11.0]), outdoor, share)
    steps = 2000
    temp = np.array([20.0, 19.0, 11.0])
    slow_cold, slow_danger = np.zeros(3), np.zeros(3)
    for hour in range(24):
        rest = outdoor[hour] + share * (20.0 - outdoor.mean())
        for _ in range(steps):
            slow_cold += np.maximum(18.0 - temp, 0.0) / steps
            slow_danger += (temp < 12.0) / steps
            temp = temp + (rest - temp) / (40.0 * steps)
    assert indoor == pytest.approx(temp, abs=1e-3)
    assert cold == pytest.approx(slow_cold, abs=0.01)
    assert danger == pytest.approx(slow_danger, abs=0.01)


def test_share_outside_its_bounds_is_refused():
    with pytest.raises(CityDataError, match="is not 3 shares"):
        heat.indoor_day(params(), np.full(3, 20.0), np.zeros(24), np.full(3, 1.5))


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
