"""What many solves are given: tables checked and made of one length or of one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def row_tables(
    tables: Mapping[str, tuple[np.ndarray | None, np.ndarray]],
    *,
    row_name: str,
    faults: Sequence[Fault] = (),
) -> dict[str, np.ndarray]:
    """Return each table with all rows, or with the one row that holds for all.

    Parameters
    ----------
    tables
        By name: what is given, shape (n_rows, n_columns) or None, and the row that replaces
        None, shape (n_columns,). A table of one dimension has one value for all columns of a row.
    row_name
        What a row is (step, hour, scenario), for messages.
    faults
        Found before, to be raised together.

    Raises
    ------
    CityDataError
        With every fault: a shape that does not match, a value that is no number, heat below 0.
    """
    given = {name: np.asarray(values) for name, (values, _) in tables.items() if values is not None}
    n_rows = max((len(values) for values in given.values() if values.ndim), default=1)
    found = list(faults)
    made: dict[str, np.ndarray] = {}
    for name, (_, own) in tables.items():
        made[name] = own[np.newaxis, :].copy()
        if name not in given:
            continue
        values = given[name]
        if values.ndim == 1:
            values = np.repeat(values[:, np.newaxis], own.size, axis=1)
        shape = (n_rows, own.size)
        if values.shape != shape:
            what = f"has shape {values.shape}, not {shape} ({row_name}s, columns)"
            found.append(Fault(name, what, f"give every {row_name} a value per column"))
            continue
        missing = np.argwhere(~np.isfinite(values.astype(np.float64)))
        if missing.size:
            row, column = (int(place) for place in missing[0])
            per_row = given[name].ndim == 1
            place = f"{name} {row_name} {row}" + ("" if per_row else f", column {column}")
            count = len(np.unique(missing[:, 0])) if per_row else len(missing)
            mend = "fill the gap, for instance with the value of the one before"
            found.append(Fault(place, f"is not a finite number; {count} such", mend))
            continue
        made[name] = np.ascontiguousarray(values, dtype=own.dtype)
    below = np.argwhere(made["heat_w"] < 0)
    if below.size:
        place = f"heat_w {row_name} {below[0][0]}, column {below[0][1]}"
        found.append(Fault(place, "is below 0", "heat that is wanted is 0 or more"))
    if found:
        raise CityDataError(found)
    return made
