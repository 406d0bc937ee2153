"""The Method of Equal Shares in floats that know their own error.

Every purse has a bound of its error beside it; a price is an interval. A round whose winner the
intervals do not decide is returned to the caller, who decides it in exact numbers. So the winners
are those of exact arithmetic.

References
----------
Peters, Pierczynski & Skowron, 2021, "Proportional participatory budgeting with additive
utilities", NeurIPS 34: the rule, for utilities that add up.
"""

from typing import NamedTuple

import numpy as np

from twin.kernels.jit import inner_kernel, kernel

_EPS = 2.0**-52
DONE, UNDECIDED = 0, 1
_AFFORDABLE, _TOO_DEAR, _UNSURE = 0, 1, 2


class Market(NamedTuple):
    """What does not change: projects, their supporters, conflicts."""

    first: np.ndarray  # (n_projects + 1,) into voter and weight
    voter: np.ndarray  # (n_entries,) supporters, project by project
    weight: np.ndarray  # (n_entries,) utility of a project to a supporter, over its `unit`
    cost: np.ndarray  # (n_projects,)
    unit: np.ndarray  # (n_projects,) utility per weight, so that price = payment / (weight * unit)
    conflict_first: np.ndarray  # (n_projects + 1,) into conflict
    conflict: np.ndarray  # rows that a funded project excludes


class Purses(NamedTuple):
    """What changes: money of voters, and what is known of prices."""

    money: np.ndarray  # (n_voters, 2): balance, and bound of its error
    low: np.ndarray  # (n_projects,) price is at least this; it never falls
    high: np.ndarray  # (n_projects,) and at most this, in the present round
    alive: np.ndarray  # (n_projects,) may still be funded
    fresh: np.ndarray  # (n_projects,) price is of the present round
    order: np.ndarray  # (n_projects,) rows funded, first to last
    n_done: np.ndarray  # (1,) how many of them
    scratch: np.ndarray  # (3, most supporters)


@inner_kernel
def _gather(market, purses, j):
    """Copy the supporters who have money; return (how many, money, error of it)."""
    k = 0
    total, error = 0.0, 0.0
    b, w, e = purses.scratch[0], purses.scratch[1], purses.scratch[2]
    for entry in range(market.first[j], market.first[j + 1]):
        i = market.voter[entry]
        balance, off = purses.money[i, 0], purses.money[i, 1]
        if balance > 0.0 or off > 0.0:
            b[k], w[k], e[k] = balance, market.weight[entry], off
            total += balance
            error += off
            k += 1
    return k, total, error


@inner_kernel
def _price(market, purses, j):
    """Return (status, payment per weight, its error) of a project.

    The payment p solves sum(min(balance, p * weight)) = cost. With errors e of balances, the sum
    at p is off by those of voters who are not surely rich; p by that over the slope of the sum,
    which is at least the weight of the surely rich.
    """
    cost = market.cost[j]
    if cost == 0.0:
        return _AFFORDABLE, 0.0, 0.0
    k, total, error = _gather(market, purses, j)
    rounding = 2.0 * (k + 8) * _EPS * cost
    off = error + 2.0 * (k + 8) * _EPS * (total + cost)
    if total < cost - off:
        return _TOO_DEAR, 0.0, 0.0
    if total <= cost + off:
        return _UNSURE, 0.0, 0.0
    b, w, e = purses.scratch[0], purses.scratch[1], purses.scratch[2]
    poor, poor_error, p = 0.0, 0.0, 0.0
    while True:
        weight = 0.0
        for i in range(k):
            weight += w[i]
        p = (cost - poor) / weight
        rich = 0
        for i in range(k):
            if b[i] < p * w[i]:
                poor += b[i]
                poor_error += e[i]
            else:
                b[rich], w[rich], e[rich] = b[i], w[i], e[i]
                rich += 1
        if rich in (k, 0):
            break
        k = rich
    if rich == 0:
        return _UNSURE, 0.0, 0.0
    margin = poor_error + rounding
    for i in range(k):
        margin += e[i]
    sure, off = 0.0, poor_error + rounding
    for i in range(k):
        if b[i] - e[i] - p * w[i] > margin:
            sure += w[i]
        else:
            off += e[i]
    if sure <= 0.0:
        return _UNSURE, 0.0, 0.0
    return _AFFORDABLE, p, 1.01 * off / sure + 8.0 * _EPS * p


@inner_kernel
def _pay(market, purses, j, p, off):
    """Take the payment from supporters: p per weight, or all they have."""
    for entry in range(market.first[j], market.first[j + 1]):
        i = market.voter[entry]
        balance, error = purses.money[i, 0], purses.money[i, 1]
        if balance <= 0.0 and error <= 0.0:
            continue
        payment = p * market.weight[entry]
        error += off * market.weight[entry] + 4.0 * _EPS * (payment + balance)
        rest = balance - payment
        if rest < -error:
            purses.money[i, 0] = 0.0
            purses.money[i, 1] = 0.0
        else:
            purses.money[i, 0] = max(rest, 0.0)
            purses.money[i, 1] = error if rest > error else error + abs(rest)


@inner_kernel
def _contenders(market, purses):
    """Price what may be the cheapest; return (how many may be, one of them, any unsure)."""
    n = market.cost.size
    best = np.inf
    unsure = False
    purses.fresh[:] = 0
    while True:
        j = -1
        for k in range(n):
            if purses.alive[k] and not purses.fresh[k] and (j < 0 or purses.low[k] < purses.low[j]):
                j = k
        if j < 0 or purses.low[j] > best:
            break
        purses.fresh[j] = 1
        status, p, off = _price(market, purses, j)
        if status == _TOO_DEAR:
            purses.alive[j] = 0
        elif status == _UNSURE:
            unsure = True
            purses.high[j] = np.inf
        else:
            low = (p - off) / market.unit[j] * (1.0 - 4.0 * _EPS)
            purses.low[j] = max(purses.low[j], low)
            purses.high[j] = (p + off) / market.unit[j] * (1.0 + 4.0 * _EPS)
            best = min(best, purses.high[j])
    count, winner = 0, -1
    for k in range(n):
        if purses.alive[k] and purses.fresh[k]:
            if purses.low[k] <= best:
                count += 1
                winner = k
            else:
                purses.fresh[k] = 0
    return count, winner, unsure


@kernel
def run_rounds(market, purses):
    """Fund projects until none is affordable (DONE) or a round is UNDECIDED.

    Undecided: `purses.fresh` marks the projects that may be the cheapest of the round.
    """
    while True:
        count, winner, unsure = _contenders(market, purses)
        if count == 0:
            return DONE
        if count > 1 or unsure:
            return UNDECIDED
        _, p, off = _price(market, purses, winner)
        _pay(market, purses, winner, p, off)
        purses.order[purses.n_done[0]] = winner
        purses.n_done[0] += 1
        purses.alive[winner] = 0
        for entry in range(market.conflict_first[winner], market.conflict_first[winner + 1]):
            purses.alive[market.conflict[entry]] = 0
