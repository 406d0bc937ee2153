"""Guesses made of scenarios solved before."""

import runpy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.flows import heat
from twin.flows.heat.kernels.guess import (
    BACK,
    BLOCK,
    combine,
    guess_into,
    keep_into,
    room_for,
    slot,
)
from twin.flows.heat.many.weights import features, outward
from twin.flows.heat.solver import new_state

grid = runpy.run_path(str(Path(__file__).parents[3] / "naive" / "heat.py"))["grid"]
TIGHT = heat.Tolerance(flow=1e-11, temp_k=1e-7)


@given(st.integers(1, 60), st.booleans())
def test_outward_holds_every_row_once_and_begins_in_the_middle(n, alike):
    total = np.ones(1) if alike else np.random.default_rng(n).random(n)
    order = outward(total, n)
    assert sorted(order.tolist()) == list(range(n))
    if not alike:
        assert total[order[0]] == np.sort(total)[n // 2]


@given(st.integers(2, 40), st.integers(1, 6), st.integers(0, 99))
def test_weights_make_features_as_they_say(n, columns, seed):
    asked = np.random.default_rng(seed).random((n, columns))
    weights, miss = combine(asked, asked[0])
    for row in np.flatnonzero(np.any(weights != 0.0, axis=1)):
        there = row % BLOCK
        assert not weights[row, 1 + there :].any()
        assert weights[row].sum() == pytest.approx(1.0)
        before = [asked[0]] + [asked[row - back] for back in range(1, min(there, BACK) + 1)]
        made = weights[row, : len(before)] @ np.array(before)
        assert np.linalg.norm(made - asked[row]) == pytest.approx(miss[row], abs=1e-6)


def test_in_one_figure_a_cubic_is_foretold():
    x = np.linspace(0.9, 1.3, BLOCK)
    away = features([(x[:, np.newaxis], 1.0)], 0)
    weights, miss = combine(away, away[0])
    values = 3.0 - x + 2.0 * x**2 - 0.7 * x**3
    for row in range(BACK, BLOCK):
        before = [values[0], *(values[row - back] for back in range(1, BACK + 1))]
        assert weights[row] @ before == pytest.approx(values[row], abs=1e-5)
        assert miss[row] < 1e-5


def test_a_closed_pipe_makes_no_guess_for_an_open_one():
    closed = np.zeros((6, 40))
    closed[5, 7] = 1.0
    load = np.linspace(1.0, 1.1, 6)[:, np.newaxis]
    away = features([(load, 1.0), (closed, 1.0)], 0)
    weights, miss = combine(away, away[0])
    assert not weights[5].any()
    assert miss[5] > 0.1


def test_a_guess_is_the_weighted_sum_of_what_was_kept():
    net = heat.HeatNetwork(**grid(3, 2, 3))
    state = new_state(net, net.base_input)
    kept = room_for(state)
    flows = np.random.default_rng(1).random((1 + BACK + 2, len(net.pipes)))
    state.flow_kgs[:] = flows[0]
    keep_into(state, 0, kept)
    for n in range(BACK + 2):
        state.flow_kgs[:] = flows[1 + n]
        keep_into(state, slot(n, 0), kept)
    weights = np.array([0.5, 2.0, -3.0, 1.0, 0.5])
    guess_into(weights, BACK + 2, kept, state)
    last = flows[::-1][:BACK]
    assert state.flow_kgs == pytest.approx(weights[0] * flows[0] + weights[1:] @ last)


def test_scenarios_in_many_figures_equal_single_solves():
    net = heat.HeatNetwork(**grid(4, 3, 5))
    rng = np.random.default_rng(4)
    n = 21
    load = rng.uniform(0.4, 1.2, (n, len(net.consumers)))
    closed = np.zeros((n, len(net.pipes)), dtype=bool)
    closed[::2, 5] = True
    found = heat.solve_ensemble(net, heat_multiplier=load, closed=closed, tolerance=TIGHT)
    assert found.converged.all()
    for row in range(n):
        given_row = net.base_input._replace(
            heat_w=load[row] * net.base_input.heat_w, closed=closed[row].astype(np.uint8)
        )
        alone = heat.solve_arrays(net, given_row, tolerance=TIGHT).state
        scale = np.abs(alone.flow_kgs).max()
        assert found.pipe_flow_kgs[row] == pytest.approx(alone.flow_kgs, abs=1e-8 * scale)
        assert found.consumer_temp_c[row] == pytest.approx(
            alone.temp_c[net.arrays.consumer_supply], abs=1e-4
        )


def test_the_matrix_of_other_closed_pipes_is_not_taken_up():
    net = heat.HeatNetwork(**grid(4, 3, 5))
    load = np.linspace(0.9, 1.0, 24)
    closed = np.zeros((load.size, len(net.pipes)), dtype=bool)
    closed[::2, 5] = True
    found = heat.solve_ensemble(net, heat_multiplier=load, closed=closed, tolerance=TIGHT)
    assert found.converged.all()
    for row, share in enumerate(load):
        given_row = net.base_input._replace(
            heat_w=share * net.base_input.heat_w, closed=closed[row].astype(np.uint8)
        )
        alone = heat.solve_arrays(net, given_row, tolerance=TIGHT).state
        scale = np.abs(alone.flow_kgs).max()
        assert found.pipe_flow_kgs[row] == pytest.approx(alone.flow_kgs, abs=1e-8 * scale)


def test_near_scenarios_take_fewer_iterations_than_single_solves():
    net = heat.HeatNetwork(**grid(4, 3, 5))
    found = heat.solve_ensemble(net, heat_multiplier=np.linspace(0.7, 1.1, 16))
    alone = heat.solve_arrays(net, net.base_input)
    assert found.iterations.mean() < 0.6 * alone.iterations
