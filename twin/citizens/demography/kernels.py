"""The loops of a year's turn: what each household consists of, and who finds a home."""

from typing import NamedTuple

import numpy as np

from twin.kernels.jit import kernel

_ADULT = 18
_EMPLOYED = 3
_UNEMPLOYED = 4


class Facts(NamedTuple):
    """What households consist of, each of shape (n_households,)."""

    size: np.ndarray  # int32
    adults: np.ndarray  # int32
    oldest: np.ndarray  # int32, age, -1 of an empty household
    youngest: np.ndarray  # int32, age, 999 of an empty household
    man: np.ndarray  # int64, row of the oldest man from 18 on, -1 none
    woman: np.ndarray  # int64, the same of women
    workers: np.ndarray  # int32, employed and unemployed
    idle: np.ndarray  # int32, unemployed
    satisfaction: np.ndarray  # float64, sum of members
    trust: np.ndarray  # float64, sum of members
    outage_days: np.ndarray  # float64, sum of members in the year


@kernel
def facts_of(here, household, age, female, occupation, feelings, n_households):
    """Count through the people once; `feelings` are satisfaction, trust and days of outages.

    Of two men of one age the first row counts as the oldest.
    """
    zeros = np.zeros(n_households, dtype=np.int32)
    known = Facts(
        zeros.copy(),
        zeros.copy(),
        np.full(n_households, -1, dtype=np.int32),
        np.full(n_households, 999, dtype=np.int32),
        np.full(n_households, -1, dtype=np.int64),
        np.full(n_households, -1, dtype=np.int64),
        zeros.copy(),
        zeros.copy(),
        np.zeros(n_households),
        np.zeros(n_households),
        np.zeros(n_households),
    )
    satisfaction, trust, outage_days = feelings
    for i in range(household.size):
        if not here[i]:
            continue
        h, years = household[i], np.int32(age[i])
        known.size[h] += 1
        known.oldest[h] = max(known.oldest[h], years)
        known.youngest[h] = min(known.youngest[h], years)
        known.satisfaction[h] += satisfaction[i]
        known.trust[h] += trust[i]
        known.outage_days[h] += outage_days[i]
        known.idle[h] += occupation[i] == _UNEMPLOYED
        known.workers[h] += occupation[i] == _UNEMPLOYED or occupation[i] == _EMPLOYED
        if years < _ADULT:
            continue
        known.adults[h] += 1
        oldest = known.woman if female[i] else known.man
        if oldest[h] < 0 or age[oldest[h]] < age[i]:
            oldest[h] = i
    return known


@kernel
def settle_into(order, candidate, utility, own_utility, own_building, out_free, out_building):
    """Let households choose homes one after another; each takes the best that is free.

    Who has no home yet and finds all of these taken goes on from the first of them, building by
    building, until one has a free home.

    Parameters
    ----------
    order
        Rows of the households that look, in the order in which they choose.
    candidate, utility
        Buildings that each looks at and what they are worth to it, shape (n, n_choices).
    own_utility, own_building
        Worth of staying, and the home left behind, -1 where none is given up; shape (n,).
    out_free
        Free homes by building; changes.
    out_building
        Shape (n,): the building chosen, -1 where none is free or better than staying.
    """
    left = 0
    for b in range(out_free.size):
        left += out_free[b]
    for place in range(order.size):
        i = order[place]
        best, most = -1, own_utility[i]
        for k in range(candidate.shape[1]):
            b = candidate[i, k]
            if out_free[b] > 0 and utility[i, k] > most and b != own_building[i]:
                best, most = b, utility[i, k]
        if best < 0 and own_building[i] < 0 and left > 0:
            best = candidate[i, 0]
            while out_free[best] <= 0:
                best = (best + 1) % out_free.size
        out_building[i] = best
        if best < 0:
            continue
        out_free[best] -= 1
        left -= 1
        if own_building[i] >= 0:
            out_free[own_building[i]] += 1
            left += 1


@kernel
def sort_within_into(key, person_id, out_rows):
    """Sort rows of one key, which lie together, by their ids; both move alike."""
    for i in range(1, key.size):
        row, person, place = out_rows[i], person_id[i], i
        while place > 0 and key[place - 1] == key[i] and person_id[place - 1] > person:
            person_id[place] = person_id[place - 1]
            out_rows[place] = out_rows[place - 1]
            place -= 1
        person_id[place] = person
        out_rows[place] = row
