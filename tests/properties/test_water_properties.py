"""Laws that hold for every water network: balance, names, direction, monotony."""

import math

import numba
import numpy as np
import pandas as pd
from hypothesis import assume, given
from hypothesis import strategies as st

from twin.flows import water
from twin.flows.base import SolveStatus
from twin.flows.water.hydraulics.arrays import link_arrays
from twin.flows.water.kernels.headloss import link_loss, power_loss


@numba.njit(error_model="numpy")
def loss_of(links, k, flow_m3s):
    return link_loss(links, k, flow_m3s)


@st.composite
def tables(draw):
    """Return nodes and links of a connected network with loops, valves, leaks and closures."""
    n = draw(st.integers(2, 14))
    unit = st.floats(0.0, 1.0)
    nodes = [{"node": "R", "kind": "reservoir", "head_m": 60.0 + 40.0 * draw(unit)}]
    for i in range(n):
        leaky = draw(st.booleans())
        nodes.append(
            {
                "node": f"n{i}",
                "kind": "junction",
                "elevation_m": 40.0 * draw(unit),
                "demand_m3s": 0.03 * draw(unit) ** 2,
                "leak_coefficient": 1e-3 * draw(unit) if leaky else 0.0,
                "leak_exponent": draw(st.sampled_from([0.5, 1.0, 1.5])),
                "leak_area_m2": draw(st.sampled_from([0.0, 0.0, 1e-3])),
                "crack_growth_m": draw(st.sampled_from([0.0, 0.0, 0.0, 1e-5])),
                "full_pressure_m": 5.0 + 25.0 * draw(unit),
            }
        )
    ends = [(draw(st.integers(0, i)), i + 1) for i in range(n)]
    extra = st.tuples(st.integers(0, n), st.integers(0, n))
    ends += [pair for pair in draw(st.lists(extra, max_size=n)) if pair[0] != pair[1]]
    links = [
        {
            "link": f"p{k}",
            "from_node": nodes[a]["node"],
            "to_node": nodes[b]["node"],
            "length_m": 10.0 + 2000.0 * draw(unit),
            "diameter_m": draw(st.sampled_from([0.05, 0.1, 0.2, 0.4])),
            "roughness": 60.0 + 80.0 * draw(unit),
            "minor_loss": draw(st.sampled_from([0.0, 5.0])),
            "check_valve": draw(st.integers(0, 9)) == 0,
            "is_open": draw(st.integers(0, 9)) > 0,
        }
        for k, (a, b) in enumerate(ends)
    ]
    return nodes, links


def network(nodes, links):
    return water.WaterNetwork.from_frames(pd.DataFrame(nodes), pd.DataFrame(links))


def net_inflow(net, state):
    inflow = np.bincount(net.head, state.flow_m3s, net.n_nodes)
    return inflow - np.bincount(net.tail, state.flow_m3s, net.n_nodes)


@given(tables(), st.booleans())
def test_what_flows_into_a_junction_is_delivered_or_leaks(drawn, pressure_driven):
    net = network(*drawn)
    state = water.solve(net, pressure_driven=pressure_driven)
    assert np.isfinite(state.head_m).all()
    assume(state.status is not SolveStatus.NOT_CONVERGED)
    junction = net.node_kind == 0
    error = net_inflow(net, state) - state.demand_m3s - state.leak_m3s
    assert np.abs(error[junction]).max() < 3e-7
    assert abs(state.demand_m3s.sum() + state.leak_m3s.sum()) < 1e-6


@given(tables())
def test_pressure_driven_delivery_follows_the_law_of_wagner(drawn):
    net = network(*drawn)
    state = water.solve(net, pressure_driven=True)
    assume(state.status is not SolveStatus.NOT_CONVERGED)
    asked = net.demand_m3s * state.supplied
    share = np.clip(state.pressure_m / net.full_pressure_m, 0.0, 1.0) ** 0.5
    np.testing.assert_allclose(state.demand_m3s[1:], (asked * share)[1:], atol=2e-4)


@given(tables(), st.randoms(use_true_random=False))
def test_another_order_of_rows_gives_the_same_heads(drawn, chance):
    nodes, links = drawn
    first = network(nodes, links)
    shuffled_nodes, shuffled_links = list(nodes), list(links)
    chance.shuffle(shuffled_nodes)
    chance.shuffle(shuffled_links)
    second = network(shuffled_nodes, shuffled_links)
    one, two = (water.solve(net, pressure_driven=True) for net in (first, second))
    assume(SolveStatus.NOT_CONVERGED not in (one.status, two.status))
    where = [second.node_id.index(name) for name in first.node_id]
    np.testing.assert_array_equal(one.supplied, two.supplied[where])
    moving = one.supplied & (one.demand_m3s + one.leak_m3s > 1e-6)
    np.testing.assert_allclose(one.head_m[moving], two.head_m[where][moving], atol=2e-3)


@given(tables())
def test_turning_a_pipe_round_turns_its_flow(drawn):
    nodes, links = drawn
    assume(not any(link["check_valve"] for link in links))
    turned = [link | {"from_node": link["to_node"], "to_node": link["from_node"]} for link in links]
    exact = water.SolveOptions(flow_change_share=1e-9)
    one, two = (water.solve(network(nodes, rows), options=exact) for rows in (links, turned))
    np.testing.assert_allclose(one.flow_m3s, -two.flow_m3s, atol=1e-5)


@given(
    st.sampled_from(list(water.Headloss)),
    st.floats(1e-9, 2.0),
    st.floats(1e-9, 2.0),
    st.sampled_from([0.05, 0.2, 1.0]),
)
def test_loss_is_odd_and_grows_with_flow_and_its_slope_is_true(law, one, two, diameter_m):
    rough = {water.Headloss.HAZEN_WILLIAMS: 110.0, water.Headloss.DARCY_WEISBACH: 2e-4}
    nodes = [{"node": "R", "kind": "reservoir", "head_m": 9.0}, {"node": "A", "elevation_m": 0.0}]
    link = {"link": "p", "from_node": "R", "to_node": "A", "length_m": 100.0, "minor_loss": 1.0}
    link |= {"diameter_m": diameter_m, "roughness": rough.get(law, 0.012)}
    net = water.WaterNetwork.from_frames(pd.DataFrame(nodes), pd.DataFrame([link]), headloss=law)
    links = link_arrays(net)
    low, high = sorted((one, two))
    assume(high > low * (1.0 + 1e-9))
    loss, slope = loss_of(links, 0, low)
    assert loss_of(links, 0, -low) == (-loss, slope)
    assert loss_of(links, 0, high)[0] > loss
    step = 1e-6 * low
    numeric = (loss_of(links, 0, low + step)[0] - loss_of(links, 0, low - step)[0]) / 2 / step
    reynolds = links.re_per_flow[0] * low
    corner = any(abs(reynolds / edge - 1.0) < 1e-4 for edge in (2000.0, 4000.0))
    flat = slope < 2e-6
    assert corner or flat or math.isclose(numeric, slope, rel_tol=1e-3)


@given(st.floats(1e-3, 1e6), st.floats(1.0, 3.0), st.floats(0.0, 1.0))
def test_a_power_law_is_regular_at_zero(resistance, exponent, flow):
    loss, slope = power_loss(resistance, exponent, flow)
    assert slope > 0.0
    assert loss >= 0.0
    assert power_loss(resistance, exponent, -flow) == (-loss, slope)
