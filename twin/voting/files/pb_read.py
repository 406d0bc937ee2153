"""Read a vote from a `.pb` file, Pabulib's format for participatory budgets."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow.compute as pc

from twin.core.errors import ElectionError
from twin.core.registry import nearest
from twin.voting.checks import ballot_faults, project_faults, without
from twin.voting.election import (
    CITY_WIDE,
    MOST_DECIMALS,
    Ballots,
    Election,
    Limits,
    Projects,
    VoteType,
    borda_points,
)
from twin.voting.files.pb_text import Reading, decimal_of, read_meta, read_table, split
from twin.voting.files.pb_votes import VoteRows, read_votes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.core.arrays import Int32, Int64

type _Meta = dict[str, tuple[int, str]]

_WHOLE = ("min_length", "max_length", "min_points", "max_points", "min_sum_points")
_WHOLE_TOO = ("max_sum_points", "min_votes", "min_project_score_threshold", "default_score")
_COUNTS = ("num_projects", "num_votes")
_MONEY = ("budget", "min_sum_cost", "max_sum_cost")
_OWN_COLUMNS = ("project_id", "cost", "least_cost", "name", "exclusion_group")
_DISTRICT = ("district", "subunit", "neighborhood")
_CATEGORY = ("category", "categories")


def read_pb(
    path: str | Path, *, invalid_ballots: Literal["refuse", "leave_out"] = "refuse"
) -> Election:
    """Return the election in a `.pb` file.

    Parameters
    ----------
    invalid_ballots
        Whether ballots with a fault (an unknown project, too many projects, a second ballot of a
        voter) are refused, or left out with a note of their number.

    Raises
    ------
    ElectionError
        All faults of the file, each with its line, what is wrong and how to mend it.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}.\n  Name a .pb file."
        raise ElectionError(message) from None
    reading = split(path, content)
    meta = read_meta(reading)
    vote_type = _vote_type(reading, meta)
    numbers = _numbers(reading, meta)
    header, rows = read_table(reading, "PROJECTS")
    costs, least = _amounts(reading, header, rows)
    decimals = _decimals([*costs, *least, *(numbers[key] for key in _MONEY if key in numbers)])
    scale = 10**decimals
    projects, districts = _projects(
        reading, header, rows, _whole(costs, scale), _whole(least, scale)
    )
    votes = read_votes(reading, projects.project_id, vote_type)
    districts, home = _homes(votes, districts)
    limits = _limits(reading, meta, numbers, scale)
    election = Election(
        projects=projects,
        ballots=_ballots(votes, vote_type, limits, home, numbers.get("default_score"), len(rows)),
        budget=round(numbers.get("budget", 0) * scale),
        decimals=decimals,
        districts=districts,
        limits=limits,
        meta={key: value for key, (_, value) in meta.items()},
        source=str(path),
    )
    _counts_of_file(reading, meta, numbers, (len(rows), len(votes.table)))
    reading.faults += project_faults(election) if "budget" in numbers else []
    return _finished(reading, election, votes, leave_out=invalid_ballots == "leave_out")


def _finished(
    reading: Reading, election: Election, votes: VoteRows, *, leave_out: bool
) -> Election:
    """Return the election, or raise what is wrong; invalid ballots refused or left out."""
    found = ballot_faults(election, str)
    found.bad |= votes.bad
    of_ballots = [*votes.faults, *((one.rows[0], one.what, one.mend) for one in found.faults)]
    if leave_out and not reading.faults:
        kinds = Counter(mend for _, _, mend in of_ballots)
        why = "; ".join(f"{n} times: {mend}" for mend, n in kinds.items())
        n_bad = int(found.bad.sum())
        note = f"{n_bad} of {len(votes.table)} ballots are invalid and left out ({why})"
        election = without(election, found.bad, note)
    elif of_ballots:
        lines = [line for line, _ in reading.rows("VOTES")][1:]
        for row, what, mend in sorted(of_ballots, key=lambda one: one[0]):
            reading.fault(lines[row], what, mend)
    if reading.faults:
        raise ElectionError(reading.faults)
    return _with_note_on_counts(election)


def _vote_type(reading: Reading, meta: _Meta) -> VoteType:
    """Return the type of the vote; approval where it is not known, with a fault."""
    line, text = meta.get("vote_type", (reading.line["META"], ""))
    known = {str(one): one for one in VoteType} | {"choose-1": VoteType.APPROVAL}
    if text.lower() not in known:
        what = f"vote_type = {text!r}" if text else "META has no vote_type"
        reading.fault(line, what, nearest(text, list(known)))
    return known.get(text.lower(), VoteType.APPROVAL)


