"""Facts about table columns: type, unit, bounds, meaning. Written once, used everywhere.

Parquet schemas, validation messages and the data dictionary in the docs derive from them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_SHOWN = 5


@final
@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    dtype: str
    """numpy name (`int32`, `float64`, `uint8`, `bool`) or `str`."""
    meaning: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    nullable: bool = False
    """Whether NaN (floats) or empty text is a lawful 'not known' or 'does not apply'."""


@final
@dataclass(frozen=True, slots=True)
class Table:
    """A table of a bundle or a run."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    id_column: str = ""
    """Dense 0..n-1 identifier; empty where the table has none."""
    geometry: str = ""
    """`Point`, `LineString`, `Polygon`, or empty."""
    references: dict[str, str] = field(default_factory=dict)
    """Column -> table whose dense id it holds; -1 means none where the column's low is -1."""

    def column(self, name: str) -> Column:
        """Return a column by name."""
        return next(column for column in self.columns if column.name == name)


def _rows_text(rows: Sequence[int]) -> str:
    shown = ", ".join(str(row) for row in rows[:_SHOWN])
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return f"row{'s' if len(rows) > 1 else ''} {shown}{more}"


def _value_faults(table: Table, column: Column, values: pd.Series) -> list[Fault]:
    """Return the faults of one column's values."""
    faults: list[Fault] = []

    def add(bad: np.ndarray, what: str, mend: str) -> None:
        rows = np.flatnonzero(bad)
        if rows.size:
            first = values.iloc[[int(rows[0])]].tolist()[0]  # a plain number prints as one
            faults.append(
                Fault(
                    where=f"{table.name}.{column.name} {_rows_text([int(r) for r in rows])}",
                    what=f"{what} (first value {first!r})",
                    mend=mend,
                    code="E-VALUE",
                    rows=tuple(rows.tolist()),
                )
            )

    if column.dtype == "str":
        missing = values.isna().to_numpy()
        if not column.nullable:
            add(missing | (values == "").to_numpy(), "is empty", "fill it in")
        if column.choices:
            known = values.isin([*column.choices, ""]).to_numpy() | missing
            add(~known, "is not a known value", f"use one of {', '.join(column.choices)}")
        return faults
    numbers = values.to_numpy(dtype=np.float64)
    unit = f" {column.unit}" if column.unit else ""
    if not column.nullable:
        add(~np.isfinite(numbers), "is not a finite number", "fill it in")
    with np.errstate(invalid="ignore"):
        if column.low is not None:
            add(numbers < column.low, f"is below {column.low:g}{unit}", "check value and unit")
        if column.high is not None:
            add(numbers > column.high, f"is over {column.high:g}{unit}", "check value and unit")
    return faults


def table_faults(table: Table, frame: pd.DataFrame) -> list[Fault]:
    """Return every fault of a frame against its table: columns, ids, types, bounds."""
    faults: list[Fault] = []
    for column in table.columns:
        if column.name not in frame:
            faults.append(
                Fault(
                    where=table.name,
                    what=f"has no column {column.name}",
                    mend=f"add {column.name}: {column.meaning} [{column.unit or column.dtype}]",
                    code="E-COLUMN-MISSING",
                )
            )
            continue
        faults += _value_faults(table, column, frame[column.name])
    if table.id_column and table.id_column in frame:
        ids = frame[table.id_column].to_numpy()
        if not np.array_equal(ids, np.arange(len(frame))):
            faults.append(
                Fault(
                    where=f"{table.name}.{table.id_column}",
                    what="does not count 0, 1, 2, ... in row order",
                    mend="renumber the rows and every column that refers to them",
                    code="E-DUP-ID",
                )
            )
    return faults


def conform(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with the table's columns first, in order, and in their types."""
    names = [column.name for column in table.columns]
    rest = [name for name in frame.columns if name not in names]
    types = {
        column.name: ("object" if column.dtype == "str" else column.dtype)
        for column in table.columns
    }
    ordered = frame[[*names, *rest]].reset_index(drop=True)
    return ordered.astype(types)
