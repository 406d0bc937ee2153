"""Compiled mixing in tanks: what a tank gives off in a step, and what it keeps.

A tank is a ring of plugs. Fully mixed it is one plug. In two compartments the last plug is the
zone of inlet and outlet, mixed, and the first the water behind it, mixed too: a full zone passes
on what it cannot hold, and takes it back before it shrinks. As a plug flow water leaves in the
order it came (first in, first out), as a stack in the reverse order (last in, first out). What
comes and goes in one step passes a stack by.

References
----------
Rossman & Grayman, 1999, "Scale-model studies of mixing in drinking water storage tanks",
J. Environ. Eng. 125(8), 755-761, doi 10.1061/(ASCE)0733-9372(1999)125:8(755).
Rossman et al., 2020, "EPANET 2.2 User Manual", EPA/600/R-20/133, section 3.4 (the four models).
"""

from twin.flows.water.quality.kernels.plugs import BACK, FRONT, pull, push_into
from twin.kernels.jit import kernel

MIXED, TWO_COMPARTMENTS, FIRST_IN_FIRST_OUT, LAST_IN_FIRST_OUT = 0, 1, 2, 3


@kernel
def _mix_one(rings, k, inflow_m3, mass, outflow_m3):
    """Mix all of a tank with its inflow; return the value that leaves, and the volume missing."""
    at = rings.start[k]
    held = rings.volume_m3[k, at]
    if held + inflow_m3 > 0.0:
        rings.value[k, at] = (held * rings.value[k, at] + mass) / (held + inflow_m3)
    rest = held + inflow_m3 - outflow_m3
    rings.volume_m3[k, at] = max(rest, 0.0)
    return rings.value[k, at], max(-rest, 0.0)


@kernel
def _mix_two(rings, k, most_m3, inflow_m3, mass, outflow_m3):
    """Mix the inflow with a zone of at most `most_m3`, which trades water with that behind it."""
    size = rings.value.shape[1]
    behind, zone = rings.start[k], (rings.start[k] + 1) % size
    grown = inflow_m3 - outflow_m3
    back = min(rings.volume_m3[k, behind], max(-grown, 0.0))
    rings.volume_m3[k, behind] -= back
    mass += back * rings.value[k, behind]
    held = rings.volume_m3[k, zone]
    through = held + back + inflow_m3
    if through > 0.0:
        rings.value[k, zone] = (held * rings.value[k, zone] + mass) / through
    rest = through - outflow_m3
    over = max(rest - most_m3, 0.0)
    if over > 0.0:
        there = rings.volume_m3[k, behind]
        moved = there * rings.value[k, behind] + over * rings.value[k, zone]
        rings.value[k, behind] = moved / (there + over)
        rings.volume_m3[k, behind] = there + over
    rings.volume_m3[k, zone] = min(max(rest, 0.0), most_m3)
    return rings.value[k, zone], max(-rest, 0.0)


@kernel
def _end_value(rings, k, i, default):
    """Return the value of plug i of a ring, the default where it is empty."""
    if rings.n_plugs[k] == 0:
        return default
    return rings.value[k, (rings.start[k] + i) % rings.value.shape[1]]


@kernel
def _queue(rings, k, last, inflow_m3, mass, outflow_m3, tolerance):
    """Let the oldest water leave."""
    if inflow_m3 > 0.0:
        push_into(rings, k, inflow_m3, mass / inflow_m3, tolerance)
    taken, brought = pull(rings, k, outflow_m3, FRONT)
    value = brought / taken if taken > 0.0 else _end_value(rings, k, 0, last)
    return value, outflow_m3 - taken


@kernel
def _stack(rings, k, last, inflow_m3, mass, outflow_m3, tolerance):
    """Let the youngest water leave, that which flows in before all other."""
    grown = inflow_m3 - outflow_m3
    if grown >= 0.0:
        if grown > 0.0:
            push_into(rings, k, grown, mass / inflow_m3, tolerance)
        if outflow_m3 > 0.0:
            return mass / inflow_m3, 0.0
        return _end_value(rings, k, rings.n_plugs[k] - 1, last), 0.0
    taken, brought = pull(rings, k, -grown, BACK)
    through = taken + inflow_m3
    return (mass + brought) / through if through > 0.0 else last, -grown - taken


@kernel
def mix_tank_into(rings, k, model, last, inflow, outflow_m3, tolerance):
    """Let a tank take its inflow and give its outflow, by its model.

    `model` is (kind, volume of the zone of inlet and outlet), `inflow` (volume, mass), and `last`
    the value that left before. Returns the value that leaves, or stands at the outlet, and the
    volume of the outflow that the tank did not hold.
    """
    kind, zone_m3 = model
    inflow_m3, mass = inflow
    if kind == MIXED:
        return _mix_one(rings, k, inflow_m3, mass, outflow_m3)
    if kind == TWO_COMPARTMENTS:
        return _mix_two(rings, k, zone_m3, inflow_m3, mass, outflow_m3)
    if kind == FIRST_IN_FIRST_OUT:
        return _queue(rings, k, last, inflow_m3, mass, outflow_m3, tolerance)
    return _stack(rings, k, last, inflow_m3, mass, outflow_m3, tolerance)


@kernel
def held_m3(rings, k):
    """Return the volume in a ring."""
    total = 0.0
    for i in range(rings.n_plugs[k]):
        total += rings.volume_m3[k, (rings.start[k] + i) % rings.value.shape[1]]
    return total
