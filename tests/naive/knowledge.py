"""Estimates by plain integration over the factor of one main, and by counting."""

import math

from scipy.integrate import quad


def posterior_moments(breaks, expected, shape, *, threshold=None, above=1.0, below=1.0):
    """Return mean and standard deviation of a gamma(shape, shape) factor after records.

    `above` and `below` are how likely the inspection's result is on both sides of the threshold.
    """

    def weight(factor):
        prior = factor ** (shape - 1.0) * math.exp(-shape * factor)
        seen = factor**breaks * math.exp(-expected * factor)
        result = 1.0 if threshold is None else above if factor >= threshold else below
        return prior * seen * result

    def moment(power):
        limit = threshold or 1.0
        low = quad(lambda f: f**power * weight(f), 0.0, limit, limit=200)[0]
        return low + quad(lambda f: f**power * weight(f), limit, 80.0, limit=400)[0]

    whole = moment(0)
    mean = moment(1) / whole
    return mean, math.sqrt(moment(2) / whole - mean**2)


def factor_of_group(breaks, expected, group, weight):
    """Return the posterior mean factor by group, as a map."""
    found = {}
    for one in set(group):
        mine = [i for i, other in enumerate(group) if other == one]
        seen = sum(breaks[i] for i in mine)
        found[one] = (weight + seen) / (weight + sum(expected[i] for i in mine))
    return found
