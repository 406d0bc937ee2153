"""The loops of opinion: who is tied to whom, and a month of talk.

A month of talk, with ties in compressed rows and d the number of a person's ties::

    x_i += strength sum_j w_ij (x_j - x_i),   w_ij = 1 / max(d_i, d_j) where |x_j - x_i| <= bound

These are Metropolis weights (Xiao & Boyd, 2004, Syst. Control Lett. 53, 65-78, section 4.2): they
are symmetric and add to 1 at most, so the mean stays and no opinion leaves the range of those
that meet. The bound is that of bounded confidence (Hegselmann & Krause, 2002, JASSS 5(3) 2).
"""

import numpy as np

from twin.kernels.jit import kernel


@kernel
def count_ties_into(order, start, half, out_ties):
    """Add the ties of rings: in a group, everybody knows those up to `half` places away.

    Parameters
    ----------
    order
        Rows of people, group by group.
    start
        First place of each group in `order`, shape (n_groups + 1,).
    half
        Places on either side.
    out_ties
        Ties of each person, shape (n_people,).
    """
    for group in range(start.size - 1):
        low, size = start[group], start[group + 1] - start[group]
        for place in range(size):
            for away in range(1, half + 1):
                if 2 * away > size:
                    break
                out_ties[order[low + place]] += 1 if 2 * away == size else 2


@kernel
def fill_ties_into(order, start, half, out_next, out_neighbour):
    """Write the ties that `count_ties_into` counts; `out_next` is the next free place of each."""
    for group in range(start.size - 1):
        low, size = start[group], start[group + 1] - start[group]
        for place in range(size):
            person = order[low + place]
            for away in range(1, half + 1):
                if 2 * away > size:
                    break
                out_neighbour[out_next[person]] = order[low + (place + away) % size]
                out_next[person] += 1
                if 2 * away == size:
                    continue
                out_neighbour[out_next[person]] = order[low + (place - away) % size]
                out_next[person] += 1


@kernel
def talk_into(opinion, start, neighbour, strength, bound, out_opinion):
    """Let everybody hear the opinions of the morning and move towards those near enough."""
    for i in range(opinion.size):
        mine = np.float64(opinion[i])
        ties = start[i + 1] - start[i]
        change = 0.0
        for place in range(start[i], start[i + 1]):
            j = neighbour[place]
            gap = np.float64(opinion[j]) - mine
            if abs(gap) <= bound:
                change += gap / max(ties, start[j + 1] - start[j])
        out_opinion[i] = mine + strength * change
