"""Voting rules written as their definitions read, in fractions; slow and obvious."""

from fractions import Fraction
from itertools import combinations


def greedy(costs, score, budget, eligible=None):
    """Projects by score, ties by number; `score` of each project."""
    left, won = budget, []
    for j in sorted(range(len(costs)), key=lambda j: (-score[j], j)):
        if (eligible is None or eligible[j]) and costs[j] <= left:
            won.append(j)
            left -= costs[j]
    return won


def equal_shares(costs, ballots, budget, utility):
    """Equal Shares; `ballots` gives points by project, `utility(j, points)` what it is worth."""
    if not ballots:
        return []
    purse = [Fraction(budget, len(ballots)) for _ in ballots]
    won = []
    while True:
        best = None
        for j in range(len(costs)):
            fans = [i for i, ballot in enumerate(ballots) if ballot.get(j, 0) > 0]
            if j in won or not fans or sum(purse[i] for i in fans) < costs[j]:
                continue
            price = least_price(costs[j], [(purse[i], utility(j, ballots[i][j])) for i in fans])
            if best is None or price < best[0]:
                best = (price, j, fans)
        if best is None:
            return won
        price, j, fans = best
        won.append(j)
        for i in fans:
            purse[i] -= min(purse[i], price * utility(j, ballots[i][j]))


def least_price(cost, fans):
    """Least rho with sum(min(purse, rho * utility)) = cost: tries every number of poor voters."""
    if cost == 0:
        return Fraction(0)
    fans = sorted(fans, key=lambda fan: fan[0] / fan[1])
    for n_poor in range(len(fans)):
        poor = sum(purse for purse, _ in fans[:n_poor])
        price = Fraction(cost - poor) / sum(worth for _, worth in fans[n_poor:])
        if price * fans[n_poor][1] <= fans[n_poor][0]:
            return price
    raise AssertionError


def phragmen(costs, approvals, budget):
    """Money flows to voters evenly; `approvals` are sets of projects."""
    load = [Fraction(0) for _ in approvals]
    won, left = [], budget
    while True:
        times = {}
        for j in range(len(costs)):
            fans = [i for i, ballot in enumerate(approvals) if j in ballot]
            if fans and j not in won and costs[j] <= budget:
                times[j] = (costs[j] + sum(load[i] for i in fans)) / Fraction(len(fans))
        if not times:
            return won
        soonest = min(times.values())
        tied = [j for j, time in times.items() if time == soonest]
        if any(costs[j] > left for j in tied):
            return won
        won.append(tied[0])
        left -= costs[tied[0]]
        for i, ballot in enumerate(approvals):
            if tied[0] in ballot:
                load[i] = soonest


def maximin_support(costs, approvals, budget):
    """Fund what keeps the largest load smallest; loads as a maximum over sets of projects."""
    won, left = [], budget
    fans = [{i for i, ballot in enumerate(approvals) if j in ballot} for j in range(len(costs))]
    while True:
        loads = {}
        for j in range(len(costs)):
            if j not in won and fans[j] and costs[j] <= left:
                group = [*won, j]
                loads[j] = max(
                    Fraction(
                        sum(costs[k] for k in part), len(set().union(*(fans[k] for k in part)))
                    )
                    for size in range(1, len(group) + 1)
                    for part in combinations(group, size)
                )
        if not loads:
            return won
        least = min(loads.values())
        winner = next(j for j, load in loads.items() if load == least)
        won.append(winner)
        left -= costs[winner]


def gini(amounts):
    """Mean absolute difference of all pairs over twice the mean."""
    n, total = len(amounts), sum(amounts)
    if total == 0:
        return 0.0
    return sum(abs(a - b) for a in amounts for b in amounts) / (2 * n * total)


def ejr_plus_violations(costs, approvals, budget, won):
    """EJR+ up to any project for utilities by cost: tries every group of supporters."""
    worth = [sum(costs[j] for j in won if j in ballot) for ballot in approvals]
    out = []
    for j in range(len(costs)):
        fans = [i for i, ballot in enumerate(approvals) if j in ballot]
        if j in won or costs[j] > budget:
            continue
        groups = (g for size in range(1, len(fans) + 1) for g in combinations(fans, size))
        if any(
            all((worth[i] + costs[j]) * len(approvals) <= budget * len(group) for i in group)
            for group in groups
        ):
            out.append(j)
    return out
