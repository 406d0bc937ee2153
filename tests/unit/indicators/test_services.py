"""What people get from the networks, by hand."""

import math

import numpy as np
import pytest

from tests.unit.indicators.worked import by_network, value_of

GROUPS = np.array([4000.0, 800.0, 500.0])
"""Person-days on district heat: all, poor, old. A person-year has 365.25 of them."""
MINUTE_LIMITS = np.array([60.0, 70.0, 90.0])


def test_cold_degree_hours_are_per_resident_on_district_heat_and_year():
    # 800 K h in 1461 person-days, four person-years
    connected = by_network(street=50.0, water=60.0, heat=1461.0)
    sums = {"cold_degree_hours": 800.0, "person_days": 9000.0}
    found = value_of("cold_degree_hours", connected_person_days=connected, **sums)
    assert found == pytest.approx(200.0)
    assert math.isnan(value_of("cold_degree_hours", **sums))


@pytest.mark.parametrize(
    ("kind", "name", "hours", "expected"),
    [
        ("cold_hours", "cold_person_hours", [160.0, 1.0, 2.0], 160.0 * 365.25 / 4000.0),
        ("danger_hours", "danger_person_hours", [40.0, 1.0, 2.0], 40.0 * 365.25 / 4000.0),
        ("danger_hours_poor", "danger_person_hours", [40.0, 16.0, 2.0], 16.0 * 365.25 / 800.0),
        ("danger_hours_old", "danger_person_hours", [40.0, 16.0, 20.0], 20.0 * 365.25 / 500.0),
    ],
)
def test_hours_of_cold_are_those_of_the_group_per_person_of_it_and_year(
    kind, name, hours, expected
):
    sums = {name: np.array(hours)}
    assert value_of(kind, group_person_days=GROUPS, **sums) == pytest.approx(expected)
    assert math.isnan(value_of(kind, **sums))


def test_cold_of_four_person_years_by_hand():
    days = np.array([1461.0, 365.25, 730.5])
    cold, danger = np.array([400.0, 0.0, 0.0]), np.array([80.0, 30.0, 10.0])
    assert value_of("cold_hours", cold_person_hours=cold, group_person_days=days) == 100.0
    assert value_of("danger_hours", danger_person_hours=danger, group_person_days=days) == 20.0
    assert value_of("danger_hours_poor", danger_person_hours=danger, group_person_days=days) == 30.0
    assert value_of("danger_hours_old", danger_person_hours=danger, group_person_days=days) == 5.0


def test_electricity_of_heaters_is_per_resident_on_district_heat_and_year():
    days = np.array([1461.0, 300.0, 200.0])
    found = value_of("electric_heater_kwh", electric_heater_kwh=600.0, group_person_days=days)
    assert found == pytest.approx(150.0)
    assert math.isnan(value_of("electric_heater_kwh", electric_heater_kwh=600.0))


def test_water_fed_to_heat_networks_is_make_up_and_refill_per_resident_and_year():
    days = np.array([1461.0, 300.0, 200.0])
    flow = {"heat.makeup_m3": 30.0, "heat.refill_m3": 10.0, "water.produced_m3": 500.0}
    assert value_of("heat_makeup_m3", flow=flow, group_person_days=days) == pytest.approx(10.0)
    assert value_of("heat_makeup_m3", group_person_days=days) == 0.0
    assert math.isnan(value_of("heat_makeup_m3", flow=flow))


def test_hours_cut_off_are_24_a_day_per_resident_with_water_and_year():
    # two person-days without water in four person-years: 48 h / 4
    connected = by_network(street=50.0, water=1461.0, heat=60.0)
    flow = {"water.cut_off_person_days": 2.0}
    found = value_of("water_cut_off_hours", flow=flow, connected_person_days=connected)
    assert found == pytest.approx(12.0)
    assert value_of("water_cut_off_hours", connected_person_days=connected) == 0.0
    assert math.isnan(value_of("water_cut_off_hours", flow=flow))


@pytest.mark.parametrize(
    ("kind", "part", "whole"),
    [
        ("break_loss_share", "water.burst_m3", "water.produced_m3"),
        ("leakage_share", "water.leaked_m3", "water.produced_m3"),
        ("heat_loss_share", "heat.lost_mwh", "heat.supplied_mwh"),
    ],
)
def test_losses_are_over_what_was_fed_in(kind, part, whole):
    assert value_of(kind, flow={part: 30.0, whole: 200.0}) == 0.15
    assert value_of(kind, flow={whole: 200.0}) == 0.0
    assert math.isnan(value_of(kind, flow={part: 30.0}))


def test_travel_of_crews_is_in_minutes_over_ways_that_are_known():
    sums = {"travel_s": 3600.0, "repairs": by_network(water=9.0)}
    assert value_of("crew_travel_minutes", travels=4.0, **sums) == 15.0
    assert math.isnan(value_of("crew_travel_minutes", **sums))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("reach_8min_share", 0.6), ("reach_10min_share", 0.7), ("reach_15min_share", 0.9)],
)
def test_reach_is_residents_within_the_limit_over_all_residents(kind, expected):
    sums = {"reach_person_days": MINUTE_LIMITS, "ambulance_reached_person_days": 95.0}
    assert value_of(kind, ambulance_person_days=100.0, **sums) == expected
    assert math.isnan(value_of(kind, person_days=100.0, **sums))


def test_minutes_of_an_ambulance_are_a_mean_over_residents_reached():
    # 80 of 100 residents are reached, in 24,000 s together
    sums = {"ambulance_s": 24_000.0, "ambulance_person_days": 100.0}
    assert value_of("ambulance_minutes", ambulance_reached_person_days=80.0, **sums) == 5.0
    assert math.isnan(value_of("ambulance_minutes", **sums))


def test_calls_in_8_minutes_are_over_all_calls_and_not_those_answered():
    sums = {"calls_within": np.array([6.0, 8.0, 9.0]), "calls_answered": 9.0}
    assert value_of("calls_in_8min_share", calls=10.0, **sums) == 0.6
    assert math.isnan(value_of("calls_in_8min_share", **sums))


def test_minutes_of_a_call_are_a_mean_over_calls_answered():
    assert value_of("call_minutes", calls_s=4320.0, calls=10.0, calls_answered=9.0) == 8.0
    assert math.isnan(value_of("call_minutes", calls_s=4320.0, calls=10.0))


def test_busy_share_is_weighted_by_residents_of_the_days():
    sums = {"ambulance_busy_person_days": 25.0}
    assert value_of("ambulance_busy_share", ambulance_person_days=100.0, **sums) == 0.25
    assert math.isnan(value_of("ambulance_busy_share", person_days=100.0, **sums))


def test_reach_of_fire_engines_is_the_one_within_10_minutes():
    sums = {"fire_reach_person_days": MINUTE_LIMITS, "ambulance_person_days": 50.0}
    assert value_of("fire_reach_10min_share", fire_person_days=140.0, **sums) == 0.5
    assert math.isnan(value_of("fire_reach_10min_share", **sums))
