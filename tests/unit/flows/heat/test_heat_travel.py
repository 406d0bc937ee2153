"""Travelling heat against water followed back to when it entered."""

import math
import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.flows import heat
from twin.flows.heat.kernels.transport import Parcels, flow_through_into, mean_decay, stored_j

naive = runpy.run_path(str(Path(__file__).parents[3] / "naive" / "heat_time.py"))
RHO, CP, STEP_S = 1000.0, 4000.0, 600.0


def parcels_of(content_kg, water_c, ground_c):
    slots = [np.zeros((1, 32)) for _ in range(4)]
    made = Parcels(
        *slots, np.ones(1, np.int32), np.ones(1, np.uint8), np.zeros(1), np.array([content_kg]),
        np.zeros(1), np.array([CP * water_c]), np.array([CP * ground_c]),
    )  # fmt: skip
    made.mass_kg[0, 0] = content_kg
    made.entry_jkg[0, 0] = CP * water_c
    return made


@given(
    st.lists(st.tuples(st.floats(0.2, 5.0), st.floats(40.0, 95.0)), min_size=3, max_size=12),
    st.floats(200.0, 3000.0),
    st.floats(3e3, 1e6),
)
@settings(max_examples=30)
def test_outlet_is_what_entered_when_a_content_less_had_flowed(steps, content_kg, tau_s):
    flows, inlets = zip(*steps, strict=True)
    water = parcels_of(content_kg, 60.0, 5.0)
    ends, values, whole = np.zeros(128), np.zeros(128), np.ones(1)
    expected = naive["pipe_with_varying_flow"](flows, inlets, content_kg, 5.0, tau_s, STEP_S, 60.0)
    for k, (flow, inlet) in enumerate(steps):
        before = stored_j(water)
        made, lost = flow_through_into(
            0, flow * STEP_S, STEP_S / tau_s, 0.0, (whole, np.array([CP * inlet]), 1), ends,
            values, water,
        )  # fmt: skip
        mean_jkg = np.sum(np.diff(ends[:made], prepend=0.0) * values[:made])
        assert mean_jkg / CP == pytest.approx(expected[k], abs=0.3)
        moved = flow * STEP_S
        gap = before + moved * CP * inlet - moved * mean_jkg - lost - stored_j(water)
        assert abs(gap) < 1e-9 * moved * CP * 100
        assert water.mass_kg[0, : water.filled[0]].sum() == pytest.approx(content_kg, rel=1e-10)
        assert 5.0 * CP - 1e-6 <= values[:made].min() <= values[:made].max() <= 95.0 * CP + 1e-6


@given(st.floats(0, 20), st.floats(0, 20))
def test_mean_of_decay_is_that_of_many_points(begin, end):
    ages = begin + (end - begin) * (np.arange(4000) + 0.5) / 4000
    assert mean_decay(begin, end) == pytest.approx(np.exp(-ages).mean(), rel=1e-5)


def test_network_in_time_follows_water_through_every_pipe():
    diameter, loss_wmk, step_s = 0.1, 2.0, 900.0
    area = math.pi * diameter**2 / 4
    lengths = {"trunk": 400.0, "branch": 150.0}
    pipe = {"diameter_m": diameter, "roughness_m": 1e-4, "ambient_c": 5.0,
            "loss_w_m2k": loss_wmk / (math.pi * diameter)}  # fmt: skip
    net = heat.HeatNetwork(
        nodes=pd.DataFrame({"node": ["s0", "s1", "s2", "r0", "r1", "r2"], "elevation_m": 0.0}),
        pipes=pd.DataFrame(
            {"pipe": a + b, "from_node": a, "to_node": b, "side": side, "length_m": lengths[kind],
             **pipe}
            for a, b, side, kind in (
                ("s0", "s1", "supply", "trunk"), ("s1", "s2", "supply", "branch"),
                ("r2", "r1", "return", "branch"), ("r1", "r0", "return", "trunk"),
            )
        ),
        consumers=pd.DataFrame(
            {"consumer": ["near", "far"], "supply_node": ["s1", "s2"],
             "return_node": ["r1", "r2"], "flow_kgs": [1.5, 0.8], "drop_k": 30.0, "min_dp_pa": 1.0}
        ),
        sources=pd.DataFrame(
            [{"source": "q", "supply_node": "s0", "return_node": "r0", "supply_pressure_pa": 9e6,
              "lift_pa": 8e6, "supply_temp_c": 80.0}]
        ),
        fluid=heat.constant_fluid(RHO, 3e-4, CP),
    )  # fmt: skip
    hot = np.array([80.0, 95.0, 95.0, 70.0, 85.0, 85.0, 60.0, 60.0, 60.0, 60.0, 60.0])
    found = heat.simulate(net, supply_temp_c=hot, step_s=step_s, start=heat.solve(net))
    tau_s = RHO * area * CP / loss_wmk
    sections = [
        (RHO * area * lengths[kind], 5.0, tau_s) for kind in ("trunk", "branch", "branch", "trunk")
    ]
    near, far, back = naive["two_consumers"](
        sections, (1.5, 0.8), lambda t: hot[min(int(t / step_s), hot.size - 1)], 30.0, 80.0
    )
    for k in range(hot.size):
        when = (k * step_s, (k + 1) * step_s)
        for mine, function in (
            (found.consumer_temp_c["near"], near),
            (found.consumer_temp_c["far"], far),
            (found.return_temp_c["q"], back),
        ):
            assert mine.iloc[k] == pytest.approx(naive["mean_over"](function, *when), abs=0.05)
    assert abs(found.energy_error) < 1e-10
