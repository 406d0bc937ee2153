"""Valves of mains, and which are closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gis.read.tables import key_of, read_table
from twin.calibration.records.left_out import Reason

if TYPE_CHECKING:
    from pathlib import Path

    from twin.calibration.records.left_out import LeftOut
    from twin.calibration.records.recipe import ValvesForm

_STATE = Reason("R-STATE", "left out", "name the value under `closed:` or `open:`")


def closed_pipes(folder: Path, form: ValvesForm, left_out: LeftOut) -> set[str]:
    """Return ids of pipes with a closed valve.

    Raises
    ------
    CityDataError
        If the file cannot be read or lacks columns.
    """
    names = form.columns
    table = read_table(
        folder / form.file,
        form.sheet,
        wanted=(names.pipe_id, names.state),
        encoding=form.encoding,
    )
    state = table.column(names.state)
    known = {*form.closed, *form.open}
    strange = [(at, f"state {text!r} is not known") for at, text in enumerate(state)
               if text not in known]  # fmt: skip
    left_out.note_each(table, strange, _STATE)
    rows = np.flatnonzero(np.isin(state.astype(str), form.closed))
    ids = table.column(names.pipe_id)
    return {key_of(ids[at]) for at in rows}
