"""Compiled head loss of one link: pipes, pumps, valves.

References
----------
Rossman et al., 2020, "EPANET 2.2 User Manual", EPA/600/R-20/133, chapter 12 (head loss laws).
"""

import math
from typing import NamedTuple

import numpy as np

from twin.kernels.jit import borrowing_kernel, kernel

POWER_LAW = 0
QUADRATIC = 1
DARCY_WEISBACH = 2
PIECEWISE = 3  # points of a curve joined by lines, prolonged beyond the last
CONSTANT_POWER = 4  # gain = resistance / flow
FLOW_LIMIT = 5  # open up to a flow of `resistance`
FIXED_DROP = 6  # a drop of `resistance`, until the minor loss is larger
BARRIER_SM2 = 1.0e9  # slope where a link lets nothing more pass, m per m3/s: 50 m pass 5e-8 m3/s
BOUND_SM2 = 1.0e11  # slope of an outlet beyond its bounds in a line search: 100 m pass 1e-9 m3/s
FLAT_SM2 = 1.0e-6  # least slope of a head loss law, m per m3/s: keeps zero flow regular
LEAST_SHARE = 1.0e-6  # of its full flow, passed by a valve that is ever so little open
_LAMINAR_RE = 2000.0
_TURBULENT_RE = 4000.0
_SJ_FACTOR = 5.74
_SJ_AT_4000 = _SJ_FACTOR / _TURBULENT_RE**0.9
_SJ_LOG = -0.86858896380650365  # -2 / ln(10)
_CUBIC_SLOPE = 0.9 * 2.0 * 0.86858896380650365 * _SJ_AT_4000  # of Dunlop's joining polynomial


class LinkArrays(NamedTuple):
    """Links by row: loss = -lift + law(flow) + minor * flow * |flow|, in m and m3/s."""

    tail: np.ndarray  # (n_links,) int32 node row
    head: np.ndarray  # (n_links,) int32 node row
    law: np.ndarray  # (n_links,) uint8 POWER_LAW, QUADRATIC or DARCY_WEISBACH
    resistance: np.ndarray  # (n_links,) of the law; for Darcy-Weisbach 8 L / (g pi2 d5)
    exponent: np.ndarray  # (n_links,) of the power law
    minor: np.ndarray  # (n_links,)
    lift_m: np.ndarray  # (n_links,) head a pump gives at no flow
    rough_share: np.ndarray  # (n_links,) roughness / (3.7 diameter), Darcy-Weisbach
    re_per_flow: np.ndarray  # (n_links,) Reynolds number per m3/s, Darcy-Weisbach
    curve: np.ndarray  # (n_links, 2) int32 first row and end in `point`, PIECEWISE
    point: np.ndarray  # (n_points, 2) flow and loss, both rising


@kernel
def opening_share(points, percent):
    """Return which share of its full flow a valve passes that is `percent` open, at the same loss.

    `points` (n, 2) join percent open and percent of the full flow by lines, with nothing at 0 and
    all at 100; no points join these two. EPANET 2.3 prolongs a curve that ends early towards 1 %
    instead, and leaps at 100.
    """
    if percent >= 100.0:  # noqa: PLR2004 - fully open
        return 1.0
    x0, y0 = 0.0, 0.0
    x1, y1 = 100.0, 100.0
    for p in range(points.shape[0]):
        if points[p, 0] >= percent:
            x1, y1 = points[p, 0], points[p, 1]
            break
        x0, y0 = points[p, 0], points[p, 1]
    if percent <= 0.0 or x1 <= x0:
        return 0.0
    return 0.01 * (y0 + (y1 - y0) * (percent - x0) / (x1 - x0))


@kernel
def friction_factor(reynolds, rough_share):
    """Return (f, df/dRe): Swamee & Jain 1976 above 4000, Dunlop's cubic down to 2000."""
    if reynolds >= _TURBULENT_RE:
        tail = _SJ_FACTOR / reynolds**0.9
        inner = rough_share + tail
        log_inner = math.log(inner)
        f = 1.0 / (_SJ_LOG * log_inner) ** 2
        return f, 1.8 * f * tail / (log_inner * inner * reynolds)
    y2 = rough_share + _SJ_AT_4000
    y3 = _SJ_LOG * math.log(y2)
    fa = 1.0 / (y3 * y3)
    fb = fa * (2.0 - _CUBIC_SLOPE / (y2 * y3))
    r = reynolds / _LAMINAR_RE
    x1 = 7.0 * fa - fb
    x2 = 0.128 - 17.0 * fa + 2.5 * fb
    x3 = -0.128 + 13.0 * fa - 2.0 * fb
    x4 = 0.032 - 3.0 * fa + 0.5 * fb
    f = x1 + r * (x2 + r * (x3 + r * x4))
    return f, (x2 + r * (2.0 * x3 + r * 3.0 * x4)) / _LAMINAR_RE


