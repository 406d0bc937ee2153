"""Compiled hydraulics: solves of all lanes of a room.

References
----------
Todini & Pilati, 1988, "A gradient algorithm for the analysis of pipe networks", in Coulbeck & Orr
(eds), Computer Applications in Water Supply 1 (the global gradient algorithm).
"""

import math
from typing import NamedTuple

from twin.flows.water.gradient.kernels import assemble, move, set_live_into
from twin.flows.water.lanes.kernels import load_step_into
from twin.flows.water.pipes.kernels import size_up_changes
from twin.flows.water.supply.kernels import mark_supplied_into, rest_pumps_into, search_of
from twin.flows.water.valves.kernels import (
    move_flows_into,
    pin_heads_into,
    pin_rows_into,
    review_modes_into,
    settle_steps_into,
)
from twin.kernels.elimination import backward_into, eliminate_into
from twin.kernels.jit import borrowing_kernel

CONVERGED = 0
NOT_CONVERGED = 1
NO_SOURCE = 2

_FAILED = 2  # `fresh` of a lane without a pivot

_STILL_M3S = 1.0e-9  # less movement in all links together is none
_PATIENT_ITERATIONS = 40  # after these, valves are looked at in every fifth only
_CALM_ITERATIONS = 15  # after these, steps are shortened


class Limits(NamedTuple):
    """When a solve may stop."""

    energy_m: float
    mass_m3s: float
    flow_change_share: float
    max_iterations: int


@borrowing_kernel
def begin_solve_into(width, lane, plant, way, demand_m3s, state, out_room):
    """Take what a lane's next solve is about, and wake the lane.

    Pumps of constant power that must stand still are closed in `way`.
    """
    lanes = out_room.lane
    search = search_of(out_room.search, lane)
    lanes.still_pumps[lane] = rest_pumps_into(plant, demand_m3s, search, way)
    changed, regroup = load_step_into(width, lane, plant, way, demand_m3s, state, out_room)
    if changed or way.size == 0:
        mark_supplied_into(plant.links, plant.nodes, way, regroup, search, state.supplied)
        set_live_into(width, lane, plant.nodes, state.supplied, regroup, out_room)
    lanes.busy[lane] = 1
    lanes.iterations[lane] = 0
    lanes.damping[lane] = 1.0
    lanes.share[lane] = 0.0
    lanes.last_energy_m[lane] = math.inf


@borrowing_kernel
def look_into(lanes, nodes, out_room):
    """Set the matrix and the residuals of all lanes from their heads and flows."""
    lane_of = out_room.lane
    for lane in range(lane_of.busy.size):
        if out_room.valves.link.size > 0 and lane_of.busy[lane] == 1:
            lane_of.active[lane] = pin_heads_into(lane_of.busy.size, lane, out_room)
    assemble(lanes, nodes.order, out_room)


@borrowing_kernel
def _rest(lanes, lane, status):
    """Let a lane rest with an answer."""
    lanes.busy[lane] = 0
    lanes.share[lane] = 0.0
    lanes.status[lane] = status


@borrowing_kernel
def judge_into(lane, order, limits, out_room):
    """Let a lane rest if its residuals allow it, or set its share of the next step."""
    lanes = out_room.lane
    width = lanes.busy.size
    if lanes.fresh[lane] == _FAILED:
        lanes.fresh[lane] = 0
        lanes.energy_m[lane] = lanes.mass_m3s[lane] = math.inf
    if lanes.busy[lane] == 0:
        return
    iteration = lanes.iterations[lane]
    energy, mass = lanes.energy_m[lane], lanes.mass_m3s[lane]
    moving, flowing = lanes.moving_m3s[lane], lanes.flowing_m3s[lane]
    lanes.share[lane] = 0.0
    lanes.fresh[lane] = 1
    if (
        energy <= limits.energy_m
        and mass <= limits.mass_m3s
        and moving <= limits.flow_change_share * flowing + _STILL_M3S
    ):
        if out_room.valves.link.size == 0 or review_modes_into(width, lane, order, out_room) == 0:
            _rest(lanes, lane, CONVERGED)
            return
        if iteration < limits.max_iterations:
            lanes.iterations[lane] += 1
            return  # with other valves open, the same state is looked at once more
    if iteration >= limits.max_iterations:
        _rest(lanes, lane, NOT_CONVERGED)
        return
    if iteration > _CALM_ITERATIONS:
        better = energy < lanes.last_energy_m[lane]
        damping = lanes.damping[lane]
        lanes.damping[lane] = min(1.1 * damping, 1.0) if better else max(0.7 * damping, 0.05)
    lanes.last_energy_m[lane] = energy
    lanes.share[lane] = lanes.damping[lane]
    lanes.iterations[lane] += 1


