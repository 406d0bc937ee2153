"""The cases mains are designed for: fires, and a main out of use."""

import numpy as np
import pytest

from gis.networks.water.water_cases import (
    FIRE_PRESSURE_M,
    OUTAGE_SHARE,
    fire_cases,
    fire_rule,
    on_loop,
    outage_cases,
    peak_case,
)
from gis.networks.water.water_sizing import (
    BORES_M,
    WaterMains,
    bore_for_fire,
    pressure_and_flow,
    sized_by_pressure,
)


def ring_with_a_tail(demand_m3s=0.002):
    """Return a square of mains fed at node 0 and a dead end 4-5 behind its far corner 2."""
    tail = np.array([0, 1, 2, 3, 2, 4], dtype=np.int32)
    head = np.array([1, 2, 3, 0, 4, 5], dtype=np.int32)
    peak = np.full(6, demand_m3s)
    return WaterMains(
        tail=tail,
        head=head,
        length_m=np.full(6, 300.0),
        roughness_c=np.full(6, 100.0),
        elevation_m=np.zeros(6),
        peak_m3s=peak,
        needed_m=np.full(6, 15.0),
        fixed_node=np.array([0]),
        fixed_head_m=np.array([35.0]),
    )


PLACES_M = np.array([[0, 0], [300, 0], [300, 300], [0, 300], [600, 300], [900, 300]], dtype=float)


@pytest.mark.parametrize(
    ("people", "at_once", "low_ls", "high_ls"),
    [(900, 1, 5, 10), (14_000, 2, 10, 15), (50_000, 2, 20, 25), (1_100_000, 5, 25, 110)],
)
def test_fires_are_those_of_the_norm(people, at_once, low_ls, high_ls):
    rule = fire_rule(people)
    assert rule.at_once == at_once
    assert (rule.low_m3s, rule.high_m3s) == (pytest.approx(low_ls / 1e3), high_ls / 1e3)


def test_only_pipes_with_another_way_round_lie_on_a_loop():
    assert on_loop(ring_with_a_tail()).tolist() == [True] * 4 + [False] * 2


def test_parallel_pipes_are_a_loop():
    mains = ring_with_a_tail()
    twin = WaterMains(
        *(np.append(part, part[5]) for part in (mains.tail, mains.head, mains.length_m)),
        np.append(mains.roughness_c, 100.0),
        *(mains.elevation_m, mains.peak_m3s, mains.needed_m, mains.fixed_node, mains.fixed_head_m),
    )
    assert on_loop(twin).tolist() == [True] * 4 + [False, True, True]


def test_a_fire_draws_its_water_from_the_nearest_hydrants():
    mains = ring_with_a_tail()
    fire = np.full(6, 0.040)
    cases = fire_cases(mains, PLACES_M, fire, 1, np.full(6, 0.2))
    assert len(cases) == 6
    for case in cases:
        extra = case.demand_m3s - mains.peak_m3s
        assert extra.sum() == pytest.approx(0.040)
        assert (extra > 0).sum() == 3  # 15 l/s each at most
        assert case.needed_m.max() == FIRE_PRESSURE_M


def test_fires_at_once_burn_at_different_places():
    mains = ring_with_a_tail()
    cases = fire_cases(mains, PLACES_M, np.full(6, 0.010), 2, np.full(6, 0.2))
    for case in cases:
        assert (case.demand_m3s > mains.peak_m3s).sum() == 2


def test_mains_are_widened_until_a_fire_can_be_fought():
    mains = ring_with_a_tail()
    narrow = np.full(6, 0.1)
    cases = fire_cases(mains, PLACES_M, np.full(6, 0.025), 1, narrow)
    bore, failed = sized_by_pressure(mains, narrow, cases)
    assert failed == 0
    assert (bore >= narrow).all()
    assert np.isin(bore, BORES_M).all()
    for case in cases:
        pressure, _ = pressure_and_flow(mains, bore, case)
        assert pressure.min() >= FIRE_PRESSURE_M


def test_with_a_main_shut_the_ring_still_brings_most_of_the_peak():
    mains = ring_with_a_tail(0.004)
    bore, _ = sized_by_pressure(mains, np.full(6, 0.1), [peak_case(mains)])
    cases = outage_cases(mains, bore)
    assert {case.shut for case in cases} <= {0, 1, 2, 3}
    wide, failed = sized_by_pressure(mains, bore, cases)
    assert failed == 0
    for case in cases:
        assert case.demand_m3s.sum() == pytest.approx(OUTAGE_SHARE * mains.peak_m3s.sum())
        pressure, flow = pressure_and_flow(mains, wide, case)
        assert abs(flow[case.shut]) < 1e-9
        assert pressure.min() >= FIRE_PRESSURE_M


def test_what_lies_above_the_tower_widens_nothing():
    mains = ring_with_a_tail()
    mains.elevation_m[5] = 60.0
    bore, failed = sized_by_pressure(mains, np.full(6, 0.3), [peak_case(mains)])
    assert (bore == 0.3).all()
    assert failed == 0


def test_a_main_brings_its_part_of_a_fire_at_one_and_a_half_metres_a_second():
    # 1.5 m/s: DN100 carries 11.8 l/s, DN150 26.5, DN200 47.1
    assert bore_for_fire(np.array([0.005, 0.0125, 0.025, 0.04])).tolist() == [0.1, 0.15, 0.15, 0.2]
