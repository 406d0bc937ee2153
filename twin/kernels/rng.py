"""Random numbers without state: Philox4x32-10, a pure function of its key and counter.

References
----------
Salmon, Moraes, Dror & Shaw, 2011, "Parallel random numbers: as easy as 1, 2, 3", SC'11,
doi 10.1145/2063384.2063405. Checked against the known-answer vectors published with it.
"""

import math

import numpy as np

from twin.kernels.jit import inline_kernel, kernel

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint32(0x9E3779B9)
_W1 = np.uint32(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_TO_UNIT = 1.0 / 4294967296.0


@inline_kernel
def _round(c0, c1, c2, c3, k0, k1):
    """Return the counter after one round."""
    p0 = _M0 * np.uint64(c0)
    p1 = _M1 * np.uint64(c2)
    return (
        np.uint32(np.uint32(p1 >> _SHIFT) ^ c1 ^ k0),
        np.uint32(p1 & _LOW),
        np.uint32(np.uint32(p0 >> _SHIFT) ^ c3 ^ k1),
        np.uint32(p0 & _LOW),
    )


@inline_kernel
def philox4x32_inline(c0, c1, c2, c3, k0, k1):
    """Return what `philox4x32` does, pasted into the caller.

    For a loop over many entities: with a call, or a loop over the ten rounds, it would not become
    vector code, which is ten times faster.
    """
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0, k1)
    k0, k1 = np.uint32(k0 + _W0), np.uint32(k1 + _W1)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0, k1)
    k0, k1 = np.uint32(k0 + _W0), np.uint32(k1 + _W1)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0, k1)
    k0, k1 = np.uint32(k0 + _W0), np.uint32(k1 + _W1)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0, k1)
    k0, k1 = np.uint32(k0 + _W0), np.uint32(k1 + _W1)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0, k1)
    k0, k1 = np.uint32(k0 + _W0), np.uint32(k1 + _W1)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0, k1)
    k0, k1 = np.uint32(k0 + _W0), np.uint32(k1 + _W1)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0, k1)
    k0, k1 = np.uint32(k0 + _W0), np.uint32(k1 + _W1)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0, k1)
    k0, k1 = np.uint32(k0 + _W0), np.uint32(k1 + _W1)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0, k1)
    k0, k1 = np.uint32(k0 + _W0), np.uint32(k1 + _W1)
    return _round(c0, c1, c2, c3, k0, k1)


@kernel
def philox4x32(c0, c1, c2, c3, k0, k1):
    """Return four uint32 from a counter (c0..c3) and a key (k0, k1), all uint32."""
    return philox4x32_inline(c0, c1, c2, c3, k0, k1)


@kernel
def uniforms4(seed, stream, entity_id, step, draw):
    """Return four uniforms in (0, 1) for one entity, stream, step and draw index.

    `seed` is the 64-bit run seed, the others count from 0 and fit 32 bits. The centre of each of
    the 2^32 cells is returned, so 0 and 1 never occur and logarithms are safe.
    """
    key = np.uint64(seed)
    x0, x1, x2, x3 = philox4x32(
        np.uint32(entity_id),
        np.uint32(draw),
        np.uint32(step),
        np.uint32(stream),
        np.uint32(key & _LOW),
        np.uint32(key >> _SHIFT),
    )
    return (
        (x0 + 0.5) * _TO_UNIT,
        (x1 + 0.5) * _TO_UNIT,
        (x2 + 0.5) * _TO_UNIT,
        (x3 + 0.5) * _TO_UNIT,
    )


@kernel
def uniform01(seed, stream, entity_id, step, draw=0):
    """Return one uniform in (0, 1): the first of `uniforms4`."""
    return uniforms4(seed, stream, entity_id, step, draw)[0]


@kernel
def exponential(seed, stream, entity_id, step, draw=0):
    """Return one draw of the exponential distribution with mean 1."""
    return -math.log(uniforms4(seed, stream, entity_id, step, draw)[0])


@kernel
def normal(seed, stream, entity_id, step, draw=0):
    """Return one standard normal draw (Box & Muller, 1958)."""
    u0, u1, _, _ = uniforms4(seed, stream, entity_id, step, draw)
    return math.sqrt(-2.0 * math.log(u0)) * math.cos(2.0 * math.pi * u1)


@kernel
def uniforms_for(seed, stream, entity_ids, step, draw):
    """Return one uniform per entity, shape (n_entities,)."""
    out = np.empty(entity_ids.size)
    for i in range(entity_ids.size):
        out[i] = uniforms4(seed, stream, entity_ids[i], step, draw)[0]
    return out


@kernel
def normals_for(seed, stream, entity_ids, step, draw):
    """Return one standard normal per entity, shape (n_entities,)."""
    out = np.empty(entity_ids.size)
    for i in range(entity_ids.size):
        out[i] = normal(seed, stream, entity_ids[i], step, draw)
    return out
