import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.flows.electricity.grids import feeder_tables
from twin.flows.electricity import PowerNetwork, solve

powers = st.lists(st.floats(-15e3, 15e3), min_size=6, max_size=6)
loops = st.sets(st.sampled_from([(0, 2), (1, 5), (2, 6), (0, 6)]))


@settings(max_examples=30, deadline=None)
@given(p_w=powers, q_var=powers, loops=loops)
def test_what_is_fed_in_is_drawn_or_lost(p_w, q_var, loops):
    net = PowerNetwork(**feeder_tables(7, np.array(p_w), np.array(q_var), loops=sorted(loops)))
    solution = solve(net)
    fed = solution.sources["p_w"].sum()
    assert abs(fed - sum(p_w) - solution.loss_w) < 1e-3
    assert solution.loss_w > 0.0
    assert (solution.lines["loss_w"] > -1e-6).all()
    assert solution.mismatch_va < 1e-2


@settings(max_examples=20, deadline=None)
@given(p_w=powers, order=st.permutations(range(8)), loops=loops)
def test_voltages_do_not_depend_on_the_order_of_rows(p_w, order, loops):
    tables = feeder_tables(7, np.array(p_w), 0.0, loops=sorted(loops))
    one = solve(PowerNetwork(**tables)).buses.set_index("bus")["voltage_share"]
    shuffled = tables["buses"].iloc[list(order)]
    turned = tables["lines"].iloc[::-1].rename(columns={"from_bus": "to_bus", "to_bus": "from_bus"})
    other = solve(PowerNetwork(**(tables | {"buses": shuffled, "lines": turned}))).buses
    found = other.set_index("bus")["voltage_share"].reindex(one.index)
    assert np.abs(found - one).max() < 1e-9


@settings(max_examples=20, deadline=None)
@given(p_w=st.floats(1e3, 15e3), more=st.floats(1.1, 3.0))
def test_more_load_lowers_every_voltage_of_a_feeder(p_w, more):
    low, high = (solve(PowerNetwork(**feeder_tables(5, x, 0.0))).buses for x in (p_w, more * p_w))
    assert (high["voltage_share"].iloc[1:] < low["voltage_share"].iloc[1:]).all()
    assert isinstance(high, pd.DataFrame)
