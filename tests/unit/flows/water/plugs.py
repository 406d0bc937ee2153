"""Rings of plugs for tests."""

import numpy as np

from twin.flows.water.quality.kernels.plugs import RingArrays


def empty_rings(n_most, n_rings=1):
    """Return rings without plugs."""
    shape = (n_rings, n_most)
    counts = np.zeros(n_rings, np.int32), np.zeros(n_rings, np.int32)
    return RingArrays(np.zeros(shape), np.zeros(shape), *counts)


def held(rings, k=0):
    """Return volume and mass of a ring."""
    size = rings.value.shape[1]
    place = (rings.start[k] + np.arange(rings.n_plugs[k])) % size
    volume = rings.volume_m3[k, place]
    return volume.sum(), (volume * rings.value[k, place]).sum()
