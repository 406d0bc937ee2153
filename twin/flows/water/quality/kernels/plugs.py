"""Compiled rings of plugs: water that keeps its order between an outlet and an inlet.

References
----------
Liou & Kroon, 1987, "Modeling the propagation of waterborne substances in distribution networks",
Journal AWWA 79(11), 54-58 (plugs).
"""

from typing import NamedTuple

import numpy as np

from twin.kernels.jit import kernel

FRONT, BACK = 0, 1  # ends of a ring: its oldest water, its youngest


class RingArrays(NamedTuple):
    """Plugs of water, one ring for every pipe or tank, the plug at the outlet first."""

    volume_m3: np.ndarray  # (n_rings, n_most)
    value: np.ndarray  # (n_rings, n_most)
    start: np.ndarray  # (n_rings,) int32 place of the first plug
    n_plugs: np.ndarray  # (n_rings,) int32


@kernel
def _merge_closest(rings, k):
    """Join the two neighbours of a full ring that differ least; no mass is lost."""
    size = rings.value.shape[1]
    n = rings.n_plugs[k]
    best, least = 0, np.inf
    for i in range(n - 1):
        a, b = (rings.start[k] + i) % size, (rings.start[k] + i + 1) % size
        cost = abs(rings.value[k, a] - rings.value[k, b]) * min(
            rings.volume_m3[k, a], rings.volume_m3[k, b]
        )
        if cost < least:
            best, least = i, cost
    a, b = (rings.start[k] + best) % size, (rings.start[k] + best + 1) % size
    volume = rings.volume_m3[k, a] + rings.volume_m3[k, b]
    mass = rings.volume_m3[k, a] * rings.value[k, a] + rings.volume_m3[k, b] * rings.value[k, b]
    rings.volume_m3[k, a] = volume
    rings.value[k, a] = mass / volume
    for i in range(best + 1, n - 1):
        here, there = (rings.start[k] + i) % size, (rings.start[k] + i + 1) % size
        rings.volume_m3[k, here] = rings.volume_m3[k, there]
        rings.value[k, here] = rings.value[k, there]
    rings.n_plugs[k] = n - 1


@kernel
def push_into(rings, k, volume_m3, value, tolerance):
    """Put water behind the last plug of a ring, into it where they differ less than `tolerance`."""
    size = rings.value.shape[1]
    if rings.n_plugs[k] > 0:
        last = (rings.start[k] + rings.n_plugs[k] - 1) % size
        held = rings.volume_m3[k, last]
        if abs(rings.value[k, last] - value) < tolerance or held <= 0.0:
            mass = held * rings.value[k, last] + volume_m3 * value
            rings.volume_m3[k, last] = held + volume_m3
            if held + volume_m3 > 0.0:
                rings.value[k, last] = mass / (held + volume_m3)
            return
    if rings.n_plugs[k] == size:
        _merge_closest(rings, k)
    place = (rings.start[k] + rings.n_plugs[k]) % size
    rings.volume_m3[k, place] = volume_m3
    rings.value[k, place] = value
    rings.n_plugs[k] += 1


@kernel
def pull(rings, k, volume_m3, end):
    """Take water from the FRONT or BACK of a ring; return the volume there was, and its mass."""
    size = rings.value.shape[1]
    left, mass = volume_m3, 0.0
    while left > 0.0 and rings.n_plugs[k] > 0:
        place = rings.start[k]
        if end == BACK:
            place = (place + rings.n_plugs[k] - 1) % size
        taken = min(left, rings.volume_m3[k, place])
        mass += taken * rings.value[k, place]
        left -= taken
        if taken < rings.volume_m3[k, place]:
            rings.volume_m3[k, place] -= taken
        else:
            rings.n_plugs[k] -= 1
            if end == FRONT:
                rings.start[k] = (place + 1) % size
    return volume_m3 - left, mass


@kernel
def react_ring(rings, k, kept, grown):
    """Let every plug of a ring keep a share and grow by an amount; return the change of mass."""
    size = rings.value.shape[1]
    change = 0.0
    for i in range(rings.n_plugs[k]):
        place = (rings.start[k] + i) % size
        value = rings.value[k, place] * kept + grown
        change += rings.volume_m3[k, place] * (value - rings.value[k, place])
        rings.value[k, place] = value
    return change
