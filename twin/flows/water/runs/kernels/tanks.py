"""Compiled tanks: cylinders and curves of volume over level."""

from typing import NamedTuple

import numpy as np

from twin.kernels.jit import borrowing_kernel

STILL_M3S = 1.0e-6 * 0.3048**3  # less inflow moves no level, as in EPANET
LEVEL_TOLERANCE_M = 5.0e-4 * 0.3048  # a tank as near its limit is full or empty, as in EPANET
_SWING_M = 0.01  # less movement of a level in a step is no swing
_SWINGS = 3  # turns of a tank's inflow in a row that show it swinging
START, END, INFLOW, SPILL = range(4)  # columns of volumes by tank; END runs along


class TankArrays(NamedTuple):
    """Tanks by row; levels are heads, so elevation is already in them."""

    node: np.ndarray  # (n_tanks,) int32 node row
    area_m2: np.ndarray  # (n_tanks,) of cylinders
    least_head_m: np.ndarray  # (n_tanks,)
    most_head_m: np.ndarray  # (n_tanks,)
    overflows: np.ndarray  # (n_tanks,) uint8
    curve: np.ndarray  # (n_tanks, 2) int32 first row and end in `point`; equal for a cylinder
    point: np.ndarray  # (n_points, 2) head and volume, both rising


@borrowing_kernel
def _along(tanks, t, value, given, wanted):
    """Return column `wanted` of a tank's curve where column `given` has a value."""
    first, end = tanks.curve[t]
    right = first + 1
    while right < end - 1 and tanks.point[right, given] < value:
        right += 1
    x0, x1 = tanks.point[right - 1, given], tanks.point[right, given]
    y0, y1 = tanks.point[right - 1, wanted], tanks.point[right, wanted]
    if x1 <= x0:
        return y0
    return y0 + (y1 - y0) * (value - x0) / (x1 - x0)


@borrowing_kernel
def volume_m3(tanks, t, head_m):
    """Return the volume of a tank over its lowest level."""
    if tanks.curve[t, 0] == tanks.curve[t, 1]:
        return tanks.area_m2[t] * (head_m - tanks.least_head_m[t])
    return _along(tanks, t, head_m, 0, 1) - _along(tanks, t, tanks.least_head_m[t], 0, 1)


@borrowing_kernel
def _head_of_volume(tanks, t, volume):
    """Return the head of a tank that holds a volume over its lowest level."""
    if tanks.curve[t, 0] == tanks.curve[t, 1]:
        return tanks.least_head_m[t] + volume / tanks.area_m2[t]
    return _along(tanks, t, volume + _along(tanks, t, tanks.least_head_m[t], 0, 1), 1, 0)


@borrowing_kernel
def whole_seconds(volume, inflow_m3s):
    """Return in how many whole seconds a volume flows in, rounded."""
    return int(np.floor(min(volume / inflow_m3s, 1.0e12) + 0.5))


@borrowing_kernel
def tank_step_s(tanks, net_inflow_m3s, head_m, step_s):
    """Return the time until a tank becomes full or empty, if that is within `step_s`.

    Whole seconds, rounded and at least one: a tank ends within a second's flow of its limit. EPANET
    lets a tank that lacks less than half a second fill or drain for the whole step.
    """
    for t in range(tanks.node.size):
        node = tanks.node[t]
        inflow, head = net_inflow_m3s[node], head_m[node]
        if inflow > STILL_M3S and head < tanks.most_head_m[t]:
            left = volume_m3(tanks, t, tanks.most_head_m[t]) - volume_m3(tanks, t, head)
        elif inflow < -STILL_M3S and head > tanks.least_head_m[t]:
            left = -volume_m3(tanks, t, head)
        else:
            continue
        seconds = whole_seconds(left, inflow)
        short_of_full = head < tanks.most_head_m[t] - LEVEL_TOLERANCE_M
        if short_of_full if inflow > 0.0 else head > tanks.least_head_m[t] + LEVEL_TOLERANCE_M:
            seconds = max(seconds, 1)
        if 0 < seconds < step_s:
            step_s = seconds
    return step_s


@borrowing_kernel
def move_tanks(tanks, net_inflow_m3s, step_s, out_head_m, out_tank_m3):
    """Let tanks fill and drain; the level of one within a second's flow of a limit is at it.

    So a tank becomes full or empty at its moment within the second, while all else goes on to the
    end of it, as in EPANET. Its volume, given in `out_tank_m3` beside the sums of inflow and
    spill, is that of its inflow all the same: the part of a second by which it misses the level is
    made up when the tank leaves its limit.
    """
    for t in range(tanks.node.size):
        node = tanks.node[t]
        inflow, head = net_inflow_m3s[node], out_head_m[node]
        volume = out_tank_m3[t, END] + inflow * step_s
        most = volume_m3(tanks, t, tanks.most_head_m[t])
        if tanks.overflows[t] and volume > most:
            out_tank_m3[t, SPILL] += volume - most
            volume = most
        if abs(inflow) <= STILL_M3S:
            head = max(head, tanks.least_head_m[t])
        elif volume + inflow >= most:
            head = tanks.most_head_m[t]
        elif volume - inflow <= 0.0:
            head = tanks.least_head_m[t]
        else:
            head = _head_of_volume(tanks, t, volume)
            head = min(max(head, tanks.least_head_m[t]), tanks.most_head_m[t])
        out_head_m[node] = head
        out_tank_m3[t, INFLOW] += inflow * step_s
        out_tank_m3[t, END] = volume


@borrowing_kernel
def _is_stiff(order, workspace, width, scenario, place):
    """Return whether a link at a place of given head moves its level too far in a step."""
    for at in range(order.at_given.size):
        i = order.at_given[at]
        r = i * width + scenario
        wide = workspace.live[r] > 0.0 and workspace.conductance[r] > workspace.stiff_m2s[at]
        if wide and (order.tail[i] == place or order.head[i] == place):
            return True
    return False


@borrowing_kernel
def count_swings(hydraulics, scenario, workspace, net_inflow_m3s, step_s, out_turns):
    """Return how many tanks swing: their inflow turned round at each of the last solves.

    Only tanks on links so wide that a step moves the level further than the loss of the link: where
    explicit Euler is too coarse for them. `out_turns` are two arrays, shape (n_tanks,): the inflow
    of the solve before, and its turns in a row.
    """
    last_m3s, turns = out_turns
    tanks, order, width = hydraulics.tanks, hydraulics.nodes.order, workspace.scenario.busy.size
    swinging = 0
    for t in range(tanks.node.size):
        node = tanks.node[t]
        inflow, last = net_inflow_m3s[node], last_m3s[t]
        head = 0.5 * (tanks.least_head_m[t] + tanks.most_head_m[t])
        least = volume_m3(tanks, t, head + _SWING_M) - volume_m3(tanks, t, head)
        turned = inflow * last < 0.0 and min(abs(inflow), abs(last)) * step_s > least
        turns[t] = turns[t] + 1 if turned else 0
        last_m3s[t] = inflow
        place = order.place[node]
        if turns[t] >= _SWINGS and _is_stiff(order, workspace, width, scenario, place):
            swinging += 1
    return swinging
