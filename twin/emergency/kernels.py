"""How busy every unit is, when the nearest free one answers a call (approximate hypercube).

A call from place a goes to the first free unit of its list. With Q(j) correcting for units being
busy together, the share of a's calls that the unit at position j of the list answers is

    q(a, j) = Q(j) * busy(list(0)) * ... * busy(list(j - 1)) * (1 - busy(list(j)))

References
----------
Larson, 1975, "Approximating the performance of urban emergency service systems", Operations
Research 23(5), doi 10.1287/opre.23.5.845.
"""

from __future__ import annotations

import numpy as np

from twin.kernels.jit import kernel


@kernel
def busy_into(ranked, can, load, correction, tolerance, max_rounds, out_busy):
    """Find the share of time every unit is busy; return the rounds it took, -1 if not enough.

    Parameters
    ----------
    ranked
        Units in the order in which they are sent to each place, shape (n_places, n_units), int32.
    can
        How many units of each list can get there at all, shape (n_places,), int32.
    load
        Calls per hour times hours per call of each place, shape (n_places,).
    correction
        Q by position, shape (n_units,).
    tolerance
        Largest change of a busy share in the last round.
    max_rounds
        Limit of work.
    out_busy
        Shape (n_units,); read as a first guess.
    """
    n_units = out_busy.size
    asked = np.empty(n_units)
    for done in range(max_rounds):
        asked[:] = 0.0
        for a in range(load.size):
            all_busy = load[a]
            for j in range(can[a]):
                unit = ranked[a, j]
                asked[unit] += correction[j] * all_busy
                all_busy *= out_busy[unit]
        change = 0.0
        for unit in range(n_units):
            # what is asked of a unit while it is free keeps it busy: busy = (1 - busy) * asked
            busy = asked[unit] / (1.0 + asked[unit])
            change = max(change, abs(busy - out_busy[unit]))
            out_busy[unit] = busy
        if change <= tolerance:
            return done + 1
    return -1


@kernel
def answered_into(ranked, can, correction, busy, answered, out_share):
    """Write the share of each place's calls that the unit at each position answers.

    Parameters
    ----------
    ranked, can, correction
        As in `busy_into`.
    busy
        Share of time every unit is busy, shape (n_units,).
    answered
        Share of calls that find a free unit. Places that all units can reach are scaled to it, as
        Larson's approximation keeps to it on the whole only; others cannot exceed it.
    out_share
        Shape (n_places, n_units), by position in the list.
    """
    n_units = busy.size
    for a in range(can.size):
        out_share[a, :] = 0.0
        all_busy = 1.0
        total = 0.0
        for j in range(can[a]):
            unit = ranked[a, j]
            share = correction[j] * all_busy * (1.0 - busy[unit])
            out_share[a, j] = share
            total += share
            all_busy *= busy[unit]
        if total > 0.0 and (can[a] == n_units or total > answered):
            for j in range(can[a]):
                out_share[a, j] *= answered / total
