"""By how much a link misses its law, by kind and state."""

import itertools
import math

from tests.fuzz.water.model import CLOSED, OPEN
from tests.naive.water import darcy_factor

FOOT_M = 0.3048
GRAVITY = 32.2 * FOOT_M
VISCOSITY = 1.1e-5 * FOOT_M**2
STILL_M3S = 2e-6
"""A shut link may pass this: an engine shuts it by a huge resistance."""
PRECISE = 1.5e-4
"""Share of a loss that results may miss it by."""
MANY_M = 1e6


def link_fault_m(model, link, state, ends, q):
    """Return by how many metres a link in a state, with heads at its ends and a flow, is wrong."""
    status, _ = state
    if status == CLOSED:
        return _off(q)
    drop = ends[0] - ends[1]
    if link.kind == "cv":
        return _one_way(model, link, drop, q)
    if link.kind == "pipe":
        return _apart(drop, pipe_loss_m(model, link, q))
    if link.kind == "pump":
        return _pump(link, state[1], drop, q)
    if status == OPEN and link.kind != "GPV":  # its curve is its law, open or active
        return _apart(drop, minor_loss_m(link, link.minor, q))
    return _VALVES[link.kind](model, link, state[1], ends, q)


def _off(q):
    return 0.0 if abs(q) <= STILL_M3S else MANY_M * abs(q)


def _rests(q, drop):
    """Return whether a flow is what a shut link with some head across it may pass."""
    return abs(q) <= _passed(drop)


def _passed(drop):
    """Return what a shut link may pass by its steep slope, or one at its limit more than that."""
    return STILL_M3S + min(1e-9 * abs(drop), 1e-5)


def _apart(drop, loss):
    return max(abs(drop - loss) - PRECISE * abs(loss), 0.0)


def minor_loss_m(link, coefficient, q):
    """Return the head lost to a fitting."""
    area = math.pi * link.diameter**2 / 4.0
    return coefficient * q * abs(q) / (2.0 * GRAVITY * area**2)


def pipe_loss_m(model, link, q):
    """Return the head lost along a pipe."""
    size, d = abs(q), link.diameter
    if model.law == "D-W":
        area = math.pi * d**2 / 4.0
        if size == 0.0:
            return 0.0
        factor = darcy_factor(size * d / (area * VISCOSITY), link.rough / d)
        loss = factor * link.length / d * size * q / (2.0 * GRAVITY * area**2)
    else:
        feet, flow = link.length / FOOT_M, size / FOOT_M**3
        if model.law == "H-W":
            loss = 4.727 * feet * flow**1.852 / link.rough**1.852 / (d / FOOT_M) ** 4.871
        else:
            loss = (4.0 * link.rough / (1.49 * math.pi * (d / FOOT_M) ** 2)) ** 2
            loss *= ((d / FOOT_M) / 4.0) ** -1.333 * feet * flow**2
        loss = math.copysign(loss * FOOT_M, q)
    return loss + minor_loss_m(link, link.minor, q)


def _one_way(model, link, drop, q):
    if q > STILL_M3S:
        return _apart(drop, pipe_loss_m(model, link, q))
    return max(drop, 0.0) if abs(q) <= STILL_M3S else _off(q)


def _line(points, x):
    """Return the value of a curve of straight pieces, the outer ones without end."""
    pieces = list(itertools.pairwise(points))
    for (x0, y0), (x1, y1) in pieces:
        if x <= x1 or (x1, y1) == points[-1]:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return points[0][1] * x / points[0][0]


def lift_m(link, speed, q):
    """Return the head a pump adds."""
    points = link.curve
    if len(points) == 1:
        ((flow, lift),) = points
        points = [(0.0, 4.0 / 3.0 * lift), (flow, lift), (2.0 * flow, 0.0)]
    if len(points) == 3 and points[0][0] == 0.0:
        (_, h0), (q1, h1), (q2, h2) = points
        bend = math.log((h0 - h2) / (h0 - h1)) / math.log(q2 / q1)
        steep = (h0 - h1) / q1**bend
        return speed**2 * h0 - steep * speed ** (2.0 - bend) * max(q, 0.0) ** bend
    return speed**2 * _line(points, q / speed)


def _pump(link, speed, drop, q):
    if q < 0.0 and not _rests(q, drop):
        return _off(q)
    if link.power:
        if q <= STILL_M3S:
            return MANY_M * STILL_M3S
        # hp of EPANET: gain in feet = 8.814 hp / cfs
        lift = 8.814 * (link.power / 745.7) / (q / FOOT_M**3) * FOOT_M
        return _apart(-drop, lift)
    if q <= STILL_M3S:
        # at rest as what stands behind it is higher than it lifts
        return max(lift_m(link, speed, 0.0) + drop, 0.0)
    return _apart(-drop, lift_m(link, speed, q))


def _prv(model, link, setting, ends, q):
    held = model.nodes[link.head].elevation + setting
    return _holds(link, ends, q, held, reduces=True)


def _psv(model, link, setting, ends, q):
    held = model.nodes[link.tail].elevation + setting
    return _holds(link, ends, q, held, reduces=False)


def _holds(link, ends, q, held, *, reduces):
    """Return the least miss of the three states: active, fully open, shut."""
    before, behind = ends
    if q < -STILL_M3S:
        return _off(q)
    open_loss = minor_loss_m(link, link.minor, q)
    pinned = behind if reduces else before
    active = max(abs(pinned - held), open_loss - (before - behind), 0.0)
    # an open one brings no more than is set behind it, or keeps no less than is set before it
    side = behind - held if reduces else held - before
    opened = max(_apart(before - behind, open_loss), side)
    if q > STILL_M3S:
        return min(active, opened)
    backs = behind - before
    shut = 0.0 if backs >= -1e-3 or side >= -1e-3 else min(-backs, -side)
    return min(active, opened, shut)


def _fcv(_, link, setting, ends, q):
    drop, loss = ends[0] - ends[1], minor_loss_m(link, link.minor, q)
    opened = _apart(drop, loss)
    slack = _passed(drop) + PRECISE * setting
    if q > setting + slack:
        return MANY_M * (q - setting)
    if abs(q - setting) <= slack:
        return min(opened, max(loss - drop, 0.0))
    return opened


def _pbv(_, link, setting, ends, q):
    loss = minor_loss_m(link, link.minor, q)
    # where its own loss is larger, in either direction, it is an open valve (EPANET's law)
    return _apart(ends[0] - ends[1], loss if abs(loss) > setting else setting)


def _tcv(_, link, setting, ends, q):
    return _apart(ends[0] - ends[1], minor_loss_m(link, setting, q))


def _gpv(_, link, _setting, ends, q):
    loss = math.copysign(_line(link.curve, abs(q)), q)
    return _apart(ends[0] - ends[1], loss)


def _pcv(_, link, setting, ends, q):
    points = link.curve
    if points:
        curve = {0.0: 0.0, 100.0: 100.0} | dict(points)
        share = _line(sorted(curve.items()), setting) / 100.0
    else:
        share = setting / 100.0
    if share <= 0.0:
        return _off(q)
    # EPANET keeps the share above 1e-3 or so; such a valve passes next to nothing
    return _apart(ends[0] - ends[1], minor_loss_m(link, link.minor / share**2, q))


_VALVES = {
    "PRV": _prv, "PSV": _psv, "FCV": _fcv, "PBV": _pbv, "TCV": _tcv, "GPV": _gpv, "PCV": _pcv,
}  # fmt: skip
