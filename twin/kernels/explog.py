"""Exponential and logarithm of whole arrays, written so that the compiler makes vector code.

The library's functions take one number a call, so a loop about them stays scalar. Here a number
is split into mantissa and exponent by its bits, and a polynomial does the rest: about three times
as fast, with errors below 1e-15 relative (exponential) and 2e-15 absolute (logarithm).
"""

from __future__ import annotations

import math

import numpy as np

from twin.kernels.jit import kernel

_HALF_ROOT_BITS = np.int64(0x3FE6A09E667F3BCD)  # of sqrt(1/2)
_MANTISSA_BITS = np.int64(52)
_BIAS = np.int64(1023)
_LN2 = math.log(2.0)
_PER_LN2 = 1.0 / _LN2
_LN2_HIGH = 6.93147180369123816490e-01  # upper 33 bits of ln 2, so k * _LN2_HIGH is exact
_LN2_LOW = 1.90821492927058770002e-10
_LEAST = -700.0  # exp of it is as good as nothing, and still a normal number


@kernel
def log_into(values, room, out):
    """Write the natural logarithms of positive normal numbers; all arrays of one shape (n,).

    x = 2^e m with m in [sqrt(1/2), sqrt(2)), and log m = 2 artanh((m - 1) / (m + 1)) as a series.
    """
    bits = values.view(np.int64)
    mantissa = room.view(np.int64)
    for i in range(values.size):
        exponent = (bits[i] - _HALF_ROOT_BITS) >> _MANTISSA_BITS
        mantissa[i] = bits[i] - (exponent << _MANTISSA_BITS)
        out[i] = float(exponent)
    for i in range(values.size):
        s = (room[i] - 1.0) / (room[i] + 1.0)
        z = s * s
        p = 1.0 / 15.0 + z * (1.0 / 17.0)
        p = 1.0 / 11.0 + z * (1.0 / 13.0 + z * p)
        p = 1.0 / 7.0 + z * (1.0 / 9.0 + z * p)
        p = 1.0 / 3.0 + z * (1.0 / 5.0 + z * p)
        out[i] = out[i] * _LN2 + 2.0 * s * (1.0 + z * p)


@kernel
def exp_into(values, room, out):
    """Write the exponentials of numbers below 700; what is under -700 counts as that.

    exp x = 2^k exp(x - k ln 2) with the nearest whole k, and Taylor's series of the rest.
    """
    power = room.view(np.int64)
    for i in range(values.size):
        x = max(values[i], _LEAST)
        k = math.floor(x * _PER_LN2 + 0.5)
        r = (x - k * _LN2_HIGH) - k * _LN2_LOW
        p = 1.0 / 39916800.0 + r * (1.0 / 479001600.0)
        p = 1.0 / 362880.0 + r * (1.0 / 3628800.0 + r * p)
        p = 1.0 / 5040.0 + r * (1.0 / 40320.0 + r * p)
        p = 1.0 / 120.0 + r * (1.0 / 720.0 + r * p)
        p = 1.0 / 6.0 + r * (1.0 / 24.0 + r * p)
        out[i] = 1.0 + r * (1.0 + r * (0.5 + r * p))
        power[i] = (np.int64(k) + _BIAS) << _MANTISSA_BITS
    for i in range(values.size):
        out[i] *= room[i]
