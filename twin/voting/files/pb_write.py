"""Write a vote as a `.pb` file."""

from __future__ import annotations

import csv
import io
import itertools
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twin.core.errors import ElectionError
from twin.voting.election import CITY_WIDE, Ballots, Election, VoteType, borda_points

if TYPE_CHECKING:
    from collections.abc import Iterator

_LIMITS = (
    "min_length",
    "max_length",
    "min_points",
    "max_points",
    "min_sum_points",
    "max_sum_points",
)


def write_pb(election: Election, path: str | Path) -> Path:
    """Write an election as a `.pb` file and return its path; `read_pb` gives it back.

    Columns that Pabulib does not have are written only where an election uses them: `least_cost`
    and `exclusion_group` of projects, `min_votes` and `address_bound` in META.

    Raises
    ------
    ElectionError
        If only the votes of each project are known, as the format needs ballots.
    """
    ballots = election.ballots
    if ballots is None:
        message = (
            f"{election.source}: a .pb file needs ballots, and the source has only the votes of "
            "each project.\n  Export the ballots from the platform."
        )
        raise ElectionError(message)
    text = io.StringIO()
    out = csv.writer(text, delimiter=";", lineterminator="\n")
    out.writerows([["META"], ["key", "value"], *_meta(election, ballots).items()])
    out.writerow(["PROJECTS"])
    out.writerows(_projects(election))
    out.writerow(["VOTES"])
    out.writerows(_votes(election, ballots))
    target = Path(path)
    unfinished = target.with_name(f".{target.name}.part")
    unfinished.write_text(text.getvalue(), encoding="utf-8", newline="")
    unfinished.replace(target)
    return target


def _amount(election: Election, minor_units: int) -> str:
    """Return an amount in whole units of money."""
    exact = Decimal(int(minor_units)).scaleb(-election.decimals)
    return f"{exact.normalize():f}"


def _meta(election: Election, ballots: Ballots) -> dict[str, str]:
    """Return META: what the source had, and what is now."""
    limits = election.limits
    meta = dict.fromkeys(("description", "country", "unit", "instance"), "unknown")
    meta |= election.meta
    meta |= {
        "num_projects": str(len(election.projects)),
        "num_votes": str(len(ballots)),
        "budget": _amount(election, election.budget),
        "vote_type": str(ballots.vote_type),
    }
    meta.setdefault("rule", "unknown")
    meta.pop("default_score", None)  # every ballot names all that it scores
    found = {name: getattr(limits, name) for name in _LIMITS}
    found["min_project_score_threshold"] = limits.min_score
    found["min_votes"] = limits.min_votes if limits.min_votes > 1 else None
    found["address_bound"] = 1 if limits.address_bound else None
    for name in ("min_sum_cost", "max_sum_cost"):
        value = getattr(limits, name)
        found[name] = None if value is None else _amount(election, value)
    for name, value in found.items():
        meta.pop(name, None)
        if value is not None:
            meta[name] = str(value)
    return meta


def _projects(election: Election) -> Iterator[list[str]]:
    """Yield the rows of PROJECTS, column names first."""
    projects = election.projects
    columns: dict[str, list[str]] = {
        "project_id": list(projects.project_id),
        "cost": [_amount(election, one) for one in projects.cost],
    }
    if bool((projects.least_cost != projects.cost).any()):
        columns["least_cost"] = [_amount(election, one) for one in projects.least_cost]
    if projects.name != projects.project_id:
        columns["name"] = list(projects.name)
    if any(projects.categories):
        columns["category"] = [",".join(names) for names in projects.categories]
    if election.districts:
        names = (*election.districts, "")
        columns["district"] = [names[row] for row in projects.district]
    if projects.exclusions:
        groups: list[list[str]] = [[] for _ in projects.project_id]
        for number, rows in enumerate(projects.exclusions, start=1):
            for j in rows:
                groups[j].append(str(number))
        columns["exclusion_group"] = [",".join(names) for names in groups]
    columns |= {name: list(column) for name, column in projects.more.items()}
    yield list(columns)
    yield from (list(row) for row in zip(*columns.values(), strict=True))


def _votes(election: Election, ballots: Ballots) -> Iterator[list[str]]:
    """Yield the rows of VOTES, column names first."""
    ids = election.projects.project_id
    columns: dict[str, list[str]] = {"voter_id": [str(i + 1) for i in range(len(ballots))]}
    if ballots.more is not None:
        columns |= {name: ballots.more[name].to_pylist() for name in ballots.more.column_names}
    start = ballots.start.tolist()
    named = [ids[j] for j in ballots.project.tolist()]
    spans = list(itertools.pairwise(start))
    columns["vote"] = [",".join(named[a:b]) for a, b in spans]
    if _has_points(election, ballots):
        points = [str(one) for one in ballots.points.tolist()]
        columns["points"] = [",".join(points[a:b]) for a, b in spans]
    if bool((ballots.district != CITY_WIDE).any()):
        names = (*election.districts, "")
        columns["district"] = [names[row] for row in ballots.district.tolist()]
    yield list(columns)
    yield from (list(row) for row in zip(*columns.values(), strict=True))


def _has_points(election: Election, ballots: Ballots) -> bool:
    """Return whether points say more than the ballots themselves."""
    if ballots.vote_type is VoteType.APPROVAL:
        return False
    if ballots.vote_type is not VoteType.ORDINAL:
        return True
    usual = borda_points(ballots.start, election.limits.max_length or len(election.projects))
    return not np.array_equal(ballots.points, usual)
