"""The hypercube queue the slow and obvious way: every set of busy units is a state."""

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
