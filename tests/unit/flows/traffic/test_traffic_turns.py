"""Turns that are forbidden or cost time, on networks small enough to walk by eye."""

import importlib.util

import numpy as np
import pandas as pd
import pytest

from twin.core.errors import CityDataError
from twin.flows import traffic

BAN = float("inf")


def crossing():
    """1 -> 2 -> 3, with ways round 2 -> 4 -> 3 and 1 -> 4; link rows 0..4."""
    ends = [(1, 2), (2, 3), (2, 4), (4, 3), (1, 4)]
    links = pd.DataFrame(ends, columns=["init_node", "term_node"])
    links["capacity"] = 100.0
    links["free_flow_time"] = [1.0, 1.0, 1.0, 1.0, 5.0]
    links["b"] = 0.15
    links["power"] = 4.0
    return links


def trips(*rows):
    return pd.DataFrame(list(rows), columns=["origin", "dest", "demand"])


def turns(*rows):
    return pd.DataFrame(list(rows), columns=["from_link", "to_link", "penalty"])


def grid(side=4, seed_demand=60.0):
    """A grid of two-way streets with trips between its corners and its middle."""
    at = {(x, y): y * side + x + 1 for x in range(side) for y in range(side)}
    ends = [(at[x, y], at[x + 1, y]) for x, y in at if x + 1 < side]
    ends += [(at[x, y], at[x, y + 1]) for x, y in at if y + 1 < side]
    ends += [(head, tail) for tail, head in ends]
    links = pd.DataFrame(ends, columns=["init_node", "term_node"])
    rows = np.arange(len(links))
    links["capacity"] = 50.0 + 7.0 * (rows % 5)
    links["free_flow_time"] = 1.0 + 0.13 * (rows % 7)
    links["b"] = 0.15
    links["power"] = 4.0
    last = side * side
    pairs = [(1, last), (last, 1), (side, last - side + 1), (6, last), (2, 11)]
    return links, trips(*((a, b, seed_demand + 5 * i) for i, (a, b) in enumerate(pairs)))


def lefts(links, nodes):
    """List all turns at some nodes, every third forbidden, the rest with a penalty."""
    rows = []
    for i, into in enumerate(links["term_node"]):
        for j, out in enumerate(links["init_node"]):
            if into == out and into in nodes:
                rows.append((i, j, BAN if (i + j) % 3 == 0 else 0.1 * ((i * 7 + j) % 5)))
    return turns(*rows)


def test_without_turns_the_network_is_as_given():
    links, demand = grid()
    turned = traffic.expand_turns(links, demand, turns())
    plain = traffic.TrafficNetwork.from_frames(links, demand)
    assert turned.net.capacity.size == len(links)
    a, b = traffic.assign(turned.net, 1e-9), traffic.assign(plain, 1e-9)
    assert a.objective == pytest.approx(b.objective, rel=1e-12)


def test_a_banned_turn_is_not_made():
    turned = traffic.expand_turns(crossing(), trips((1, 3, 10.0)), turns((0, 1, BAN)))
    found = traffic.assign(turned.net, 1e-9)
    assert turned.links(found)["flow_vehph"].tolist() == pytest.approx([10, 0, 10, 10, 0])
    assert found.imbalance_vehph <= 1e-9
    free = turned.turns(found)
    assert free[["from_link", "to_link"]].to_numpy().tolist() == [[0, 2]]
    assert free["flow_vehph"].tolist() == pytest.approx([10.0])


def test_a_penalty_is_time_on_the_way():
    plain = traffic.expand_turns(crossing(), trips((1, 3, 1e-6)), turns())
    paid = traffic.expand_turns(crossing(), trips((1, 3, 1e-6)), turns((0, 1, 0.4), (0, 2, 0.3)))
    costs = [traffic.assign(each.net, 1e-9).trip_cost[0] for each in (plain, paid)]
    assert costs == pytest.approx([2.0, 2.4])


def test_all_turns_banned_leaves_only_the_way_round():
    turned = traffic.expand_turns(crossing(), trips((1, 3, 5.0)), turns((0, 1, BAN), (0, 2, BAN)))
    found = traffic.assign(turned.net, 1e-9)
    assert turned.links(found)["flow_vehph"].tolist() == pytest.approx([0, 0, 0, 5, 5])


def test_a_node_that_is_an_end_of_trips_is_no_way_round_its_bans():
    demand = trips((1, 2, 3.0), (2, 3, 4.0), (1, 3, 5.0), (2, 2, 9.0))
    turned = traffic.expand_turns(crossing(), demand, turns((0, 1, BAN), (0, 2, BAN)))
    found = traffic.assign(turned.net, 1e-9)
    assert found.unserved == 0.0
    assert found.intrazonal == 9.0
    assert turned.links(found)["flow_vehph"].tolist() == pytest.approx([3, 4, 0, 5, 5])


