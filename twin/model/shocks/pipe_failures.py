"""Failures of many pipes: several on one day, on top of those that wear brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.core.streams import Stream
from twin.kernels.rng import uniform01

if TYPE_CHECKING:
    from twin.assets import Failure
    from twin.model.state import State
    from twin.scenario import PipeFailures


def break_worst_pipes(state: State, shock: PipeFailures) -> list[Failure]:
    """Break pipes drawn by how many failures they are expected to have."""
    rows = state.assets.rows(shock.network)
    keys = state.assets.arrays.asset_id[rows]
    luck = np.array(
        [uniform01(state.seed, int(Stream.FAILURE), int(key), state.day, 1) for key in keys]
    )
    # a weighted draw without replacement (Efraimidis & Spirakis, 2006): weight = hazard
    with np.errstate(divide="ignore"):
        rank = np.log(luck) / state.assets.failures_per_year()[rows]
    chosen = np.argsort(-rank, kind="stable")[: shock.count]
    failures = [state.assets.break_now(rows.start + int(row), state.day) for row in chosen]
    return [failure for failure in failures if failure is not None]
