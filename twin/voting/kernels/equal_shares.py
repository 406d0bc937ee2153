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
    is_uniform: bool  # every weight is 1, and `weight` is not read
    cost: np.ndarray  # (n_projects,)
    unit: np.ndarray  # (n_projects,) utility per weight, so that price = payment / (weight * unit)
    conflict_first: np.ndarray  # (n_projects + 1,) into conflict
    conflict: np.ndarray  # rows that a funded project excludes


class Purses(NamedTuple):
    """What changes: money of voters, and what is known of prices."""

    money: np.ndarray  # (n_voters,) balance
    error: np.ndarray  # (n_voters,) bound of its error
    worst: np.ndarray  # (1,) largest of these
    low: np.ndarray  # (n_projects,) price is at least this; it never falls
    high: np.ndarray  # (n_projects,) and at most this, in the present round
    payment: np.ndarray  # (n_projects,) per weight, likewise
    alive: np.ndarray  # (n_projects,) may still be funded
    fresh: np.ndarray  # (n_projects,) price is of the present round
    order: np.ndarray  # (n_projects,) rows funded, first to last
    n_done: np.ndarray  # (1,) how many of them
    scratch: np.ndarray  # (2, most supporters)


@inner_kernel
def _weight(market, entry):
    """Return the weight of a supporter."""
    return 1.0 if market.is_uniform else float(market.weight[entry])


@inner_kernel
def _gather(market, purses, j, p):
    """Copy who can pay p per weight; return (how many, their weight, money of all, of the rest)."""
    b, w = purses.scratch[0], purses.scratch[1]
    k, weight, total, poor = 0, 0.0, 0.0, 0.0
    for entry in range(market.first[j], market.first[j + 1]):
        balance = purses.money[market.voter[entry]]
        wanted = _weight(market, entry)
        is_rich = balance >= p * wanted
        b[k], w[k] = balance, wanted  # without a branch, which nobody can predict
        k += is_rich
        total += balance
        poor += 0.0 if is_rich else balance
        weight += wanted if is_rich else 0.0
    return k, weight, total, poor


@inner_kernel
def _price(market, purses, j, best):
    """Return (status, payment per weight, its error) of a project.

    The payment p solves sum(min(balance, p * weight)) = cost. With errors e of balances, the sum
    at p is off by those of voters who are not surely rich; p by that over the slope of the sum,
    which is at least the weight of the surely rich. No voter gives more than his balance or than
    p * weight, so every split into poor and rich gives a lower bound of p: above the price `best`
    the search stops there.
    """
    cost, unit = market.cost[j], market.unit[j]
    if cost == 0.0:
        return _AFFORDABLE, 0.0, 0.0
    size = market.first[j + 1] - market.first[j]
    floor = purses.low[j] * unit * (1.0 - 1e-9)  # who cannot pay this is poor in any case
    k, weight, total, poor = _gather(market, purses, j, floor)
    error = size * purses.worst[0]
    rounding = 2.0 * (size + 8) * _EPS * cost
    off = error + 2.0 * (size + 8) * _EPS * (total + cost)
    if total <= cost + off or k == 0:
        return (_TOO_DEAR if total < cost - off else _UNSURE), 0.0, 0.0
    b, w = purses.scratch[0], purses.scratch[1]
    while True:
        p = (cost - poor) / weight
        if p - 2.0 * (error + rounding) / weight > best * unit:
            return _AFFORDABLE, p, 2.0 * (error + rounding) / weight
        rich, weight = 0, 0.0
        for i in range(k):
            balance, wanted = b[i], w[i]
            is_rich = balance >= p * wanted
            b[rich], w[rich] = balance, wanted
            rich += is_rich
            poor += 0.0 if is_rich else balance
            weight += wanted if is_rich else 0.0
        if rich in (k, 0):
            break
        k = rich
    if rich == 0 or p < floor:
        return _UNSURE, 0.0, 0.0
    margin = error + rounding
    sure, n_sure = 0.0, 0
    for i in range(k):
        if b[i] - purses.worst[0] - p * w[i] > margin:
            sure += w[i]
            n_sure += 1
    if sure <= 0.0:
        return _UNSURE, 0.0, 0.0
    off = (size - n_sure) * purses.worst[0] + rounding
    return _AFFORDABLE, p, 1.01 * off / sure + 8.0 * _EPS * p


@inner_kernel
def _refined(market, purses, j, p):
    """Return the error of the payment just found, from the errors of each voter."""
    size = market.first[j + 1] - market.first[j]
    rounding = 2.0 * (size + 8) * _EPS * market.cost[j]
    margin = size * purses.worst[0] + rounding
    sure, off = 0.0, rounding
    for entry in range(market.first[j], market.first[j + 1]):
        i = market.voter[entry]
        wanted = _weight(market, entry)
        if purses.money[i] - purses.error[i] - p * wanted > margin:
            sure += wanted
        else:
            off += purses.error[i]
    return np.inf if sure <= 0.0 else 1.01 * off / sure + 8.0 * _EPS * p


@inner_kernel
def _pay(market, purses, j, p, off):
    """Take the payment from supporters: p per weight, or all they have."""
    for entry in range(market.first[j], market.first[j + 1]):
        i = market.voter[entry]
        balance, error = purses.money[i], purses.error[i]
        if balance <= 0.0 and error <= 0.0:
            continue
        wanted = _weight(market, entry)
        payment = p * wanted
        error += off * wanted + 4.0 * _EPS * (payment + balance)
        rest = balance - payment
        if rest < -error:
            purses.money[i] = 0.0
            purses.error[i] = 0.0
        else:
            purses.money[i] = max(rest, 0.0)
            purses.error[i] = error if rest > error else error + abs(rest)
            purses.worst[0] = max(purses.worst[0], purses.error[i])


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
        status, p, off = _price(market, purses, j, best)
        if status == _TOO_DEAR:
            purses.alive[j] = 0
        elif status == _UNSURE:
            unsure = True
            purses.high[j] = np.inf
        else:
            low = (p - off) / market.unit[j] * (1.0 - 4.0 * _EPS)
            purses.low[j] = max(purses.low[j], low)
            purses.payment[j] = p
            if low <= best:
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
        p = purses.payment[winner]
        off = _refined(market, purses, winner, p)
        if off == np.inf:
            return UNDECIDED
        _pay(market, purses, winner, p, off)
        purses.order[purses.n_done[0]] = winner
        purses.n_done[0] += 1
        purses.alive[winner] = 0
        for entry in range(market.conflict_first[winner], market.conflict_first[winner + 1]):
            purses.alive[market.conflict[entry]] = 0
