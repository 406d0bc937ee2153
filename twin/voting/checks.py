"""Faults of an election: of its projects and money, and of single ballots."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.errors import ElectionError, Fault
from twin.voting.election import CITY_WIDE, VoteType
from twin.voting.kernels.ballots import sums_of_ballots

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.core.arrays import Bool, Int64
    from twin.voting.election import Ballots, Election

MOST_MONEY = 2**53
"""Minor units in sum up to which every amount is exact in a float."""


def require_sound(election: Election) -> Election:
    """Return the election, or raise all its faults."""
    faults = [*project_faults(election), *ballot_faults(election).faults]
    if faults:
        raise ElectionError(faults)
    return election


def project_faults(election: Election) -> list[Fault]:
    """Return faults of projects and money."""
    projects, money = election.projects, election.money
    faults = []
    if election.budget <= 0:
        faults.append(
            Fault(
                election.source,
                f"budget = {money(election.budget):g} is not above 0",
                "Give the money to spend.",
            )
        )
    if not len(projects):
        faults.append(Fault(election.source, "there is no project", "Give at least one."))
    if int(projects.cost.sum()) + election.budget >= MOST_MONEY:
        faults.append(
            Fault(
                election.source,
                f"costs and budget are over {MOST_MONEY} minor units in sum",
                "Give amounts in thousands.",
            )
        )
    wrong = (projects.least_cost > projects.cost) | (projects.least_cost < 0)
    for j in np.flatnonzero((projects.cost < 0) | wrong).tolist():
        cost, least = money(int(projects.cost[j])), money(int(projects.least_cost[j]))
        what, mend = f"cost = {cost:g} is under 0", "Give the cost as a positive amount."
        if cost >= 0:
            what = f"least_cost = {least:g} is not between 0 and the cost, {cost:g}"
            mend = "Give the least amount with which the project can be done."
        place = f"{election.source}: project {projects.project_id[j]}"
        faults.append(Fault(place, what, mend, rows=(j,)))
    return faults


@final
class BallotFaults:
    """Faults of ballots, found by row, and which rows have any."""

    def __init__(self, election: Election, place: Callable[[int], str] | None = None) -> None:
        self.faults: list[Fault] = []
        self.bad: Bool = np.zeros(election.n_voters, dtype=bool)
        self._place = place or (lambda row: f"{election.source}: ballot {row + 1}")

    def add(self, rows: Int64, what: Callable[[int], str], mend: str) -> None:
        """Note a fault of some rows."""
        self.bad[rows] = True
        self.faults += [
            Fault(self._place(int(i)), what(int(i)), mend, rows=(int(i),)) for i in rows
        ]

    def between(
        self,
        values: Int64,
        limits: tuple[int | None, int | None],
        words: str,
        shown: Callable[[int], float] = float,
    ) -> None:
        """Note values outside two limits; `{value}` in the words is what `shown` makes of one."""
        low, high = limits
        mend = "Correct the ballot or the limit; or leave out invalid ballots."
        for limit, side, wrong in (
            (low, "under the least", values < (0 if low is None else low)),
            (high, "over the most", values > (0 if high is None else high)),
        ):
            if limit is None:
                continue
            end = f"{side}, {shown(limit):.15g}"
            self.add(
                np.flatnonzero(wrong),
                lambda i, end=end: (  # type: ignore[misc]
                    f"{words.format(value=f'{shown(int(values[i])):.15g}')}, {end}"
                ),
                mend,
            )


def ballot_faults(election: Election, place: Callable[[int], str] | None = None) -> BallotFaults:
    """Return what is wrong with single ballots, by the limits of the election.

    Parameters
    ----------
    place
        Returns where a ballot stands, from its row; for messages.
    """
    found = BallotFaults(election, place)
    ballots = election.ballots
    if ballots is None:
        return found
    ids, limits = election.projects.project_id, election.limits
    sum_points, sum_cost, twice = sums_of_ballots(
        ballots.start, ballots.project, ballots.points, election.projects.cost, len(ids)
    )
    found.add(
        np.flatnonzero(twice >= 0),
        lambda i: f"project {ids[twice[i]]} is named twice",
        "Name each project once.",
    )
    length = np.diff(ballots.start)
    found.between(length, (limits.min_length, limits.max_length), "{value} projects")
    if ballots.vote_type in (VoteType.CUMULATIVE, VoteType.SCORING):
        sums = (limits.min_sum_points, limits.max_sum_points)
        found.between(sum_points, sums, "{value} points in sum")
        _single_points(found, ballots, (limits.min_points, limits.max_points))
    sums = (limits.min_sum_cost, limits.max_sum_cost)
    found.between(sum_cost, sums, "cost {value} in sum", election.money)
    if limits.address_bound:
        _addresses(found, election, ballots)
    return found


def _single_points(
    found: BallotFaults, ballots: Ballots, limits: tuple[int | None, int | None]
) -> None:
    """Note points to one project outside their limits."""
    low, high = limits
    if ballots.vote_type is VoteType.CUMULATIVE:
        low = 0 if low is None else low
    wrong = np.zeros(len(ballots.points), dtype=bool)
    if low is not None:
        wrong |= ballots.points < low
    if high is not None:
        wrong |= ballots.points > high
    entries = np.flatnonzero(wrong)
    rows = np.searchsorted(ballots.start, entries, side="right") - 1
    rows, at = np.unique(rows, return_index=True)
    points = dict(zip(rows.tolist(), ballots.points[entries[at]].tolist(), strict=True))
    words = " to ".join("any" if limit is None else str(limit) for limit in (low, high))
    found.add(
        rows,
        lambda i: f"{points[i]} points to one project; allowed: {words}",
        "Correct the ballot or the limit; or leave out invalid ballots.",
    )


def _addresses(found: BallotFaults, election: Election, ballots: Ballots) -> None:
    """Note votes for projects of other districts, and voters without an address."""
    length = np.diff(ballots.start)
    home = np.repeat(ballots.district, length)
    there = election.projects.district[ballots.project]
    entries = np.flatnonzero((there != CITY_WIDE) & (there != home))
    rows = np.searchsorted(ballots.start, entries, side="right") - 1
    rows, at = np.unique(rows, return_index=True)
    named = dict(zip(rows.tolist(), ballots.project[entries[at]].tolist(), strict=True))
    districts = (*election.districts, "no known district")

    def what(i: int) -> str:
        j = named[i]
        return (
            f"a voter of {districts[ballots.district[i]]} names project "
            f"{election.projects.project_id[j]} of {districts[election.projects.district[j]]}"
        )

    found.add(
        rows, what, "Correct the district of the voter or the project, or drop address_bound."
    )


def without(election: Election, bad: Bool, note: str) -> Election:
    """Return the election without some ballots, with a note of it."""
    ballots = election.ballots
    if ballots is None or not bool(bad.any()):
        return election
    keep = ~bad
    length = np.diff(ballots.start)
    stays = np.repeat(keep, length)
    fewer = replace(
        ballots,
        start=np.concatenate([[0], np.cumsum(length[keep])]).astype(np.int64),
        project=ballots.project[stays],
        points=ballots.points[stays],
        district=ballots.district[keep],
        more=None if ballots.more is None else ballots.more.filter(keep),
    )
    return replace(election, ballots=fewer, notes=(*election.notes, note))
