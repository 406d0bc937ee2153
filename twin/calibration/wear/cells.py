"""Exposure of pipes to wear, cut into cells of a pipe and a time.

Years of record are cells with breaks. The years of a pipe before the records are cells too: breaks
in them are unknown, but none of them can have led to its removal. Where the inventory holds only
pipes in service, that is true of the years from the records to the inventory as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.city.hazard_laws import (
    LONGEST_M,
    NARROWEST_M,
    REFERENCE_DIAMETER_M,
    REFERENCE_LENGTH_M,
    SHORTEST_M,
    WIDEST_M,
)

if TYPE_CHECKING:
    from twin.calibration.records.breaks import BreakRecords
    from twin.calibration.records.pipes import PipeRecords
    from twin.core.arrays import Bool, Float64, Int32

_STEP_YEARS = 5.0


@final
@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Cells of pipes of one material, shape (n_cells,) each unless stated otherwise."""

    pipe: Int32
    """Row among `rows`."""
    km_years: Float64
    age_years: Float64
    """In the middle of the cell."""
    year: Int32
    """Calendar year of a cell of record."""
    is_recorded: Bool
    breaks: Float64
    rows: Int32
    """Rows of the pipes in the inventory, shape (n_pipes,)."""
    ln_width: Float64
    """Logarithm of diameter over 0.15 m, shape (n_pipes,)."""
    ln_length: Float64
    """Logarithm of the length over 100 m, shape (n_pipes,)."""
    laid_year: Float64
    """Shape (n_pipes,)."""


def rows_of(pipes: PipeRecords, material: str) -> Int32:
    """Return rows of pipes of a material whose entries are complete."""
    of = pipes.complete() & (pipes.material == material)
    return np.flatnonzero(of).astype(np.int32)


def record_cells(pipes: PipeRecords, breaks: BreakRecords, material: str) -> Cells:
    """Return the cells of a material up to the end of the records."""
    rows = rows_of(pipes, material)
    laid, gone = pipes.laid[rows], np.minimum(pipes.gone[rows], pipes.listed)
    parts = []
    for year in range(int(np.floor(breaks.start)), int(np.ceil(breaks.end - 1e-9))):
        low, high = max(breaks.start, year), min(breaks.end, year + 1.0)
        parts.append(_part(laid, gone, (low, high), year=year))
    entered = gone > breaks.start
    for high in np.arange(breaks.start, laid.min(initial=breaks.start), -_STEP_YEARS):
        low = high - _STEP_YEARS
        there = np.where(entered, laid, np.inf)
        parts.append(_part(laid, gone, (low, high), since=there))
    if pipes.only_in_service:
        for low in np.arange(breaks.end, pipes.listed - 1e-9, _STEP_YEARS):
            high = min(low + _STEP_YEARS, pipes.listed)
            parts.append(_part(laid, gone, (low, high)))
    return _joined(pipes, rows, parts, breaks)


def future_cells(pipes: PipeRecords, material: str, first_year: int, years: int) -> Cells:
    """Return cells of coming years of pipes that have no end yet, without breaks."""
    rows = rows_of(pipes, material)
    laid, gone = pipes.laid[rows], pipes.gone[rows]
    parts = [
        _part(laid, gone, (float(year), year + 1.0), year=year)
        for year in range(first_year, first_year + years)
    ]
    return _joined(pipes, rows, parts, None)


def _part(
    laid: Float64,
    gone: Float64,
    span: tuple[float, float],
    *,
    year: int | None = None,
    since: Float64 | None = None,
) -> tuple[Int32, Float64, Float64, Int32, Bool]:
    """Return rows, years, ages, year and kind of the cells of one span of time.

    Without a year the span is not one of record. Pipes count `since` some time, or since laying.
    """
    low, high = span
    start, stop = np.maximum(laid if since is None else since, low), np.minimum(gone, high)
    pipe = np.flatnonzero(stop > start).astype(np.int32)
    start, stop = start[pipe], stop[pipe]
    age = 0.5 * (start + stop) - laid[pipe]
    ones = np.ones(pipe.size, dtype=np.int32)
    return pipe, stop - start, age, ones * (year or 0), ones.astype(np.bool_) & (year is not None)


def _joined(
    pipes: PipeRecords,
    rows: Int32,
    parts: list[tuple[Int32, Float64, Float64, Int32, Bool]],
    breaks: BreakRecords | None,
) -> Cells:
    """Return parts as cells with their breaks."""
    pipe, years, age, year, recorded = (
        np.concatenate([part[at] for part in parts]) for at in range(5)
    )
    count = np.zeros(pipe.size)
    if breaks is not None and rows.size:
        place = np.full(len(pipes), -1, dtype=np.int64)
        place[rows] = np.arange(rows.size)
        named = (breaks.pipe >= 0) & ~breaks.is_of_earlier
        at, when = place[breaks.pipe[named]], np.floor(breaks.year[named]).astype(np.int64)
        mine = at >= 0
        key = at[mine] * 10_000 + when[mine]
        cell_key = np.where(recorded, pipe.astype(np.int64) * 10_000 + year, -1)
        order = np.argsort(cell_key)
        found = np.searchsorted(cell_key[order], key)
        found = np.minimum(found, cell_key.size - 1)
        cell = order[found]
        fits = cell_key[cell] == key
        np.add.at(count, cell[fits], 1.0)
    width = np.clip(pipes.diameter_m[rows], NARROWEST_M, WIDEST_M)
    length = np.clip(pipes.length_m[rows], SHORTEST_M, LONGEST_M)
    return Cells(
        pipe=pipe,
        km_years=years * pipes.length_m[rows][pipe] * 1e-3,
        age_years=age,
        year=year,
        is_recorded=recorded,
        breaks=count,
        rows=rows,
        ln_width=np.log(width / REFERENCE_DIAMETER_M),
        ln_length=np.log(length / REFERENCE_LENGTH_M),
        laid_year=pipes.laid[rows],
    )