@kernel
def pipe_loss(resistance, rough_share, re_per_flow, flow_m3s):
    """Return (loss, slope) by Darcy and Weisbach; laminar flow below a Reynolds number of 2000."""
    size = abs(flow_m3s)
    reynolds = re_per_flow * size
    if reynolds <= _LAMINAR_RE:
        slope = 64.0 * resistance / re_per_flow
        loss = slope * flow_m3s
    else:
        f, df = friction_factor(reynolds, rough_share)
        loss = resistance * f * size * flow_m3s
        slope = resistance * size * (2.0 * f + reynolds * df)
    return loss, max(slope, FLAT_SM2)


@kernel
def power_loss(resistance, exponent, flow_m3s):
    """Return (loss, slope) of r |q|^n sign(q), linear where its slope falls under the least."""
    size = abs(flow_m3s)
    if size < 1.0e-30:  # noqa: PLR2004 - below it log() is not worth taking
        slope = FLAT_SM2 / exponent
        return slope * flow_m3s, slope
    if exponent == 2.0:  # noqa: PLR2004 - the square is exact without log and exp
        secant = resistance * size
    else:
        secant = resistance * math.exp((exponent - 1.0) * math.log(size))
    slope = exponent * secant
    if slope < FLAT_SM2:
        slope = FLAT_SM2 / exponent
        return slope * flow_m3s, slope
    return secant * flow_m3s, slope


@borrowing_kernel
def piecewise_loss(links, k, size):
    """Return (loss, slope) on the line of the curve at a flow of `size` >= 0."""
    first, end = links.curve[k]
    right = first + 1
    while right < end - 1 and links.point[right, 0] < size:
        right += 1
    x, y = links.point[right - 1]
    slope = (links.point[right, 1] - y) / (links.point[right, 0] - x)
    return y + slope * (size - x), max(slope, FLAT_SM2)


@borrowing_kernel
def special_loss(links, k, flow_m3s):  # noqa: PLR0911 - one or two per law
    """Return (loss, slope) of the laws that are neither a pipe's nor a power law."""
    law, size, given = links.law[k], abs(flow_m3s), links.resistance[k]
    if law == PIECEWISE:
        loss, slope = piecewise_loss(links, k, size)
        return (loss if flow_m3s >= 0.0 else -loss), slope
    if law == CONSTANT_POWER:
        least = math.sqrt(given / BARRIER_SM2)
        if flow_m3s < least:  # along the tangent, so that the law rises everywhere
            return BARRIER_SM2 * (flow_m3s - 2.0 * least), BARRIER_SM2
        return -given / flow_m3s, max(given / (flow_m3s * flow_m3s), FLAT_SM2)
    if law == FLOW_LIMIT:
        if flow_m3s > given:
            return FLAT_SM2 * given + BARRIER_SM2 * (flow_m3s - given), BARRIER_SM2
        return FLAT_SM2 * flow_m3s, FLAT_SM2
    minor = links.minor[k] * size
    if given <= 0.0 or minor * size >= given:  # wide of its setting it is an open valve
        return FLAT_SM2 * flow_m3s, FLAT_SM2
    return given + (FLAT_SM2 - minor) * flow_m3s, FLAT_SM2 - 2.0 * minor


@borrowing_kernel
def link_loss(links, k, flow_m3s):
    """Return (loss_m, slope) of link k without its lift; slope > 0, a pipe's loss odd."""
    size = abs(flow_m3s)
    if links.law[k] == DARCY_WEISBACH:
        loss, slope = pipe_loss(
            links.resistance[k], links.rough_share[k], links.re_per_flow[k], flow_m3s
        )
    elif links.law[k] <= QUADRATIC:
        loss, slope = power_loss(links.resistance[k], links.exponent[k], flow_m3s)
    else:
        loss, slope = special_loss(links, k, flow_m3s)
    return loss + links.minor[k] * size * flow_m3s, slope + 2.0 * links.minor[k] * size


@borrowing_kernel
def _flow_of_piece(links, k, loss_m):
    """Return the flow at which a curve of points loses `loss_m`, at most that of its last point.

    Exact, because a guess would be taken again and again where next to nothing flows: by a pump at
    shut-off, say, whose outlet side takes no more than a shut valve lets pass.
    """
    first, end = links.curve[k]
    right = first + 1
    while right < end - 1 and links.point[right, 1] < loss_m:
        right += 1
    x, y = links.point[right - 1]
    slope = max((links.point[right, 1] - y) / (links.point[right, 0] - x), FLAT_SM2)
    return min(max(x + (loss_m - y) / slope, 0.0), links.point[end - 1, 0])


@borrowing_kernel
def flow_of_loss(links, k, loss_m):
    """Return about the flow at which link k loses `loss_m` > 0, minor loss left out."""
    if links.law[k] == DARCY_WEISBACH:
        laminar = loss_m * links.re_per_flow[k] / (64.0 * links.resistance[k])
        if laminar * links.re_per_flow[k] <= _LAMINAR_RE:
            return laminar  # exact, as below
        return math.sqrt(loss_m / (0.02 * links.resistance[k]))
    if links.law[k] == PIECEWISE:
        return _flow_of_piece(links, k, loss_m)
    if links.law[k] > QUADRATIC or links.resistance[k] <= 0.0:
        return math.sqrt(loss_m / max(links.minor[k], 1.0e4))  # an open valve
    return (loss_m / links.resistance[k]) ** (1.0 / links.exponent[k])
