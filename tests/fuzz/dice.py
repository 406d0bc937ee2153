"""Draws of one network, fixed by a seed and the number of the network."""

import numpy as np


class Dice:
    """Draws in a fixed order from one generator."""

    def __init__(self, seed, number):
        self.rng = np.random.default_rng([seed, number])

    def chance(self, share):
        return bool(self.rng.random() < share)

    def between(self, low, high):
        return float(self.rng.uniform(low, high))

    def whole(self, low, high):
        return int(self.rng.integers(low, high + 1))

    def one_of(self, things, weights=None):
        p = None if weights is None else np.array(weights) / sum(weights)
        return things[int(self.rng.choice(len(things), p=p))]