def _numbers(reading: Reading, meta: _Meta) -> dict[str, Decimal]:
    """Return the numbers of META by key."""
    numbers: dict[str, Decimal] = {}
    for key in (*_COUNTS, *_MONEY, *_WHOLE, *_WHOLE_TOO):
        line, text = meta.get(key, (0, ""))
        value = decimal_of(text)
        if text and value is None:
            reading.fault(line, f"{key} = {text!r} is not a number", "Write digits alone.")
        elif value is not None and key not in _MONEY and value != value.to_integral_value():
            reading.fault(line, f"{key} = {text} is not a whole number", "Write a whole number.")
        elif value is not None:
            numbers[key] = value
    if "budget" not in numbers and not meta.get("budget", (0, ""))[1]:
        reading.fault(
            reading.line["META"],
            "META has no budget",
            "Add a line `budget;` with the money to spend.",
        )
    return numbers


def _amounts(
    reading: Reading, header: list[str], rows: list[tuple[int, list[str]]]
) -> tuple[list[Decimal], list[Decimal]]:
    """Return costs of projects, and the least amounts they accept."""
    missing = [name for name in ("project_id", "cost") if name not in header]
    for name in missing:
        reading.fault(
            reading.line["PROJECTS"],
            f"PROJECTS has no column {name}; columns: {', '.join(header)}",
            f"Name a column {name}.",
        )
    if missing:
        raise ElectionError(reading.faults)
    costs, least = [], []
    for line, cells in rows:
        row = dict(zip(header, cells, strict=True))
        cost = decimal_of(row["cost"])
        if cost is None:
            reading.fault(line, f"cost = {row['cost']!r} is not a number", "Give the cost.")
            cost = Decimal(0)
        lowest = decimal_of(row.get("least_cost") or str(cost))
        if lowest is None:
            reading.fault(
                line, f"least_cost = {row['least_cost']!r} is not a number", "Give an amount."
            )
        costs.append(cost)
        least.append(cost if lowest is None else lowest)
    return costs, least


def _decimals(amounts: Sequence[Decimal]) -> int:
    """Return the decimal places of money that the amounts need."""
    for decimals in range(MOST_DECIMALS):
        if all(one * 10**decimals == (one * 10**decimals).to_integral_value() for one in amounts):
            return decimals
    return MOST_DECIMALS


def _whole(amounts: Sequence[Decimal], scale: int) -> Int64:
    """Return amounts in minor units."""
    return np.array([round(one * scale) for one in amounts], dtype=np.int64)


def _projects(
    reading: Reading,
    header: list[str],
    rows: list[tuple[int, list[str]]],
    cost: Int64,
    least: Int64,
) -> tuple[Projects, tuple[str, ...]]:
    """Return projects, and the districts they are in."""
    columns = {name: tuple(cells[i] for _, cells in rows) for i, name in enumerate(header)}
    ids = columns["project_id"]
    for i, (line, _) in enumerate(rows):
        if not ids[i]:
            reading.fault(line, "the project has no project_id", "Give each project an id.")
        elif "," in ids[i]:
            reading.fault(
                line, f"project_id {ids[i]!r} contains a comma", "Use ids without commas."
            )
        elif ids[i] in ids[:i]:
            reading.fault(
                line, f"project {ids[i]} stands twice in PROJECTS", "Keep one line of each project."
            )
    place = next((name for name in _DISTRICT if name in columns), None)
    given = columns[place] if place else ("",) * len(ids)
    districts = tuple(sorted({one for one in given if one}))
    row_of = {name: i for i, name in enumerate(districts)} | {"": CITY_WIDE}
    category = next((name for name in _CATEGORY if name in columns), None)
    listed = columns[category] if category else ("",) * len(ids)
    groups: dict[str, list[int]] = {}
    for j, text in enumerate(columns.get("exclusion_group", ())):
        for name in _items(text):
            groups.setdefault(name, []).append(j)
    used = {*_OWN_COLUMNS, place, category}
    projects = Projects(
        project_id=ids,
        cost=cost,
        least_cost=least,
        district=np.array([row_of[one] for one in given], dtype=np.int32),
        name=columns.get("name", ids),
        categories=tuple(_items(text) for text in listed),
        exclusions=tuple(tuple(rows) for rows in groups.values() if len(rows) > 1),
        more={name: column for name, column in columns.items() if name not in used},
    )
    return projects, districts


def _items(text: str) -> tuple[str, ...]:
    """Return the items of a cell with commas, each once."""
    items = (one.strip() for one in text.split(","))
    return tuple(dict.fromkeys(one for one in items if one and one.lower() != "none"))


def _homes(votes: VoteRows, districts: tuple[str, ...]) -> tuple[tuple[str, ...], Int32]:
    """Return districts, those of voters added, and the district of each voter."""
    name = next((one for one in _DISTRICT if one in votes.table.column_names), None)
    unknown = np.full(len(votes.table), CITY_WIDE, dtype=np.int32)
    if name is None or not districts:
        return districts, unknown
    homes = pc.utf8_trim_whitespace(votes.table[name])
    more = sorted(set(pc.unique(homes).to_pylist()) - {*districts, ""})
    districts = (*districts, *more)
    rows = pc.index_in(homes, value_set=pc.cast(list(districts), "string"))
    found = pc.fill_null(rows, CITY_WIDE).to_numpy().astype(np.int32)
    return districts, found


