"""Main effects and interactions of a full factorial, paired over seeds."""

from __future__ import annotations

import math
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twin.core.errors import Fault, StoreError
from twin.experiment.statistics.intervals import CONFIDENCE, adjusted, mean_interval
from twin.experiment.statistics.points import wide

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.core.arrays import Float64
    from twin.experiment.sweeps import SweepResult


def factor_effects(result: SweepResult, indicator: str) -> pd.DataFrame:
    """Return main effects and two-factor interactions of a full factorial sweep.

    Parameters
    ----------
    result
        A sweep over every combination of values.
    indicator
        Indicator over the run.

    Returns
    -------
    DataFrame
        One row per effect: `kind, factor, level, with_factor, with_level, effect, ci_low, ci_high,
        all_low, all_high, n`. A main effect is the mean at a level minus that at the first level of
        the factor, over all combinations of the others. An interaction is how much the effect of
        `factor` at `level` changes from the first level of `with_factor` to `with_level`: with two
        levels each, twice the half-difference that some books call interaction. Each is computed
        for every seed, so what a seed adds to all combinations cancels; the intervals are over
        seeds, `ci_*` of the effect alone and `all_*` of all rows together.

    Raises
    ------
    StoreError
        If combinations or all seeds of one are missing.
    """
    table = wide(result, indicator)
    names = list(table.index.names)
    levels = [list(dict.fromkeys(table.index.get_level_values(name))) for name in names]
    _require_full(table, levels)
    order = list(product(*levels)) if len(names) > 1 else [one for (one,) in product(*levels)]
    cube = table.loc[order].to_numpy(dtype=np.float64)
    cube = cube[:, np.isfinite(cube).all(axis=0)].reshape(*map(len, levels), -1)
    rows = _main(names, levels, cube) + _interactions(names, levels, cube)
    step = float(cube.max() - cube.min()) if cube.size else 0.0
    level = adjusted(CONFIDENCE, len(rows))
    made = []
    for facts, values in rows:
        alone = mean_interval(values, step=step or math.nan)
        whole = mean_interval(values, step=step or math.nan, confidence=level)
        made.append(
            {
                **facts,
                "effect": alone.mean,
                "ci_low": alone.low,
                "ci_high": alone.high,
                "all_low": whole.low,
                "all_high": whole.high,
                "n": values.size,
            }
        )
    return pd.DataFrame(made)


def _require_full(table: pd.DataFrame, levels: Sequence[Sequence[Any]]) -> None:
    wanted = math.prod(map(len, levels))
    if len(table) != wanted:
        what = f"has {len(table)} of the {wanted} combinations of its values"
        mend = "sweep every combination, or wait for the runs that are missing"
        raise StoreError(Fault("factorial", what, mend))
    if not np.isfinite(table.to_numpy(dtype=np.float64)).all(axis=0).any():
        what = "no seed has a value at every combination"
        raise StoreError(
            Fault("factorial", what, "repeat what failed, or choose another indicator")
        )


type _Rows = list[tuple[dict[str, Any], Float64]]


def _main(names: Sequence[str], levels: Sequence[Sequence[Any]], cube: Float64) -> _Rows:
    rows: _Rows = []
    for axis, name in enumerate(names):
        means = _over(cube, (axis,))
        for place in range(1, len(levels[axis])):
            facts = _facts("main", name, levels[axis][place])
            rows.append((facts, means[place] - means[0]))
    return rows


def _interactions(names: Sequence[str], levels: Sequence[Sequence[Any]], cube: Float64) -> _Rows:
    rows: _Rows = []
    for a, b in combinations(range(len(names)), 2):
        means = _over(cube, (a, b))
        for i, j in product(range(1, len(levels[a])), range(1, len(levels[b]))):
            facts = _facts("interaction", names[a], levels[a][i], names[b], levels[b][j])
            rows.append((facts, means[i, j] - means[0, j] - means[i, 0] + means[0, 0]))
    return rows


def _over(cube: Float64, kept: tuple[int, ...]) -> Float64:
    """Return means over all factors but some, seed by seed."""
    others = tuple(axis for axis in range(cube.ndim - 1) if axis not in kept)
    return cube.mean(axis=others)


def _facts(
    kind: str, factor: str, level: object, other: str = "", other_level: object = ""
) -> dict[str, Any]:
    return {
        "kind": kind,
        "factor": factor,
        "level": level,
        "with_factor": other,
        "with_level": other_level,
    }
