"""Read votes from what the platforms Decidim and CONSUL export.

References
----------
Decidim, `decidim-budgets/lib/decidim/budgets/project_serializer.rb` (projects as CSV and JSON) and
`pabulib/exporter.rb` (ballots as a .pb file, which `read_pb` reads).
CONSUL Democracy, `app/models/budget/investment/exporter.rb` (investments as CSV) and the tables
`budget_investments` and `budget_ballot_lines` of `db/schema.rb`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from twin.voting.checks import require_sound
from twin.voting.election import CITY_WIDE, Ballots, Election, Projects, VoteType, minor_units
from twin.voting.files.records import Records, read_records

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from twin.core.arrays import Int64

_FEASIBLE_PRICE = re.compile(r"\(([^()]*\d[^()]*)\)\s*$")
_ADMIN_COLUMNS = 13
"""Columns of CONSUL's export of investments; their names are in the language of the site."""
_ID, _TITLE, _HEADING, _PRICE = 0, 1, 6, 7
_YES = ("t", "true", "1")


def read_decidim(path: str | Path, *, budget: float, budget_id: str | None = None) -> Election:
    """Return an election from Decidim's export of projects, CSV or JSON.

    The export has the confirmed votes of each project and no ballots, so rules that need ballots
    refuse it. Ballots are in Decidim's export to `.pb`.

    Parameters
    ----------
    budget
        Money to spend; the export does not contain it.
    budget_id
        Id of the budget whose projects vote, where a component has several.
    """
    records = read_records(Path(path))
    records.require("id", "budget_amount", "confirmed_votes")
    if budget_id is not None:
        records.require("budget/id")
        records.keep(lambda row: row["budget/id"] == budget_id)
    several = sorted(set(records.column("budget/id")))
    if len(several) > 1:
        records.fault(
            records.line[0],
            f"projects of {len(several)} budgets: {', '.join(several)}",
            "Give the budget_id of one.",
        )
    ids = records.column("id")
    return _election(
        records,
        Projects(
            project_id=tuple(ids),
            cost=np.zeros(0, dtype=np.int64),
            least_cost=np.zeros(0, dtype=np.int64),
            district=np.zeros(0, dtype=np.int32),
            name=tuple(records.column("title") or ids),
            categories=_categories(records.column("taxonomies/name", "category/name"), len(ids)),
            counted=_votes(records, "confirmed_votes"),
        ),
        money=(records.numbers("budget_amount"), budget),
        districts=records.column("scope/name"),
    )


def read_consul(
    path: str | Path, *, budget: float, ballot_lines: str | Path | None = None
) -> Election:
    """Return an election from CONSUL's investments: the admin's CSV export, or the table.

    Investments without a price are not feasible, and of the table those not selected are not up
    for the vote; a note gives how many are left out.

    Parameters
    ----------
    budget
        Money to spend; the export does not contain it.
    ballot_lines
        Table `budget_ballot_lines` as CSV or JSON: a line for each investment on a ballot.
        None: the votes are those of the column `ballot_lines_count`.
    """
    records = read_records(Path(path))
    n_all = len(records.rows)
    heading = "heading_id"
    if "price" not in records.names and len(records.names) == _ADMIN_COLUMNS:
        heading = _name_admin_columns(records)
    records.require("id", "price")
    if "selected" in records.names and heading == "heading_id":
        records.keep(lambda row: row["selected"].lower() in _YES)
    records.keep(lambda row: row["price"] != "")
    n_out = n_all - len(records.rows)
    notes = (f"{n_out} of {n_all} investments are not up for the vote",) if n_out else ()
    ids = records.column("id")
    ballots, counted = None, None
    if ballot_lines is not None:
        ballots = _ballots_of_lines(read_records(Path(ballot_lines)), ids)
    elif "ballot_lines_count" in records.names:
        counted = _votes(records, "ballot_lines_count")
    else:
        records.fault(
            1, "the file has no votes", "Give ballot_lines, the table budget_ballot_lines."
        )
    return _election(
        records,
        Projects(
            project_id=tuple(ids),
            cost=np.zeros(0, dtype=np.int64),
            least_cost=np.zeros(0, dtype=np.int64),
            district=np.zeros(0, dtype=np.int32),
            name=tuple(records.column("title") or ids),
            categories=((),) * len(ids),
            counted=counted,
        ),
        money=(records.numbers("price"), budget),
        districts=records.column(heading),
        ballots=ballots,
        notes=notes,
    )


