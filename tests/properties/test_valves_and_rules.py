"""Valves and rules against their naive references."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.naive import water_rules, water_valves
from tests.unit.flows.water.test_inp_write import read
from tests.unit.flows.water.waters import junction, network, pipe, reservoir
from twin.flows import water
from twin.flows.base import SolveStatus
from twin.flows.water.kernels.headloss import opening_share


@st.composite
def valved(draw):
    """Return a small loop fed from two sides with one or two valves in it."""
    unit = st.floats(0.0, 1.0)
    nodes = [reservoir("R", 50.0 + 30.0 * draw(unit)), reservoir("S", 40.0 + 30.0 * draw(unit))]
    nodes += [junction(f"n{i}", 20.0 * draw(unit), 0.002 + 0.02 * draw(unit)) for i in range(5)]
    size = {"diameter_m": draw(st.sampled_from([0.15, 0.2, 0.3]))}
    links = [
        pipe("a", "R", "n0", **size),
        pipe("b", "n1", "n2", **size),
        pipe("c", "n2", "S", length_m=300.0 + 2000.0 * draw(unit)),
        pipe("d", "n0", "n3", **size),
        pipe("e", "n4", "n2", **size),
    ]
    kinds = st.sampled_from(["prv", "psv", "fcv"])
    for name, tail, head in (("v", "n0", "n1"), ("w", "n3", "n4")):
        kind = draw(kinds)
        setting = 0.002 + 0.04 * draw(unit) if kind == "fcv" else 5.0 + 50.0 * draw(unit)
        row = {"link": name, "kind": kind, "from_node": tail, "to_node": head, "setting": setting}
        links.append(row | {"diameter_m": 0.2, "minor_loss": 2.0 * draw(unit)})
    return network(nodes, links)


@given(valved())
def test_valves_are_in_a_state_without_fault(net):
    state = water.solve(net)
    assume(state.status is not SolveStatus.NOT_CONVERGED)
    found = water_valves.solve(net, net.demand_m3s)
    assume(found)
    error = [np.abs(head - state.head_m).max() for head, _, _ in found]
    assert min(error) < 2e-3


TEXT = """
[JUNCTIONS]
 A 10 20
[RESERVOIRS]
 R 30
[TANKS]
 T 60 5 0 20 12
[PIPES]
 p A T 800 250 110
[PUMPS]
 u R A HEAD c
 w R A HEAD c
[CURVES]
 c 30 50
[RULES]
 RULE one
 IF TANK T LEVEL ABOVE {high}
 THEN PUMP u STATUS IS CLOSED
 PRIORITY {first}
 RULE two
 IF TANK T LEVEL BELOW {low}
 OR SYSTEM TIME >= {late}
 AND PUMP w STATUS IS CLOSED
 THEN PUMP u STATUS IS OPEN
 AND PUMP w STATUS IS OPEN
 ELSE PUMP w STATUS IS CLOSED
 PRIORITY 2
[TIMES]
 DURATION 24
 HYDRAULIC TIMESTEP 1:00
 RULE TIMESTEP 0:06
[OPTIONS]
 UNITS LPS
[END]
"""


@pytest.mark.parametrize(
    ("high", "low", "late", "first"),
    [(6.0, 4.5, "20", 1), (6.0, 4.5, "3:30", 3), (5.9, 4.8, "30", 1), (7.0, 3.0, "0:20", 1)],
)
def test_rules_act_as_when_read_word_by_word(high, low, late, first, tmp_path):
    net = read(TEXT.format(high=high, low=low, late=late, first=first), tmp_path)
    found = water.simulate(net)
    rows = {now: (level, is_open, flow) for now, level, is_open, flow in
            water_rules.run(net, 24 * 3600)}  # fmt: skip
    tank = net.node_id.index("T")
    for now in found.head_m.index:
        level, _, flow = rows[int(now)]
        assert found.pressure_m["T"][now] == pytest.approx(level[tank], abs=1e-3)
        np.testing.assert_allclose(found.flow_m3s.loc[now], flow, atol=1e-5)


PERCENTS = st.floats(0.0, 100.0)


@given(
    st.lists(PERCENTS, max_size=5, unique=True),
    st.lists(PERCENTS, min_size=5, max_size=5),
    PERCENTS,
    PERCENTS,
)
def test_a_valve_passes_more_the_wider_it_is_open_as_its_curve_says(openings, flows, one, other):
    points = np.array([*zip(sorted(openings), sorted(flows), strict=False)]).reshape(-1, 2)
    near, far = sorted((one, other))
    shares = [opening_share(points, percent) for percent in (near, far)]
    assert 0.0 <= shares[0] <= shares[1] + 1e-12
    assert shares[1] <= 1.0
    x = np.concatenate([[-1.0, 0.0], points[:, 0], [100.0]])
    y = np.concatenate([[0.0, 0.0], points[:, 1], [100.0]])
    assume(np.diff(x[1:]).min() > 1e-6)
    expected = np.interp([near, far], x, y) / 100.0
    open_at_all = np.array([near, far]) > 0.0
    np.testing.assert_allclose(np.array(shares)[open_at_all], expected[open_at_all], atol=1e-9)
