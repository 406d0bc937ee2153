"""The heat network as a system of the city."""

import dataclasses
import runpy
from pathlib import Path

import numpy as np
import pytest

from twin.core.errors import CityDataError
from twin.flows.base import NetworkState, flow_systems
from twin.flows.heat import HeatSystem

N_EDGES = 60
town = runpy.run_path(str(Path(__file__).parents[3] / "naive" / "heat.py"))["town"]


@pytest.fixture(scope="module")
def system():
    return HeatSystem.from_city(town(N_EDGES))


def day(outdoor_c, **changes):
    state = NetworkState(
        day=0,
        outdoor_temp_c=np.full(24, float(outdoor_c)),
        closed=np.zeros(N_EDGES, dtype=np.uint8),
        break_area_m2=np.zeros(N_EDGES),
        capacity_share=np.ones(N_EDGES),
        wear_phys=np.full(N_EDGES, 0.3),
        people=np.zeros(N_EDGES + 1, dtype=np.int32),
    )
    return dataclasses.replace(state, **changes)


def only(edge, value, dtype=float):
    values = np.zeros(N_EDGES, dtype=dtype)
    values[edge] = value
    return values


def test_heat_is_registered():
    assert flow_systems["heat"] is HeatSystem


def test_sound_network_serves_everyone_and_stoves_are_nan(system):
    found = system.solve(day(-20))
    assert np.all(found.service[:-1] == 1.0)
    assert np.isnan(found.service[-1])
    assert found.imbalance < 1e-9
    total = found.totals
    assert total["supplied_mwh"] == pytest.approx(total["delivered_mwh"] + total["lost_mwh"])
    assert total["delivered_mwh"] == pytest.approx(total["demanded_mwh"], rel=1e-6)
    assert found.edge_flow.shape == (N_EDGES,)


def test_summer_days_are_alike_and_ask_for_nothing(system):
    warm = day(20, wear_phys=np.ones(N_EDGES))
    assert system.relevant(warm) == system.relevant(day(12))
    found = system.solve(warm)
    assert found.totals["demanded_mwh"] == 0.0
    assert np.all(found.service[:-1] == 1.0)


def test_answer_does_not_depend_on_what_was_solved_before(system):
    first = system.solve(day(-20))
    system.solve(day(-35, closed=only(3, 1, np.uint8)))
    again = system.solve(day(-20))
    fresh = HeatSystem.from_city(town(N_EDGES)).solve(day(-20))
    for other in (again, fresh):
        assert np.array_equal(first.service, other.service, equal_nan=True)
        assert np.array_equal(first.edge_flow, other.edge_flow)
        assert first.totals == other.totals


def test_closed_trench_cuts_off_what_lies_behind(system):
    found = system.solve(day(-20, closed=only(0, 1, np.uint8)))
    assert np.nanmin(found.service) == 0.0
    assert found.edge_flow[0] == 0.0


def test_wear_loses_heat(system):
    new = system.solve(day(-20, wear_phys=np.zeros(N_EDGES))).totals
    worn = system.solve(day(-20, wear_phys=np.ones(N_EDGES))).totals
    assert 1.7 * new["lost_mwh"] < worn["lost_mwh"] < 2.0 * new["lost_mwh"]


def test_break_loses_water_and_heat(system):
    sound = system.solve(day(-20)).totals
    broken = system.solve(day(-20, break_area_m2=only(5, 1e-4))).totals
    assert broken["makeup_m3"] > 100.0
    assert sound["makeup_m3"] < 1e-6
    assert broken["supplied_mwh"] > sound["supplied_mwh"]


def test_derated_source_gives_everyone_less(system):
    found = system.solve(day(-30, source_share=0.4))
    assert 0.3 < np.nanmean(found.service) < 0.6
    assert found.totals["delivered_mwh"] < found.totals["demanded_mwh"]
    assert found.imbalance < 1e-9


def test_dead_source_serves_nobody(system):
    found = system.solve(day(-20, source_share=0.0))
    assert np.nanmax(found.service) == pytest.approx(0.0, abs=1e-6)


def test_city_without_source_data_is_refused_with_all_faults():
    city = town(5)
    city.util_nodes["lift_pa"] = np.nan
    city.util_edges["loss_w_m2k"] = np.nan
    with pytest.raises(CityDataError, match="lift_pa") as caught:
        HeatSystem.from_city(city)
    assert len(caught.value.faults) == 2
