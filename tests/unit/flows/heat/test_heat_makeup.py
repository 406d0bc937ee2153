"""Leaks beyond what plants can feed, and valve segments of the city's heat network."""

import numpy as np
import pytest

from tests.naive.heat import grid
from tests.unit.flows.heat.test_heat_system import N_EDGES, day, only, town
from twin.flows import heat
from twin.flows.heat.town.makeup import (
    LEAST_RETURN_PA,
    makeup_limit_kgs,
    part_makeup_kgs,
    solve_within_makeup,
    volume_m3,
)


def leaking(area_m2):
    net = heat.HeatNetwork(**grid(3, 3, 1))
    leak = np.zeros(len(net.nodes))
    leak[4] = area_m2
    return net, net.base_input._replace(leak_area_m2=leak)


def test_volume_is_that_of_pipes_and_houses():
    net, _ = leaking(0.0)
    pipes = net.pipes
    water = (np.pi / 4 * pipes["diameter_m"] ** 2 * pipes["length_m"]).sum()
    load_mw = net.consumers["heat_w"].sum() / 1e6
    volume = volume_m3(net, net.base_input.heat_w, 30.0)
    assert volume == pytest.approx([water + 30.0 * load_mw])
    limit = makeup_limit_kgs(net, net.base_input.heat_w)
    assert limit == pytest.approx(0.0275 * volume * 1000 / 3600)


def test_a_leak_within_the_limit_costs_no_pressure():
    net, given = leaking(1e-5)
    free = heat.solve_arrays(net, given)
    found, now, left = solve_within_makeup(net, given, np.array([10.0]))
    assert left == 1.0
    assert now.supply_pressure_pa == pytest.approx(given.supply_pressure_pa)
    assert np.array_equal(found.state.pressure_pa, free.state.pressure_pa)


def test_a_leak_beyond_the_limit_lowers_pressure_until_both_agree():
    net, given = leaking(2e-4)
    free = part_makeup_kgs(net, heat.solve_arrays(net, given).state)[0]
    shares, lifts = [], []
    for part in (0.95, 0.8, 0.5):
        found, now, left = solve_within_makeup(net, given, np.array([part * free]))
        assert part_makeup_kgs(net, found.state)[0] == pytest.approx(part * free, rel=2e-3)
        assert abs(found.energy_error) < 1e-8
        shares.append(left[0])
        lifts.append(float((now.supply_pressure_pa - now.return_pressure_pa)[0]))
        assert now.return_pressure_pa[0] >= LEAST_RETURN_PA - 1e-6
    assert 1.0 > shares[0] > shares[1] > shares[2] > 0.0
    assert lifts[0] >= lifts[1] >= lifts[2]


def test_a_leak_no_plant_can_feed_leaves_throttled_pumps():
    net, given = leaking(2e-3)
    found, now, left = solve_within_makeup(net, given, np.array([1e-3]))
    assert left == 0.0
    assert (now.supply_pressure_pa - now.return_pressure_pa)[0] == pytest.approx(0.05 * 6e5)
    assert found.state.delivered_w.sum() < 0.8 * given.heat_w.sum()


@pytest.fixture(scope="module")
def system():
    return heat.HeatSystem.from_city(town(N_EDGES))


def test_a_shut_trench_takes_its_valve_segment_with_it(system):
    edges = town(N_EDGES).util_edges
    tail, head = edges["tail"].to_numpy(), edges["head"].to_numpy()
    degree = np.bincount(np.concatenate([tail, head]))
    row = next(i for i in range(1, N_EDGES) if degree[head[i]] == 2)
    onward = int(np.flatnonzero(tail == head[row])[0])
    found = system.solve(day(-20, closed=only(row, 1, np.uint8)))
    assert found.edge_flow[row] == found.edge_flow[onward] == 0.0
    assert found.totals["drained_m3"] > 0.0
    assert system.solve(day(-20)).totals["drained_m3"] == 0.0


def test_a_great_break_costs_everyone_heat_until_it_is_shut(system):
    trench_m2 = np.pi / 4 * town(N_EDGES).util_edges["diameter_m"].to_numpy() ** 2
    broken = system.solve(day(-25, break_area_m2=only(3, 0.5 * trench_m2[3])))
    assert broken.details["source_pressure_share"][0] < 0.5
    assert (broken.details["edge_pressure_share"] < 0.5).all()
    assert np.nanmean(broken.service) < 0.9
    assert broken.imbalance < 1e-8
    limit_m3 = system._makeup_limit_kgs.sum() * 86.4
    assert broken.totals["makeup_m3"] <= 1.01 * limit_m3 or (
        broken.details["source_pressure_share"][0] == 0.0
    )
    shut = system.solve(day(-25, closed=only(3, 1, np.uint8)))
    assert shut.details["source_pressure_share"][0] == 1.0


def test_balance_of_heat_closes_per_plant(system):
    found = system.solve(day(-25, break_area_m2=only(5, 1e-4)))
    total = found.totals
    assert found.details["source_heat_w"].sum() * 24e-6 == pytest.approx(total["supplied_mwh"])
    assert total["supplied_mwh"] == pytest.approx(total["delivered_mwh"] + total["lost_mwh"])
    assert 0.0 < total["leaked_mwh"] < total["lost_mwh"]
    makeup = found.details["source_makeup_kgs"].sum() * 86.4
    assert makeup == pytest.approx(total["makeup_m3"], rel=1e-9)
