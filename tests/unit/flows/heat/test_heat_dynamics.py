"""A network in time: conservation, fronts, standstill, frost, shortage and refusals."""

import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.core.errors import CityDataError
from twin.flows import heat
from twin.flows.base import SolveStatus
from twin.flows.heat.kernels import dynamics as dynamics_kernels
from twin.flows.heat.kernels import transport as transport_kernels

grid = runpy.run_path(str(Path(__file__).parents[3] / "naive" / "heat.py"))["grid"]


def series(tables, **asked):
    found = heat.simulate(heat.HeatNetwork(**tables), **asked)
    for frame in (found.delivered_w, found.consumer_temp_c, found.source_heat_w, found.loss_w):
        assert np.isfinite(frame.to_numpy()).all()
    assert abs(found.energy_error) < 1e-10
    assert found.mass_error < 1e-10
    return found


def test_steady_state_stays():
    tables = grid(4, 3, 2)
    steady = heat.solve(heat.HeatNetwork(**tables))
    found = series(tables, supply_temp_c=np.full((30, 1), 95.0))
    assert found.status is SolveStatus.CONVERGED
    last = found.consumer_temp_c.iloc[-1].to_numpy()
    assert last == pytest.approx(steady.consumers["supply_temp_c"].to_numpy(), abs=0.05)
    assert found.source_heat_w.iloc[-1, 0] == pytest.approx(steady.sources["heat_w"][0], rel=1e-3)


def test_cooler_supply_arrives_and_ends_in_the_cooler_steady_state():
    tables = grid(4, 3, 2)
    tables["pipes"]["wall_jmk"] = 3000.0
    found = series(tables, supply_temp_c=np.where(np.arange(40) < 3, 95.0, 85.0)[:, np.newaxis])
    tables["sources"]["supply_temp_c"] = 85.0
    steady = heat.solve(heat.HeatNetwork(**tables)).consumers["supply_temp_c"].to_numpy()
    assert found.consumer_temp_c.iloc[-1].to_numpy() == pytest.approx(steady, abs=0.1)
    assert (found.consumer_temp_c.iloc[3] > steady + 0.5).any()
    wanted = tables["consumers"]["heat_w"].sum()
    assert found.delivered_w.iloc[-1].sum() == pytest.approx(wanted, rel=1e-3)


@given(
    st.integers(0, 50),
    st.lists(st.floats(60.0, 120.0), min_size=3, max_size=8),
    st.floats(0.02, 1.5),
    st.floats(0.0, 20_000.0),
    st.sampled_from([300.0, 3600.0]),
)
@settings(max_examples=15)
def test_nothing_is_lost_on_the_way(seed, supply_c, load, wall_jmk, step_s):
    tables = grid(3, 3, seed)
    tables["pipes"]["wall_jmk"] = wall_jmk
    net = heat.HeatNetwork(**tables)
    n = len(supply_c)
    wave = load * (1.0 + 0.5 * np.sin(np.arange(n)))[:, np.newaxis]
    closed = np.zeros((n, len(tables["pipes"])))
    closed[n // 2 :, seed % len(tables["pipes"])] = 1
    found = series(
        tables,
        heat_w=wave * net.base_input.heat_w,
        supply_temp_c=np.array(supply_c)[:, np.newaxis],
        ground_c=5.0 - 0.5 * np.arange(n),
        closed=closed,
        step_s=step_s,
    )
    assert (found.delivered_w.to_numpy() <= wave * net.base_input.heat_w * (1 + 1e-9)).all()
    top = max(95.0, *supply_c) if n else 95.0
    assert found.consumer_temp_c.to_numpy().max() <= top + 1e-6


def test_closed_branch_cools_and_freezes_when_the_ground_is_frozen():
    tables = grid(3, 2, 5)
    tables["pipes"]["ambient_c"] = -20.0
    n_pipes = len(tables["pipes"])
    closed = np.zeros((60, n_pipes))
    closed[2:] = 1
    found = series(tables, closed=closed)
    frozen_h = found.pipes["frozen_s"] / 3600
    assert frozen_h.notna().all()
    assert (frozen_h > 4).all()
    assert (found.pipes["coldest_c"] < 0).all()
    assert found.delivered_w.iloc[3:].to_numpy().max() == 0.0
    warm = series(tables, closed=np.zeros((3, n_pipes)))
    assert warm.pipes["frozen_s"].isna().all()


def test_short_lift_delivers_what_is_possible_in_time():
    tables = grid(4, 4, 2)
    tables["sources"]["lift_pa"] = 15_000.0
    steady = heat.solve(heat.HeatNetwork(**tables)).consumers["delivered_w"].sum()
    found = series(tables, supply_temp_c=np.full((12, 1), 95.0))
    assert found.delivered_w.iloc[-1].sum() == pytest.approx(steady, rel=5e-3)


def test_capacity_holds_in_time():
    tables = grid(4, 4, 2)
    full = heat.solve(heat.HeatNetwork(**tables)).sources["heat_w"][0]
    tables["sources"]["capacity_w"] = 0.7 * full
    found = series(tables, supply_temp_c=np.full((24, 1), 95.0))
    assert found.source_heat_w.iloc[-1, 0] == pytest.approx(0.7 * full, rel=0.02)
    assert found.source_temp_c.iloc[-1, 0] < 95.0


WRONG = {
    "supply_temp_c: has shape": {"supply_temp_c": np.full((3, 2), 95.0)},
    "ground_c step 1": {"ground_c": np.array([5.0, np.nan, 5.0])},
    "is below 0": {"heat_w": np.full((2, 4), -1.0)},
    "is not above 0": {"step_s": 0.0},
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_series_are_refused(message):
    with pytest.raises(CityDataError, match=message):
        heat.simulate(heat.HeatNetwork(**grid(3, 2, 5)), **WRONG[message])


def test_each_dynamic_kernel_compiles_for_one_signature():
    series(grid(3, 2, 5), ground_c=np.array([5.0, 4.0]))
    for module in (dynamics_kernels, transport_kernels):
        for name, thing in vars(module).items():
            if hasattr(thing, "signatures") and thing.__module__ == module.__name__:
                assert len(thing.signatures) <= 1, name


def test_series_are_tables_of_time():
    found = series(grid(3, 2, 5), ground_c=np.array([5.0, 4.0]), step_s=1800.0)
    assert isinstance(found.delivered_w, pd.DataFrame)
    assert found.delivered_w.index.tolist() == [0.0, 1800.0]
