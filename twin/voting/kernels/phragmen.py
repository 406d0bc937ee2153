"""Phragmen's sequential rule.

A voter's load is the time of the last purchase among the projects he supports, so the state is one
table: how many supporters of a project have the load of a past purchase. It is of whole numbers;
times are floats, and a round in which two are close is returned to the caller.

References
----------
Brill, Freeman, Janson & Lackner, 2017, "Phragmen's voting methods and justified representation",
AAAI 31; Los, Christoff & Grossi, 2022, "Proportional budget allocations", IJCAI 31, for costs.
"""

from typing import NamedTuple

import numpy as np

from twin.kernels.jit import inner_kernel, kernel

_EPS = 2.0**-52
DONE, UNDECIDED = 0, 1


class Approvals(NamedTuple):
    """What does not change: who supports what, costs, conflicts."""

    first: np.ndarray  # (n_projects + 1,) into voter
    voter: np.ndarray  # (n_entries,) supporters, project by project
    start: np.ndarray  # (n_voters + 1,) into project
    project: np.ndarray  # (n_entries,) projects, voter by voter
    cost: np.ndarray  # (n_projects,) int64
    conflict_first: np.ndarray
    conflict: np.ndarray
    skip: bool  # pass over what the budget does not cover, rather than stop


class Loads(NamedTuple):
    """What changes."""

    last: np.ndarray  # (n_voters,) last purchase of a voter, counted from 1; 0 none
    supporters: np.ndarray  # (n_projects, n_projects + 1) supporters by last purchase
    time: np.ndarray  # (n_projects + 1,) when each purchase was made, 0 for none
    alive: np.ndarray  # (n_projects,)
    contender: np.ndarray  # (n_projects,) may be the next purchase
    order: np.ndarray  # (n_projects,)
    n_done: np.ndarray  # (1,)
    left: np.ndarray  # (1,) int64, money not spent


@kernel
def purchase(votes, loads, winner, time):
    """Buy one project, at a time in float; forced by the caller or found here."""
    loads.n_done[0] += 1
    done = loads.n_done[0]
    loads.order[done - 1] = winner
    loads.time[done] = time
    loads.left[0] -= votes.cost[winner]
    loads.alive[winner] = 0
    for entry in range(votes.conflict_first[winner], votes.conflict_first[winner + 1]):
        loads.alive[votes.conflict[entry]] = 0
    for entry in range(votes.first[winner], votes.first[winner + 1]):
        i = votes.voter[entry]
        before = loads.last[i]
        loads.last[i] = done
        for at in range(votes.start[i], votes.start[i + 1]):
            loads.supporters[votes.project[at], before] -= 1
            loads.supporters[votes.project[at], done] += 1


@inner_kernel
def _time_of(votes, loads, j):
    """Return when the supporters of a project can buy it."""
    total = float(votes.cost[j])
    for past in range(1, loads.n_done[0] + 1):
        total += loads.supporters[j, past] * loads.time[past]
    return total / (votes.first[j + 1] - votes.first[j])


@kernel
def run_purchases(votes, loads):
    """Buy projects until the rule stops (DONE) or a round is UNDECIDED.

    A time is a sum of positive terms over a whole number, so its relative error grows by at most
    one unit in the last place a term, and a purchase passes it on.
    """
    n = votes.cost.size
    while True:
        done = loads.n_done[0]
        soonest, winner = np.inf, -1
        times = np.empty(n)
        for j in range(n):
            if loads.alive[j]:
                times[j] = _time_of(votes, loads, j)
                if times[j] < soonest:
                    soonest, winner = times[j], j
        if winner < 0:
            return DONE
        close = soonest * (1.0 + 4.0 * (done + 1) * (done + 8) * _EPS)
        count = 0
        for j in range(n):
            loads.contender[j] = 1 if loads.alive[j] and times[j] <= close else 0
            count += loads.contender[j]
        if count > 1:
            return UNDECIDED
        if votes.cost[winner] > loads.left[0]:
            if not votes.skip:
                return DONE
            loads.alive[winner] = 0
            continue
        purchase(votes, loads, winner, soonest)
