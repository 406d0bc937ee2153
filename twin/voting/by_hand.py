"""A small vote written in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.voting.checks import require_sound
from twin.voting.election import (
    CITY_WIDE,
    Ballots,
    Election,
    Limits,
    Projects,
    VoteType,
    borda_points,
    minor_units,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def election(
    costs: Mapping[str, float],
    ballots: Sequence[Sequence[str] | Mapping[str, int]],
    budget: float,
    *,
    vote_type: VoteType | str = VoteType.APPROVAL,
    limits: Limits | None = None,
) -> Election:
    """Return a small election written in Python; faults are reported as of a file.

    Parameters
    ----------
    costs
        Cost by project id.
    ballots
        Project ids of each voter, best first in an ordinal vote; points by project id in a
        cumulative or scoring one.
    budget
        Money to spend.

    Examples
    --------
    >>> from twin.voting import election, tally
    >>> costs = {"park": 60, "lights": 40, "bench": 20}
    >>> vote = election(costs, [["park"], ["lights", "bench"]], budget=80)
    >>> tally(vote, "greedy").winners
    ('bench', 'lights')
    """
    kind = VoteType(vote_type)
    decimals, amounts = minor_units([*costs.values(), budget])
    row = {name: i for i, name in enumerate(costs)}
    limits = limits or Limits()
    entries = [list(ballot) for ballot in ballots]
    start = np.cumsum([0, *(len(entry) for entry in entries)], dtype=np.int64)
    unknown = sorted({name for entry in entries for name in entry} - set(row))
    if unknown:
        message = f"{', '.join(unknown)}: no project of that id; known: {', '.join(row)}"
        raise KeyError(message)
    flat = np.array([row[name] for entry in entries for name in entry], dtype=np.int32)
    given = [list(one.values()) for one in ballots if hasattr(one, "values")]
    points = np.array([value for values in given for value in values], dtype=np.int64)
    if kind is VoteType.ORDINAL:
        points = borda_points(start, limits.max_length or len(costs))
    elif kind is VoteType.APPROVAL:
        points = np.ones(len(flat), dtype=np.int64)
    cost = np.array(amounts[:-1], dtype=np.int64)
    return require_sound(
        Election(
            Projects(
                project_id=tuple(costs),
                cost=cost,
                least_cost=cost,
                district=np.full(len(cost), CITY_WIDE, dtype=np.int32),
                name=tuple(costs),
                categories=((),) * len(cost),
            ),
            Ballots(kind, start, flat, points, np.full(len(entries), CITY_WIDE, dtype=np.int32)),
            budget=amounts[-1],
            decimals=decimals,
            limits=limits,
        )
    )
