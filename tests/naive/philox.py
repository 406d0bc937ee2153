"""Philox4x32-10 in plain Python integers, from the paper's description."""

MASK = 0xFFFFFFFF


def philox4x32(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & MASK, (p0 >> 32) ^ c[3] ^ k[1], p0 & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def uniform01(seed, stream, entity, step, draw=0):
    word = philox4x32((entity, draw, step, stream), (seed & MASK, seed >> 32))[0]
    return (word + 0.5) / 2**32
