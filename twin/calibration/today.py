"""The town of today: what is on record of each main, and closed valves, written into the city."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from twin.calibration.records.breaks import BreakRecords
    from twin.calibration.records.pipes import PipeRecords
    from twin.calibration.wear.calibrated import WearFit
    from twin.city.bundle import City
    from twin.core.arrays import Float64, Int64


@final
@dataclass(frozen=True, slots=True, eq=False)
class Today:
    """A city with its history."""

    city: City
    summary: str
    """What was written, in words."""


def with_history(
    city: City,
    pipes: PipeRecords,
    breaks: BreakRecords,
    wear: WearFit,
    shut: AbstractSet[str],
    *,
    seed: int,
) -> Today:
    """Return the city with years and breaks on record of its mains, and closed valves.

    Pipes of the inventory are mains of the city where their id is the `uid` of one.

    Parameters
    ----------
    city
        To copy.
    pipes, breaks, wear
        Records, and what they teach.
    shut
        Ids of pipes with a closed valve.
    seed
        Of the place of breaks that name no pipe.
    """
    count = np.bincount(placed(pipes, breaks, wear, seed=seed), minlength=len(pipes))
    years = np.maximum(0.0, breaks.end - np.maximum(breaks.start, np.nan_to_num(pipes.laid)))
    there = np.isinf(pipes.gone)
    row_of = {pipes.pipe_id[at]: at for at in np.flatnonzero(there)}
    edges = city.util_edges.copy()
    mine = (edges["network"] == wear.kind.name).to_numpy()
    rows = np.array(
        [row_of.get(uid, -1) if of else -1 for uid, of in zip(edges["uid"], mine, strict=True)],
        dtype=np.int64,
    )
    known = rows >= 0
    edges.loc[known, "recorded_years"] = years[rows[known]]
    edges.loc[known, "recorded_breaks"] = count[rows[known]].astype(np.int32)
    is_shut = mine & edges["uid"].isin(shut).to_numpy()
    edges["valve_shut"] = edges["valve_shut"].to_numpy() | is_shut
    summary = (
        f"{int(known.sum())} of {int(mine.sum())} {wear.kind.edges_name} of the city have records, "
        f"{int(count[rows[known]].sum())} breaks in all; {int(is_shut.sum())} have a closed valve"
    )
    if not known.any():
        summary += "; no pipe of the inventory has the uid of a main, so history stays out of runs"
    return Today(replace(city, util_edges=edges), summary)


def placed(pipes: PipeRecords, breaks: BreakRecords, wear: WearFit, *, seed: int) -> Int64:
    """Return the pipe of each break that is not of an earlier main, shape (n,).

    Breaks that name no pipe fall on pipes in proportion to their rates, of the material that the
    register of breaks names where it does.
    """
    generator = np.random.default_rng(seed)
    rate = expected_rate(pipes, wear)
    open_ = ~breaks.is_of_earlier
    pipe, year = breaks.pipe[open_].astype(np.int64), breaks.year[open_]
    material = breaks.material[open_]
    for at in np.flatnonzero(pipe < 0):
        there = (pipes.laid <= year[at]) & (pipes.gone > year[at])
        weight = np.where(there, rate, 0.0)
        of = weight * (pipes.material == material[at])
        weight = of if material[at] and of.any() else weight
        if weight.any():
            pipe[at] = generator.choice(weight.size, p=weight / weight.sum())
    return pipe[pipe >= 0]


def expected_rate(pipes: PipeRecords, wear: WearFit) -> Float64:
    """Return the mean rate of each pipe in the years of record, given its breaks; 0 if unknown."""
    rate = np.zeros(len(pipes))
    for one in wear.laws.values():
        known = one.likelihood
        mean = one.mean()
        inverse = float(np.exp(-mean[known.n_terms - 1]))
        expected = known.exposure(mean)
        factor = (inverse + known.seen) / (inverse + expected)
        cells = known.cells
        recorded = np.where(cells.is_recorded, np.exp(known.log_rate(mean)), 0.0) * cells.km_years
        years = np.maximum(1.0, known.years.size)
        by_pipe = np.bincount(cells.pipe, weights=recorded, minlength=known.n_pipes) / years
        rate[cells.rows] = factor * by_pipe
    return rate
