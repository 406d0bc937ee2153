"""The section VOTES of a `.pb` file, read by columns; by rows only to find lines of faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from twin.voting.election import VoteType
from twin.voting.files.pb_text import read_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.core.arrays import Bool, Int32, Int64
    from twin.voting.files.pb_text import Reading

_MISSING = ("", "none", "nan", "null")
_SHOWN = 8
"""Known project ids that a message lists."""


@final
@dataclass(slots=True)
class VoteRows:
    """Rows of VOTES, with what is wrong with each."""

    table: pa.Table
    """All columns as text."""
    start: Int64
    project: Int32
    """Rows of projects, -1 for an unknown one."""
    points: Int64 | None
    """None where the file has no points."""
    bad: Bool
    """Rows with a fault."""
    faults: list[tuple[int, str, str]]
    """(row, what, mend)"""

    def add(self, rows: Int64, what: Any, mend: str) -> None:  # noqa: ANN401 - row -> words
        """Note a fault of some rows."""
        self.bad[rows] = True
        self.faults += [(int(row), what(int(row)), mend) for row in rows]


def read_votes(reading: Reading, project_ids: Sequence[str], vote_type: VoteType) -> VoteRows:
    """Return the ballots of a file; a fault of the table itself goes to the reading."""
    table = _as_table(reading)
    n_rows = len(table)
    found = VoteRows(
        table,
        np.zeros(n_rows + 1, dtype=np.int64),
        np.zeros(0, dtype=np.int32),
        None,
        np.zeros(n_rows, dtype=bool),
        [],
    )
    line = reading.line["VOTES"]
    if "vote" not in table.column_names:
        reading.fault(
            line,
            f"VOTES has no column vote; columns: {', '.join(table.column_names)}",
            "Name the column with the project ids `vote`.",
        )
        return found
    known = pa.array(list(project_ids), pa.string())
    found.start, ids = _lists(table["vote"])
    rows = pc.index_in(ids, value_set=known)
    if rows.null_count:  # perhaps for blanks alone
        found.start, ids = _trimmed(found.start, ids)
        rows = pc.index_in(ids, value_set=known)
    found.project = pc.fill_null(rows, -1).to_numpy(zero_copy_only=False).astype(np.int32)
    _unknown_projects(found, ids, project_ids)
    if "points" in table.column_names and vote_type is not VoteType.APPROVAL:
        _read_points(found, table["points"])
    elif vote_type in (VoteType.CUMULATIVE, VoteType.SCORING):
        reading.fault(
            line,
            f"a {vote_type} vote needs a column points in VOTES",
            "Add the points, as many as projects on a ballot and in their order, or correct "
            "vote_type.",
        )
    _voters(reading, found)
    return found


def _as_table(reading: Reading) -> pa.Table:
    """Return VOTES as text columns; row by row where it is no clean table."""
    body = reading.body["VOTES"]
    header = body.split(b"\n", 1)[0].decode("utf-8").rstrip("\r").lower()
    names = [name.strip().strip('"') for name in header.split(";")]
    clean = bool(names) and all(names) and len(set(names)) == len(names)
    if clean and b"\n" in body.strip():
        try:
            return csv.read_csv(
                pa.py_buffer(body),
                read_options=csv.ReadOptions(column_names=names, skip_rows=1),
                parse_options=csv.ParseOptions(delimiter=";"),
                convert_options=csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
                ),
            )
        except pa.ArrowInvalid:
            pass  # read again by rows, which finds the lines
    header_row, rows = read_table(reading, "VOTES")
    return pa.table(
        {
            name: pa.array([cells[i] for _, cells in rows], pa.string())
            for i, name in enumerate(header_row)
        }
    )


def _lists(column: pa.ChunkedArray) -> tuple[Int64, pa.Array]:
    """Return (first of each row and the end, items) of cells with commas."""
    cells = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(cells, pa.ChunkedArray):  # no rows, no chunk
        return np.zeros(1, dtype=np.int64), pa.array([], pa.string())
    parts = pc.split_pattern(cells, ",")
    return parts.offsets.to_numpy().astype(np.int64), parts.values


def _trimmed(first: Int64, items: pa.Array) -> tuple[Int64, pa.Array]:
    """Return items without blanks around them; empty items and words for nothing go."""
    items = pc.utf8_trim_whitespace(items)
    keep = pc.invert(pc.is_in(pc.utf8_lower(items), value_set=pa.array(_MISSING)))
    before = np.concatenate([[0], np.cumsum(keep.to_numpy(zero_copy_only=False))])
    return before[first].astype(np.int64), items.filter(keep)


def _unknown_projects(found: VoteRows, ids: pa.Array, project_ids: Sequence[str]) -> None:
    """Note ballots that name a project which is not in PROJECTS."""
    entries = np.flatnonzero(found.project < 0)
    if not len(entries):
        return
    rows = np.searchsorted(found.start, entries, side="right") - 1
    rows, at = np.unique(rows, return_index=True)
    named = {
        int(row): ids[int(entry)].as_py() for row, entry in zip(rows, entries[at], strict=True)
    }
    known = ", ".join(project_ids[:_SHOWN]) + (", ..." if len(project_ids) > _SHOWN else "")
    found.add(
        rows,
        lambda row: f"the ballot names project {named[row]!r}, which is not in PROJECTS",
        f"Correct the id, or add the project; known: {known}.",
    )


def _read_points(found: VoteRows, column: pa.ChunkedArray) -> None:
    """Read the points of ballots, one whole number for each project named."""
    start, items = _trimmed(*_lists(column))
    given, named = np.diff(start), np.diff(found.start)
    found.add(
        np.flatnonzero(given != named),
        lambda row: f"{given[row]} points for {named[row]} projects",
        "Give each project on the ballot its points.",
    )
    whole = pc.match_substring_regex(items, r"^[+-]?[0-9]{1,15}(\.0+)?$")
    if not pc.all(whole).as_py():
        wrong = np.flatnonzero(~whole.to_numpy(zero_copy_only=False))
        rows = np.unique(np.searchsorted(start, wrong, side="right") - 1)
        cells = {int(row): column[int(row)].as_py() for row in rows}
        found.add(
            rows,
            lambda row: f"points {cells[row]!r} are not whole numbers",
            "Give whole numbers; multiply all points by ten where they have a decimal place.",
        )
        items = pc.if_else(whole, items, "0")
    values = pc.cast(pc.replace_substring_regex(items, r"^\+|\.0+$", ""), pa.int64())
    points = np.zeros(len(found.project), dtype=np.int64)
    same = np.repeat(given == named, named)
    points[same] = values.to_numpy()[np.repeat(given == named, given)]
    found.points = points


def _voters(reading: Reading, found: VoteRows) -> None:
    """Note voters without an id and voters who stand twice."""
    if "voter_id" not in found.table.column_names:
        reading.fault(
            reading.line["VOTES"],
            f"VOTES has no column voter_id; columns: {', '.join(found.table.column_names)}",
            "Give each ballot an id of its voter; running numbers will do.",
        )
        return
    ids = found.table["voter_id"]
    words = [form for word in _MISSING for form in (word, word.upper(), word.capitalize())]
    missing = pc.is_in(ids, value_set=pa.array(words))
    found.add(
        np.flatnonzero(missing.to_numpy(zero_copy_only=False)),
        lambda _: "the ballot has no voter_id",
        "Give each ballot an id of its voter.",
    )
    if pc.count_distinct(ids).as_py() == len(ids):
        return
    codes = pc.dictionary_encode(ids).combine_chunks().indices.to_numpy()
    _, first = np.unique(codes, return_index=True)
    again = np.ones(len(codes), dtype=bool)
    again[first] = False
    again &= ~missing.to_numpy(zero_copy_only=False)
    found.add(
        np.flatnonzero(again),
        lambda row: f"voter {ids[row].as_py()} has a ballot already",
        "Keep one ballot of each voter.",
    )
