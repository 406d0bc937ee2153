"""The hypercube queue the slow and obvious way: every set of busy units is a state."""

import math

import numpy as np


def hypercube(ranked, load, n_units):
    """Return (share of time every unit is busy, share of calls of each place by unit).

    `ranked` holds, per place, the units that can get there, nearest first; `load` is calls per
    mean time of a call. Calls that find nobody are lost.
    """
    n_states = 2**n_units
    rate = np.zeros((n_states, n_states))
    sent = np.zeros((len(ranked), n_states), dtype=int) - 1
    for state in range(n_states):
        for unit in range(n_units):
            if state >> unit & 1:
                rate[state, state ^ (1 << unit)] += 1.0
        for place, units in enumerate(ranked):
            free = [unit for unit in units if not state >> unit & 1]
            if free:
                sent[place, state] = free[0]
                rate[state, state | 1 << free[0]] += load[place]
    np.fill_diagonal(rate, -rate.sum(axis=1))
    equations = np.vstack([rate.T, np.ones(n_states)])
    right = np.append(np.zeros(n_states), 1.0)
    chance = np.linalg.lstsq(equations, right, rcond=None)[0]
    busy = [sum(chance[s] for s in range(n_states) if s >> unit & 1) for unit in range(n_units)]
    share = [
        [chance[sent[place] == unit].sum() for unit in range(n_units)]
        for place in range(len(ranked))
    ]
    return np.array(busy), np.array(share)


def poisson(mean, luck):
    """Return the least k with P(X <= k) >= luck, by adding up chances."""
    k, chance = 0, math.exp(-mean)
    upto = chance
    while upto < luck:
        k += 1
        chance *= mean / k
        upto += chance
    return k


def answered(times_s, people, found, luck):
    """Return seconds to the unit that answers each call, None where none does.

    `luck` holds (place, unit) of every call, uniform in (0, 1).
    """
    waits = []
    for u_place, u_unit in luck:
        place, left = 0, u_place * sum(people)
        while left >= people[place]:
            left -= people[place]
            place += 1
        wait, left = None, u_unit
        for unit, share in zip(found.unit[place], found.share[place], strict=True):
            if left < share:
                wait = times_s[unit][place]
                break
            left -= share
        waits.append(None if wait is None or math.isinf(wait) else wait)
    return waits