def _name_admin_columns(records: Records) -> str:
    """Give the columns of the admin's export, in whatever language, the names of the table."""
    names = records.names
    for row in records.rows:
        price = _FEASIBLE_PRICE.search(row.get(names[_PRICE], ""))
        row |= {
            "id": row.get(names[_ID], ""),
            "title": row.get(names[_TITLE], ""),
            "heading": row.get(names[_HEADING], ""),
            # CONSUL writes the price as currency without decimals: what is no digit is a mark
            "price": re.sub(r"\D", "", price[1]) if price else "",
        }
    records.names = ("id", "title", "heading", "price")
    return "heading"


def _ballots_of_lines(lines: Records, ids: Sequence[str]) -> Ballots:
    """Return ballots from a table with one line for each project on a ballot."""
    lines.require("ballot_id", "investment_id")
    row_of = {name: row for row, name in enumerate(ids)}
    by_ballot: dict[str, list[int]] = {}
    for line, row in zip(lines.line, lines.rows, strict=True):
        project = row_of.get(row["investment_id"])
        if project is None:
            lines.fault(
                line,
                f"ballot {row['ballot_id']} names investment {row['investment_id']!r}, which is "
                "not up for the vote",
                "Export investments and ballot lines of the same budget.",
            )
            continue
        by_ballot.setdefault(row["ballot_id"], []).append(project)
    lines.finish()
    flat = [project for projects in by_ballot.values() for project in projects]
    start = np.cumsum([0, *(len(projects) for projects in by_ballot.values())], dtype=np.int64)
    return Ballots(
        VoteType.APPROVAL,
        start,
        np.array(flat, dtype=np.int32),
        np.ones(len(flat), dtype=np.int64),
        np.full(len(by_ballot), CITY_WIDE, dtype=np.int32),
        pa.table({"voter_id": list(by_ballot)}),
    )


def _votes(records: Records, name: str) -> Int64:
    """Return a column of counted votes."""
    votes = records.numbers(name)
    for line, value in zip(records.line, votes, strict=True):
        if value < 0 or value != value.to_integral_value():
            records.fault(line, f"{name} = {value} is not a count", "Correct the export.")
    return np.array([int(value) for value in votes], dtype=np.int64)


def _categories(cells: Sequence[str], n_projects: int) -> tuple[tuple[str, ...], ...]:
    """Return the categories of each project from cells with commas."""
    if not cells:
        return ((),) * n_projects
    return tuple(
        tuple(dict.fromkeys(one.strip() for one in cell.split(",") if one.strip()))
        for cell in cells
    )


def _election(
    records: Records,
    projects: Projects,
    *,
    money: tuple[Sequence[Decimal], float],
    districts: Sequence[str],
    ballots: Ballots | None = None,
    notes: tuple[str, ...] = (),
) -> Election:
    """Return the election, with costs and districts filled in; or raise all faults.

    `money` is the cost of each project, and the budget.
    """
    seen: set[str] = set()
    for line, name in zip(records.line, projects.project_id, strict=True):
        if name in seen:
            records.fault(line, f"project {name} stands twice", "Keep one line of each project.")
        seen.add(name)
    records.finish()
    decimals, amounts = minor_units([*money[0], money[1]])
    cost = np.array(amounts[:-1], dtype=np.int64)
    names = tuple(sorted({one for one in districts if one}))
    row_of = {name: row for row, name in enumerate(names)} | {"": CITY_WIDE}
    home = [row_of[one] for one in districts] or [CITY_WIDE] * len(projects)
    whole = replace(projects, cost=cost, least_cost=cost, district=np.array(home, dtype=np.int32))
    return require_sound(
        Election(
            whole,
            ballots,
            budget=amounts[-1],
            decimals=decimals,
            districts=names,
            notes=notes,
            source=str(records.path),
        )
    )
