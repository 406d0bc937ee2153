"""What an outcome means for people: who got something, how evenly, and who may complain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.errors import ElectionError
from twin.voting.election import CITY_WIDE
from twin.voting.kernels.ballots import funded_for, supporters_of
from twin.voting.tally import Fate, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.core.arrays import Float64, Int64
    from twin.voting.election import Election

_CLOSE = 1e-9
"""Relative difference below which two amounts are compared exactly."""


@final
@dataclass(frozen=True, slots=True)
class Measures:
    """Measures of one outcome; None where the source does not allow one."""

    n_funded: int
    """Projects funded, wholly or in part."""
    spent_share: float
    """Money given over the budget."""
    turnout: float | None
    """Ballots over the people who may vote."""
    exclusion_ratio: float | None
    """Voters none of whose projects is funded, over all voters."""
    value_gini: float | None
    """Gini coefficient of the money given to a voter's projects, over voters; 0 is equal."""
    district_gini: float | None
    """Gini coefficient of the money per voter, over districts."""
    money_by_category: Mapping[str, float]
    """Part of the money given; a project of several categories counts to each in equal parts."""
    votes_by_category: Mapping[str, float]
    """Part of the votes, likewise."""
    ejr_plus_violations: tuple[str, ...] | None
    """Projects whose supporters are too many to have received so little."""


def measure(election: Election, outcome: Outcome, *, population: int | None = None) -> Measures:
    """Return the measures of an outcome.

    Parameters
    ----------
    population
        People who may vote; None: not known.
    """
    ballots = election.ballots
    if population is not None and population < election.n_voters:
        message = (
            f"{election.source}: {election.n_voters} ballots, and population = {population}.\n"
            "  Give the number of people who may vote."
        )
        raise ElectionError(message)
    value = None
    if ballots is not None and len(ballots):
        value = funded_for(ballots.start, ballots.project, ballots.points, outcome.amount)
    votes = _votes(election)
    return Measures(
        n_funded=len(outcome.order),
        spent_share=outcome.spent / election.budget,
        turnout=None if population is None or ballots is None else len(ballots) / population,
        exclusion_ratio=None if value is None else float((value == 0).mean()),
        value_gini=None if value is None else gini(value),
        district_gini=_district_gini(election, outcome),
        money_by_category=_by_category(election, outcome.amount),
        votes_by_category=_by_category(election, votes),
        ejr_plus_violations=None if value is None else ejr_plus_violations(election, outcome),
    )


def gini(amounts: Int64 | Float64) -> float:
    """Return the Gini coefficient of amounts of at least 0; 0 where all are 0.

    References
    ----------
    Gini, 1912; the mean absolute difference by way of ranks, sum((2 i - n - 1) x_i) / (n sum x).
    """
    total = float(amounts.sum())
    if total <= 0.0:
        return 0.0
    n = len(amounts)
    rank = np.arange(1, n + 1)
    return float(((2 * rank - n - 1) * np.sort(amounts)).sum() / (n * total))


def ejr_plus_violations(
    election: Election, outcome: Outcome, *, satisfaction: str = "cost"
) -> tuple[str, ...]:
    """Return unfunded projects that violate extended justified representation plus (EJR+).

    A group of voters has its part of the budget: budget times group over voters. A project that
    is not funded violates EJR+ up to any project if some of its supporters could pay, out of
    their part, for it and for more than each of them has: for the utilities u_i of its s supporters
    and its own cost c, u_i + c <= budget s / n for all of them (satisfaction "cost"), and
    (u_i + 1) c <= budget s / n where each project counts 1 ("cardinality"). Equal Shares with
    that satisfaction has none. Projects that the limits or a funded project exclude do not count.

    References
    ----------
    Brill & Peters, 2023, "Robust and verifiable proportionality axioms for multiwinner voting",
    EC 24, and its section on participatory budgeting.
    """
    ballots = election.ballots
    if ballots is None or not len(ballots):
        return ()
    cost = election.projects.cost
    funded = np.zeros(len(cost), dtype=bool)
    funded[list(outcome.order)] = True
    gain = outcome.amount if satisfaction == "cost" else funded.astype(np.int64)
    utility = funded_for(ballots.start, ballots.project, ballots.points, gain)
    first, voter, _ = supporters_of(ballots.start, ballots.project, ballots.points, len(cost))
    out = []
    barred = np.isin(outcome.fate, (Fate.TOO_FEW_VOTES, Fate.IN_CONFLICT))
    for j in np.flatnonzero(~funded & ~barred & (cost <= election.budget)).tolist():
        own = np.sort(utility[voter[first[j] : first[j + 1]]])
        c = int(cost[j])
        needed = own + c if satisfaction == "cost" else (own + 1) * c
        if _could_pay(needed, election.budget, len(ballots)):
            out.append(election.projects.project_id[j])
    return tuple(out)


def _could_pay(needed: Int64, budget: int, n_voters: int) -> bool:
    """Return whether some first voters have together, by equal parts, what each needs of them.

    In floats, and exactly where these are close.
    """
    size = np.arange(1, len(needed) + 1)
    ratio = needed.astype(np.float64) * n_voters / (size * float(budget))
    if bool((ratio < 1.0 - _CLOSE).any()):
        return True
    close = np.flatnonzero(ratio < 1.0 + _CLOSE).tolist()
    return any(int(needed[i]) * n_voters <= (i + 1) * budget for i in close)


def _votes(election: Election) -> Int64:
    """Return the votes of each project."""
    ballots = election.ballots
    n_projects = len(election.projects)
    if ballots is None:
        counted = election.projects.counted
        return np.zeros(n_projects, dtype=np.int64) if counted is None else counted
    return np.bincount(ballots.project[ballots.points > 0], minlength=n_projects)


def _district_gini(election: Election, outcome: Outcome) -> float | None:
    """Return the Gini coefficient of money per voter over districts; None: no districts.

    Voters by address; where no address is known, all districts count as equally large.
    """
    n_districts = len(election.districts)
    district = election.projects.district
    if n_districts <= 1:
        return None
    here = district != CITY_WIDE
    money = np.bincount(district[here], weights=outcome.amount[here], minlength=n_districts)
    ballots = election.ballots
    if ballots is None or not bool((ballots.district != CITY_WIDE).any()):
        return gini(money)
    known = ballots.district[ballots.district != CITY_WIDE]
    voters = np.bincount(known, minlength=n_districts)
    return gini(money[voters > 0] / voters[voters > 0])


def _by_category(election: Election, amounts: Int64) -> dict[str, float]:
    """Return the part of each category in a sum over projects; empty without categories."""
    sums: dict[str, float] = {}
    for names, amount in zip(election.projects.categories, amounts.tolist(), strict=True):
        for name in names:
            sums[name] = sums.get(name, 0.0) + amount / len(names)
    total = sum(sums.values())
    return {name: sums[name] / total for name in sorted(sums)} if total else {}