def test_a_closed_link_stays_closed():
    turned = traffic.expand_turns(crossing(), trips((1, 3, 10.0)), turns((0, 1, BAN)))
    shut = turned.closed(np.array([False, False, True, False, False]))
    found = traffic.assign(turned.net, 1e-9, closed=shut)
    assert turned.links(found)["flow_vehph"].tolist() == pytest.approx([0, 0, 0, 10, 10])


def test_parallel_links_have_turns_of_their_own():
    links = pd.concat([crossing(), crossing().iloc[[0]]], ignore_index=True)
    turned = traffic.expand_turns(
        links, trips((1, 3, 10.0)), turns((0, 1, BAN), (0, 2, BAN), (5, 2, BAN))
    )
    found = traffic.assign(turned.net, 1e-9)
    assert turned.links(found)["flow_vehph"].tolist() == pytest.approx([0, 10, 0, 0, 0, 10])


def test_tolls_delay_curves_and_classes_stay_with_their_links():
    links = crossing().assign(toll=[0, 9, 0, 0, 0], linear_from=1.5, delay="bpr", length=1.0)
    classes = pd.DataFrame(
        {"vehicle_class": ["car", "truck"], "pce": [1.0, 2.0], "toll_factor": [0.0, 1.0]}
    )
    demand = trips((1, 3, 10.0), (1, 3, 4.0)).assign(vehicle_class=["car", "truck"])
    turned = traffic.expand_turns(links, demand, turns((0, 2, 0.4)), classes=classes)
    found = traffic.assign(turned.net, 1e-9)
    assert found.class_flow_vehph[0][:5].tolist() == pytest.approx([10, 10, 0, 0, 0])
    assert found.class_flow_vehph[1][:5].tolist() == pytest.approx([4, 0, 4, 4, 0])
    assert turned.net.linear_from[:5].tolist() == [1.5] * 5
    ways = traffic.routes_of(found)
    assert ways.flow_vehph.sum() == pytest.approx(10.0 + 2.0 * 4.0)
    assert ways.unserved == 0.0


@pytest.mark.skipif(importlib.util.find_spec("pytraf") is None, reason="pytraf is not installed")
@pytest.mark.parametrize("nodes", [{6}, {6, 7, 10, 11}])
def test_flows_are_those_of_pytraf(nodes):
    import pytraf

    links, demand = grid()
    listed = lefts(links, nodes)
    turned = traffic.expand_turns(links, demand, listed)
    ours = turned.links(traffic.assign(turned.net, 1e-11))["flow_vehph"]
    banned = ~np.isfinite(listed["penalty"])
    theirs = pytraf.Network.from_tables(
        links.assign(from_node=links["init_node"] - 1, to_node=links["term_node"] - 1)[
            ["from_node", "to_node", "free_flow_time", "capacity", "b", "power"]
        ],
        listed.assign(banned=banned, penalty=listed["penalty"].where(~banned, np.nan)),
        allow_u_turns=True,
    )
    rows = {
        "origin": (demand["origin"] - 1).to_numpy(),
        "destination": (demand["dest"] - 1).to_numpy(),
        "flow": demand["demand"].to_numpy(),
    }
    solved = theirs.assign(pytraf.Demand.from_table(theirs, rows), gap=1e-11, threads=1)
    assert ours.to_numpy() == pytest.approx(np.asarray(solved.links.flow).reshape(-1), abs=1e-3)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ((0, 9, 1.0), "turns row 0: link 9 is no row of links"),
        ((0, 3, 1.0), "turns row 0: link 0 ends at node 2, link 3 starts at node 4"),
        ((0, 1, -1.0), "turns row 0: penalty = -1 is not 0 or more"),
        ((0, 1, float("nan")), "turns row 0: penalty = nan is not 0 or more"),
    ],
)
def test_a_bad_turn_is_refused_with_its_row(bad, message):
    with pytest.raises(CityDataError, match=message):
        traffic.expand_turns(crossing(), trips((1, 3, 1.0)), turns(bad))


def test_all_bad_turns_are_named_at_once():
    bad = turns((0, 9, 1.0), (0, 1, -1.0), (0, 2, 1.0), (0, 2, 2.0))
    with pytest.raises(CityDataError) as caught:
        traffic.expand_turns(crossing(), trips((1, 3, 1.0)), bad)
    assert [fault.rows for fault in caught.value.faults] == [(0,), (1,), (3,)]
    with pytest.raises(CityDataError, match="node 2 is a centroid"):
        traffic.expand_turns(crossing(), trips((1, 3, 1.0)), turns((0, 1, 1.0)), first_thru_node=3)
    with pytest.raises(CityDataError, match="turns: has no column penalty"):
        traffic.expand_turns(crossing(), trips((1, 3, 1.0)), turns().drop(columns="penalty"))