def _limits(reading: Reading, meta: _Meta, numbers: dict[str, Decimal], scale: int) -> Limits:
    """Return the limits that META gives."""

    def whole(key: str) -> int | None:
        return int(numbers[key]) if key in numbers else None

    def money(key: str) -> int | None:
        return round(numbers[key] * scale) if key in numbers else None

    for low, high in (
        ("min_length", "max_length"),
        ("min_points", "max_points"),
        ("min_sum_points", "max_sum_points"),
        ("min_sum_cost", "max_sum_cost"),
    ):
        if low in numbers and high in numbers and numbers[low] > numbers[high]:
            reading.fault(
                meta[low][0],
                f"{low} = {numbers[low]} is over {high} = {numbers[high]}",
                "Correct one of them.",
            )
    line, bound = meta.get("address_bound", (0, "0"))
    if bound not in ("0", "1"):
        reading.fault(line, f"address_bound = {bound!r} is neither 0 nor 1", "Write 0 or 1.")
    if meta.get("vote_type", (0, ""))[1].lower() == "choose-1":
        numbers = {"max_length": Decimal(1), **numbers}
    return Limits(
        min_length=whole("min_length"),
        max_length=whole("max_length"),
        min_points=whole("min_points"),
        max_points=whole("max_points"),
        min_sum_points=whole("min_sum_points"),
        max_sum_points=whole("max_sum_points"),
        min_sum_cost=money("min_sum_cost"),
        max_sum_cost=money("max_sum_cost"),
        min_votes=whole("min_votes") or 1,
        min_score=whole("min_project_score_threshold"),
        address_bound=bound == "1",
    )


def _ballots(
    votes: VoteRows,
    vote_type: VoteType,
    limits: Limits,
    home: Int32,
    default_score: Decimal | None,
    n_projects: int,
) -> Ballots:
    """Return ballots; entries for unknown projects are left out, as their rows have a fault."""
    known = votes.project >= 0
    start = votes.start
    if not known.all():
        start = np.concatenate([[0], np.cumsum(known)])[start].astype(np.int64)
    project = votes.project[known]
    if vote_type is VoteType.APPROVAL:
        points = np.ones(len(project), dtype=np.int64)
    elif votes.points is not None:
        points = votes.points[known]
    else:
        points = borda_points(start, limits.max_length or n_projects)
    if vote_type is VoteType.SCORING and default_score:
        start, project, points = _every_project(
            start, project, points, int(default_score), n_projects
        )
    dropped = {"vote", "points"} & set(votes.table.column_names)
    more = votes.table.drop_columns(sorted(dropped))
    return Ballots(vote_type, start, project, points, home, more)


def _every_project(
    start: Int64, project: Int32, points: Int64, default: int, n_projects: int
) -> tuple[Int64, Int32, Int64]:
    """Return ballots with the points of projects that they do not name."""
    n_ballots = len(start) - 1
    whole = np.full((n_ballots, n_projects), default, dtype=np.int64)
    whole[np.repeat(np.arange(n_ballots), np.diff(start)), project] = points
    every = np.tile(np.arange(n_projects, dtype=np.int32), n_ballots)
    return np.arange(n_ballots + 1, dtype=np.int64) * n_projects, every, whole.ravel()


def _counts_of_file(
    reading: Reading, meta: _Meta, numbers: dict[str, Decimal], found: tuple[int, int]
) -> None:
    """Note a file with fewer or more rows than META states."""
    for key, section, n_rows in zip(_COUNTS, ("PROJECTS", "VOTES"), found, strict=True):
        if key in numbers and numbers[key] != n_rows:
            fewer = numbers[key] > n_rows
            reading.fault(
                meta[key][0],
                f"{key} = {numbers[key]}, and {section} has {n_rows} rows",
                ("The file may be cut short: get it again whole" if fewer else "Remove rows")
                + f", or correct {key}.",
            )


def _with_note_on_counts(election: Election) -> Election:
    """Return the election with a note where the file counts votes otherwise."""
    stated = election.projects.more.get("votes")
    ballots = election.ballots
    if stated is None or ballots is None:
        return election
    counted = np.bincount(ballots.project[ballots.points > 0], minlength=len(election.projects))
    differ = [
        f"{name} {text}, counted {n}"
        for name, text, n in zip(
            election.projects.project_id, stated, counted.tolist(), strict=True
        )
        if text and decimal_of(text) != n
    ]
    if not differ:
        return election
    note = f"the column votes of {len(differ)} projects differs from the ballots: {differ[0]}"
    return replace(election, notes=(*election.notes, note + (", ..." if differ[1:] else "")))
