"""What holds for every building: order, bounds, agreement with slow steps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.naive import indoor
from twin import buildings

times = st.floats(5.0, 120.0)
outdoors = st.lists(st.floats(-45.0, 15.0), min_size=2, max_size=6)
starts = st.floats(-10.0, 24.0)


def both(tau_h):
    one = buildings.BuildingsParams(ua_wk=np.array([7000.0]), tau_h=np.array([tau_h]))
    return one, buildings.two_mass(one)


@given(times, outdoors, starts, st.floats(0.0, 1.0))
@settings(max_examples=12)
def test_hours_agree_with_small_steps(tau_h, outdoor, start, share):
    one, two = both(tau_h)
    heat_w = share * 7000.0 * np.linspace(0.0, 60.0, len(outdoor))
    hours = buildings.indoor_hours(one, np.array(outdoor), heat_w[:, None], start_c=start)
    temp, found = indoor.one_mass(tau_h, heat_w / 7000.0, outdoor, start)
    assert hours.indoor_temp_c[0] == pytest.approx(temp, abs=1e-5)
    ours = [hours.cold_hours[0], hours.cold_degree_hours[0], hours.danger_hours[0]]
    assert ours == pytest.approx(found, abs=3e-3)
    hours = buildings.indoor_hours(
        two, np.array(outdoor), heat_w[:, None], start_c=start, mass_start_c=start + 1.0
    )
    home = [float(getattr(two, name)[0]) for name in type(two).__slots__]
    temps, found = indoor.two_mass(home, heat_w, outdoor, (start, start + 1.0))
    assert hours.indoor_temp_c[0] == pytest.approx(temps[0], abs=1e-8)
    assert hours.mass_temp_c[0] == pytest.approx(temps[1], abs=1e-8)
    ours = [hours.cold_hours[0], hours.cold_degree_hours[0], hours.danger_hours[0]]
    assert ours == pytest.approx(found, abs=3e-3)


@given(times, outdoors, st.floats(15.0, 24.0), st.floats(0.0, 60.0))
@settings(max_examples=40)
def test_air_and_walls_stay_between_outdoors_and_what_heat_would_hold(tau_h, outdoor, start, rise):
    for homes in both(tau_h):
        found = buildings.indoor_hours(
            homes, np.array(outdoor), np.array([7000.0 * rise]), start_c=start, mass_start_c=start
        )
        for temp in (found.lowest_c[0], found.indoor_temp_c[0], found.mass_temp_c[0]):
            assert min(*outdoor, start) - 1e-9 <= temp
            # air beside walls at `start` comes to rest up to Q / (air_out + air_mass) above them
            assert temp <= max(max(outdoor) + rise, start + rise / 7.7) + 1e-9


@given(times, st.floats(-45.0, 5.0), st.integers(2, 40))
@settings(max_examples=40)
def test_without_heat_homes_only_cool_and_a_longer_night_is_colder(tau_h, outdoor, hours):
    for homes in both(tau_h):
        found = buildings.indoor_hours(
            homes, np.full(hours, outdoor), np.zeros(1), start_c=20.0, keep_hours=True
        )
        assert (np.diff(found.hourly_c[0], prepend=20.0) < 0).all()
        assert found.danger_hours[0] <= found.cold_hours[0] <= hours


@given(times, st.floats(-45.0, -1.0), st.floats(0.0, 40.0), st.floats(-30.0, 19.0))
@settings(max_examples=60)
def test_the_limit_is_reached_at_the_hour_that_is_told(tau_h, outdoor, rise, limit):
    for homes in both(tau_h):
        given_w = np.array([7000.0 * rise])
        hour = buildings.hours_until(homes, limit, outdoor_temp_c=outdoor, heat_w=given_w)[0]
        if not np.isfinite(hour) or hour > 500:
            assert outdoor + rise >= limit - 1e-2
            continue
        whole = int(hour)
        found = buildings.indoor_hours(homes, np.full(whole + 1, outdoor), given_w, keep_hours=True)
        assert found.hourly_c[0, -1] <= limit + 1e-9
        assert whole == 0 or found.hourly_c[0, -2] >= limit - 1e-9


@given(times, outdoors, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
@settings(max_examples=30)
def test_more_heater_power_is_never_colder(tau_h, outdoor, small, large):
    small, large = sorted((small, large))
    for homes in both(tau_h):
        found = [
            buildings.indoor_hours(
                homes, np.array(outdoor), np.zeros(1), start_c=18.5,
                heaters=buildings.Heaters(np.array([3e5 * power])),
            )
            for power in (small, large)
        ]  # fmt: skip
        assert found[1].indoor_temp_c[0] >= found[0].indoor_temp_c[0] - 1e-9
        assert found[1].cold_degree_hours[0] <= found[0].cold_degree_hours[0] + 1e-9
        assert (found[0].heater_w <= 3e5 * small + 1e-6).all()
