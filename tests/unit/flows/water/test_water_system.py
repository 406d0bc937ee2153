"""The water of a small town over a day."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from twin.core.errors import CityDataError
from twin.flows.base import NetworkState, SolveStatus, flow_systems, state_key
from twin.flows.water.city import norms
from twin.flows.water.city.system import WaterSystem

SIDE = 5
N_EDGES = 3 + 2 * SIDE * (SIDE - 1)


def edge(edges, tail, head, **more):
    row = {"util_edge_id": 100 + len(edges), "network": "water", "kind": "pipe"}
    row |= {"tail": tail, "head": head, "length_m": 100.0, "diameter_m": 0.15}
    row |= {"material": "steel", "hazen_williams_c": 130.0, "wear_book": 0.5}
    edges.append(row | {"pump_head_m": np.nan, "pump_flow_m3s": np.nan} | more)


def town():
    """Return what a water system reads of a city: a grid fed by a pump and a tank."""
    base = {"network": "water", "kind": "junction", "elevation_m": 300.0}
    nodes = [base | {"util_node_id": 10 + i} for i in range(SIDE * SIDE + 1)]
    well, tower = 500, 501
    nodes.append(base | {"util_node_id": well, "kind": "reservoir", "head_m": 302.0})
    levels = {"tank_min_m": 0.5, "tank_max_m": 5.0, "tank_init_m": 3.0, "tank_diameter_m": 8.0}
    nodes.append(base | {"util_node_id": tower, "kind": "tank", "elevation_m": 330.0} | levels)
    edges = []
    outlet = 10 + SIDE * SIDE
    lift = {"pump_head_m": 40.0, "pump_flow_m3s": 0.02, "hazen_williams_c": np.nan}
    edge(edges, well, outlet, kind="pump", material="pump", **lift)
    edge(edges, outlet, 10, diameter_m=0.3)
    edge(edges, tower, 10 + SIDE * SIDE // 2, diameter_m=0.3)
    for i in range(SIDE * SIDE):
        if i % SIDE:
            edge(edges, 9 + i, 10 + i)
        if i >= SIDE:
            edge(edges, 10 + i - SIDE, 10 + i)
    n = 4 * SIDE * SIDE
    buildings = {"use": ["house", "apartment", "school", "ancillary"] * (n // 4)}
    buildings |= {"floors": np.arange(n) % 5 + 1, "floor_area_m2": np.full(n, 200.0)}
    buildings |= {"people": np.where(np.arange(n) % 4 < 2, 15, 0).astype(np.int32)}
    buildings |= {"water_node": np.where(np.arange(n) == 7, -1, 10 + np.arange(n) // 4)}
    city = SimpleNamespace(util_nodes=pd.DataFrame(nodes), buildings=pd.DataFrame(buildings))
    city.network_edges = lambda _: pd.DataFrame(edges)
    return city


def day_of(city, **changes):
    state = {"day": 0, "outdoor_temp_c": np.zeros(24), "closed": np.zeros(N_EDGES, np.uint8)}
    state |= {"break_area_m2": np.zeros(N_EDGES), "capacity_share": np.ones(N_EDGES)}
    state |= {"wear_phys": np.full(N_EDGES, 0.5)}
    return NetworkState(**(state | {"people": city.buildings["people"].to_numpy()} | changes))


@pytest.fixture(scope="module")
def city():
    return town()


@pytest.fixture(scope="module")
def system(city):
    return WaterSystem.from_city(city)


def with_value(row, value, *, dtype=float):
    out = np.zeros(N_EDGES, dtype)
    out[row] = value
    return out


def test_a_calm_day_serves_everyone_and_balances(city, system):
    day = system.solve(day_of(city))
    assert day.status is SolveStatus.CONVERGED
    assert np.isnan(day.service[7])
    assert np.nanmin(day.service) > 0.999
    assert day.imbalance < 1e-9
    people = city.buildings["people"].sum() - city.buildings["people"][7]
    school = norms.LITRES_PER_M2_DAY["school"] * 200.0 * 25
    expected = 1e-3 * (people * norms.LITRES_PER_PERSON_DAY + school)
    assert day.totals["demanded_m3"] == pytest.approx(expected, rel=1e-9)
    assert day.totals["pump_kwh"] > 0.0
    assert day.edge_flow.shape == (N_EDGES,)


def test_a_break_leaks_and_lowers_service_until_it_is_closed(city, system):
    calm = system.solve(day_of(city))
    broken = system.solve(day_of(city, break_area_m2=with_value(20, 0.02)))
    assert broken.totals["leaked_m3"] > 2.0 * calm.totals["leaked_m3"]
    assert np.nanmean(broken.service) < np.nanmean(calm.service)
    assert broken.imbalance < 1e-9
    shut = with_value(20, 1, dtype=np.uint8)
    isolated = system.solve(day_of(city, break_area_m2=with_value(20, 0.02), closed=shut))
    assert isolated.totals["leaked_m3"] < 1.05 * calm.totals["leaked_m3"]
    assert isolated.edge_flow[20] == 0.0


def test_wear_raises_leakage(city, system):
    new, worn = (system.solve(day_of(city, wear_phys=np.full(N_EDGES, w))) for w in (0.0, 1.0))
    assert worn.totals["leaked_m3"] > 5.0 * new.totals["leaked_m3"]


def test_without_sources_the_tank_runs_dry_and_service_falls(city, system):
    day = system.solve(day_of(city, source_share=0.0))
    assert day.totals["produced_m3"] == pytest.approx(0.0, abs=1e-6)
    assert day.totals["stored_m3"] < 0.0
    assert day.imbalance < 1e-9
    cut = np.ones(N_EDGES, dtype=np.uint8)
    dark = system.solve(day_of(city, closed=cut))
    assert np.nanmax(dark.service) == 0.0
    assert dark.status is SolveStatus.NO_SOURCE


def test_the_same_day_has_the_same_bits_whatever_was_solved_before(city, system):
    first = system.solve(day_of(city))
    system.solve(day_of(city, break_area_m2=with_value(9, 0.01)))
    second = system.solve(day_of(city))
    assert first.edge_flow.tobytes() == second.edge_flow.tobytes()
    assert first.service.tobytes() == second.service.tobytes()
    assert first.totals == second.totals


def test_only_what_matters_makes_a_day_another(city, system):
    def key(**changes):
        return state_key(system.relevant(day_of(city, **changes)))

    assert key() == key(day=9, outdoor_temp_c=np.full(24, -30.0))
    assert key() != key(closed=with_value(3, 1, dtype=np.uint8))


def test_it_is_registered():
    assert flow_systems["water"] is WaterSystem


def test_a_city_without_water_or_with_lost_buildings_is_refused():
    dry = town()
    dry.network_edges = lambda _: pd.DataFrame(columns=["util_edge_id"])
    with pytest.raises(CityDataError, match="util_edges: has no water network"):
        WaterSystem.from_city(dry)
    lost = town()
    lost.buildings.loc[3, "water_node"] = 77
    lost.buildings.loc[4, "water_node"] = 501
    with pytest.raises(CityDataError, match="water_node = 77 is no junction") as caught:
        WaterSystem.from_city(lost)
    assert len(caught.value.faults) == 2


def test_worn_pipes_are_rougher_but_never_smoother_than_new():
    new, size, grown = np.array([130.0, 150.0]), np.array([0.15, 0.15]), np.array([3e-3, 5e-5])
    worn = norms.worn_hazen_williams_c(new, size, grown, np.ones(2))
    assert worn[0] == pytest.approx(80.0, abs=2.0)
    assert worn[1] < 150.0
    same = norms.worn_hazen_williams_c(new, size, grown, np.zeros(2))
    np.testing.assert_allclose(same, new)
