"""Results of an ensemble as Parquet files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from twin.flows.water.runs.outputs import LINK_OUTPUTS, NODE_OUTPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from twin.core.arrays import Float64, Int32, Int64
    from twin.flows.water.runs.outputs import Reduction


class Ensemble(Protocol):
    """What is written: the parts of `twin.flows.water.WaterEnsemble`."""

    @property
    def node_id(self) -> tuple[str, ...]:
        """Names of the nodes kept."""

    @property
    def link_id(self) -> tuple[str, ...]:
        """Names of the links kept."""

    @property
    def elevation_m(self) -> Float64:
        """Of the nodes kept."""

    @property
    def time_s(self) -> Int64:
        """Times kept."""

    @property
    def series(self) -> Mapping[str, np.ndarray]:
        """Outputs by time."""

    @property
    def reduced(self) -> Mapping[str, np.ndarray]:
        """Reductions over time."""

    @property
    def reductions(self) -> Mapping[str, Reduction]:
        """What each reduction is."""

    @property
    def solves(self) -> Int32:
        """Solves of each scenario."""

    @property
    def head_m(self) -> Float64:
        """Head at nodes."""


@final
@dataclass(frozen=True, slots=True)
class _Table:
    """One file: a row per scenario, time, if any, and node or link."""

    name: str
    sort: str
    """`node` or `link`."""
    ids: tuple[str, ...]
    columns: tuple[str, ...]
    by_time: bool


def write_ensemble(ensemble: Ensemble, folder: Path) -> tuple[Path, ...]:
    """Write all tables that have a column; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = []
    for sort, ids, outputs in (
        ("node", ensemble.node_id, NODE_OUTPUTS),
        ("link", ensemble.link_id, LINK_OUTPUTS),
    ):
        columns = [name for name in outputs if name in ensemble.series]
        if "head_m" in columns and "pressure_m" not in columns:
            columns.insert(1, "pressure_m")
        reduced = [name for name, one in ensemble.reductions.items() if one.output in outputs]
        tables.append(_Table(f"{sort}s", sort, ids, tuple(columns), by_time=True))
        tables.append(_Table(f"{sort}_reductions", sort, ids, tuple(reduced), by_time=False))
    return tuple(_written(ensemble, folder, table) for table in tables if table.columns)


def _written(ensemble: Ensemble, folder: Path, table: _Table) -> Path:
    """Write one table."""
    path, n = folder / f"{table.name}.parquet", len(table.ids)
    n_times = ensemble.time_s.size if table.by_time else 1
    rows = pa.array(np.tile(np.arange(n, dtype=np.int32), n_times))
    named = {table.sort: pa.DictionaryArray.from_arrays(rows, pa.array(table.ids, pa.string()))}
    if table.by_time:
        named = {"time_s": pa.array(np.repeat(ensemble.time_s, n)), **named}
    writer: pq.ParquetWriter | None = None
    for scenario in range(len(ensemble.solves)):
        number = {"scenario": pa.array(np.full(n_times * n, scenario, dtype=np.int32))}
        values = {name: _values(ensemble, table, name, scenario) for name in table.columns}
        filled = pa.table(number | named | {key: pa.array(value) for key, value in values.items()})
        writer = writer or pq.ParquetWriter(path, filled.schema)
        writer.write_table(filled)
    if writer is not None:
        writer.close()
    return path


def _values(ensemble: Ensemble, table: _Table, name: str, scenario: int) -> np.ndarray:
    """Return a column of one scenario."""
    values: np.ndarray
    if not table.by_time:
        values = ensemble.reduced[name][scenario]
    elif name in ensemble.series:
        values = ensemble.series[name][scenario]
    else:
        values = ensemble.head_m[scenario] - ensemble.elevation_m
    return values.ravel()
