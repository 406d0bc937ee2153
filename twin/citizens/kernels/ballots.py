"""The loops of a vote: every voter against every project."""

import math

import numpy as np

from twin.kernels.jit import kernel
from twin.kernels.rng import normal, uniform01


@kernel
def ballots_into(person_id, home_xy, project_xy, kind, quality, project_key, rules, key, out_rows):
    """Write the best projects of each voter, best first; -1 where a ballot names fewer.

    Parameters
    ----------
    person_id, home_xy
        Voters: key of the draws, shape (n,), and coordinates in m, shape (n, 2).
    project_xy, kind, quality, project_key
        Projects: coordinates, code of the kind, appeal, and key of the draws.
    rules
        (common appeal, deviation of tastes, distance in m at which utility is 1 less).
    key
        (seed, stream of ballots, stream of tastes, round).
    out_rows
        Shape (n, longest ballot), filled with -1.
    """
    appeal, spread, scale = rules[0], rules[1], rules[2]
    seed, stream, tastes, number = key
    most = out_rows.shape[1]
    best = np.empty(most)
    for i in range(person_id.size):
        named = 0
        for j in range(kind.size):
            taste = spread * normal(seed, tastes, person_id[i], np.uint32(kind[j]), 0)
            dx = home_xy[i, 0] - project_xy[j, 0]
            dy = home_xy[i, 1] - project_xy[j, 1]
            luck = uniform01(seed, stream, person_id[i], number, np.uint32(project_key[j]))
            utility = appeal + taste + quality[j] - math.sqrt(dx * dx + dy * dy) / scale
            utility -= math.log(-math.log(luck))
            if utility <= 0.0 or (named == most and utility <= best[most - 1]):
                continue
            if named < most:
                named += 1
            place = named - 1
            while place > 0 and best[place - 1] < utility:
                best[place] = best[place - 1]
                out_rows[i, place] = out_rows[i, place - 1]
                place -= 1
            best[place] = utility
            out_rows[i, place] = j


@kernel
def nearest_m(home_xy, project_xy):
    """Return the distance from each home to the nearest project in m, shape (n_homes,)."""
    out = np.full(home_xy.shape[0], np.inf)
    for b in range(home_xy.shape[0]):
        for j in range(project_xy.shape[0]):
            dx = home_xy[b, 0] - project_xy[j, 0]
            dy = home_xy[b, 1] - project_xy[j, 1]
            out[b] = min(out[b], math.sqrt(dx * dx + dy * dy))
    return out
