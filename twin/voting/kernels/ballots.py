"""Counting ballots, and turning them from rows of voters into rows of projects."""

import numpy as np

from twin.kernels.jit import kernel


@kernel
def supporters_of(start, project, points, n_projects):
    """Return who supports each project: (first (n_projects + 1,), voter, points).

    An entry without positive points is no support. Voters are in the order of their ballots.
    """
    first = np.zeros(n_projects + 1, np.int64)
    for entry in range(project.size):
        if points[entry] > 0:
            first[project[entry] + 1] += 1
    for j in range(n_projects):
        first[j + 1] += first[j]
    place = first[:-1].copy()
    voter = np.empty(first[n_projects], np.int32)
    weight = np.empty(first[n_projects], np.int64)
    for i in range(start.size - 1):
        for entry in range(start[i], start[i + 1]):
            if points[entry] > 0:
                j = project[entry]
                voter[place[j]] = i
                weight[place[j]] = points[entry]
                place[j] += 1
    return first, voter, weight


@kernel
def approvers_of(start, project, n_projects):
    """Return who approves each project: (first (n_projects + 1,), voter), as `supporters_of`."""
    first = np.zeros(n_projects + 1, np.int64)
    for entry in range(project.size):
        first[project[entry] + 1] += 1
    for j in range(n_projects):
        first[j + 1] += first[j]
    place = first[:-1].copy()
    voter = np.empty(project.size, np.int32)
    for i in range(start.size - 1):
        for entry in range(start[i], start[i + 1]):
            j = project[entry]
            voter[place[j]] = i
            place[j] += 1
    return first, voter


@kernel
def sums_of_ballots(start, project, points, cost, n_projects):
    """Return (sum of points, sum of costs, project named twice or -1) of each ballot."""
    n_ballots = start.size - 1
    sum_points = np.zeros(n_ballots, np.int64)
    sum_cost = np.zeros(n_ballots, np.int64)
    twice = np.full(n_ballots, -1, np.int32)
    last_seen = np.full(n_projects, -1, np.int64)
    for i in range(n_ballots):
        for entry in range(start[i], start[i + 1]):
            j = project[entry]
            sum_points[i] += points[entry]
            sum_cost[i] += cost[j]
            if last_seen[j] == i:
                twice[i] = j
            last_seen[j] = i
    return sum_points, sum_cost, twice


@kernel
def funded_for(start, project, points, amount):
    """Return how much money each voter's supported projects receive, shape (n_ballots,)."""
    out = np.zeros(start.size - 1, np.int64)
    for i in range(start.size - 1):
        for entry in range(start[i], start[i + 1]):
            if points[entry] > 0:
                out[i] += amount[project[entry]]
    return out