@borrowing_kernel
def _still(width, lane, order, elevation_m, room):
    """Leave finite numbers after a failure: no flow, and no pressure where the head is unknown."""
    room.flow_m3s[lane::width] = 0.0
    room.outlets.outflow_m3s[lane::width] = 0.0
    for i in range(order.n_unknown):
        room.head_m[i * width + lane] = elevation_m[order.node[i]]
    _rest(room.lane, lane, NOT_CONVERGED)
    room.lane.fresh[lane] = _FAILED


@borrowing_kernel
def step_into(lanes, nodes, out_room):
    """Factorise, solve and move; a lane without a pivot comes to rest with infinite errors.

    Valves that hold a pressure are then opened, activated and shut by the heads found.
    """
    lane_of, order = out_room.lane, nodes.order
    width = lane_of.share.size
    active = 0
    for lane in range(width):
        if lane_of.active[lane] > 0 and lane_of.share[lane] > 0.0:
            pin_rows_into(width, lane, order, out_room)
            active += 1
    eliminate_into(lanes, order.schedule, out_room.factor, out_room.diagonal, out_room.rhs)
    backward_into(lanes, order.schedule, out_room.factor, out_room.diagonal, out_room.rhs)
    if active > 0:
        settle_steps_into(lanes, order, out_room)
    size_up_changes(lanes, order, out_room)
    for lane in range(width):
        if lane_of.share[lane] == 0.0:
            continue
        if not math.isfinite(lane_of.size_m[lane]):
            _still(width, lane, order, nodes.elevation_m, out_room)
        elif lane_of.active[lane] > 0:
            move_flows_into(width, lane, out_room)
    move(lanes, order, out_room)
    if out_room.valves.link.size == 0:
        return
    for lane in range(width):
        iteration = lane_of.iterations[lane] - 1
        patient = iteration < _PATIENT_ITERATIONS or iteration % 5 == 0
        if patient and lane_of.share[lane] > 0.0:
            review_modes_into(width, lane, order, out_room)


@borrowing_kernel
def solve_lanes_into(lanes, nodes, limits, room):
    """Find heads, flows and outflows of all busy lanes; status and errors stand in `room.lane`.

    Newton on energy and mass together, heads eliminated last (Todini & Pilati 1988). The unknown
    is the *change* of head, so that round-off of large heads never reaches the mass balance. A
    lane stops when its errors are within the limits and the flow changes its links still ask for
    are a small share of its flows; it then rests while others go on. `lanes` is any tuple as long
    as there are lanes.
    """
    lane_of = room.lane
    width = lane_of.busy.size
    known = True
    for lane in range(width):
        known = known and (lane_of.busy[lane] == 0 or lane_of.fresh[lane] == 1)
    while True:
        if not known:
            look_into(lanes, nodes, room)
        known = False
        waiting = 0
        moving = False
        for lane in range(width):
            judge_into(lane, nodes.order, limits, room)
            waiting += lane_of.busy[lane]
            moving = moving or lane_of.share[lane] > 0.0
        if waiting == 0:
            return
        if moving:
            step_into(lanes, nodes, room)
