"""Compiled hydraulics: solves of all scenarios of a workspace.

References
----------
Todini & Pilati, 1988, "A gradient algorithm for the analysis of pipe networks", in Coulbeck & Orr
(eds), Computer Applications in Water Supply 1 (the global gradient algorithm).
"""

import math
from typing import NamedTuple

from twin.flows.water.kernels.gradient import (
    assemble,
    move,
    set_live_into,
    within_bounds_into,
)
from twin.flows.water.kernels.line_search import best_share, lead_heads_into
from twin.flows.water.kernels.pipes import size_up_changes
from twin.flows.water.kernels.supply import mark_supplied_into, rest_pumps_into, search_of
from twin.flows.water.kernels.valves import (
    move_flows_into,
    pin_heads_into,
    pin_rows_into,
    review_modes_into,
    settle_steps_into,
    shut_reversed_into,
)
from twin.flows.water.kernels.workspace import load_step_into
from twin.flows.water.kernels.zones import guess_into, review_zones_into, start_anew_into
from twin.kernels.elimination import backward_into, eliminate_into
from twin.kernels.jit import borrowing_kernel

CONVERGED = 0
NOT_CONVERGED = 1
NO_SOURCE = 2

_FAILED = 2  # `fresh` of a scenario without a pivot

_STILL_M3S = 1.0e-9  # less movement in all links together is none
_PATIENT_ITERATIONS = 40  # after these, valves are looked at in every fifth only
_CALM_ITERATIONS = 15  # after these, steps are shortened
_CAREFUL_ITERATIONS = 20  # in a line search, valves are looked at where it ends, or after these
_ASTRAY_ITERATIONS = 30  # a solve that is astray after these has no answer
_ASTRAY_M = 1.0e4  # change of head by node
_WILD_M = 1.0e5  # a larger head is none
_WILD_M3S = 1.0e5  # a larger flow is none
_ROUND_OFF_M = 1.0e-12  # of a head
_MOST_REVIEWS = 12


class Limits(NamedTuple):
    """When a solve may stop."""

    energy_m: float
    mass_m3s: float
    flow_change_share: float
    max_iterations: int


@borrowing_kernel
def begin_solve_into(width, scenario, hydraulics, way, demand_m3s, state, out_workspace):
    """Take what a scenario's next solve is about, and wake the scenario.

    Pumps of constant power that must stand still are closed in `way`.
    """
    each = out_workspace.scenario
    search = search_of(out_workspace.search, scenario)
    each.still_pumps[scenario] = rest_pumps_into(hydraulics, demand_m3s, search, way)
    again = each.searched[scenario] == 1 or _has_source(demand_m3s)
    if again or each.failed[scenario] == 1:
        each.fresh[scenario] = 0
    changed, regroup = load_step_into(
        width, scenario, hydraulics, way, demand_m3s, state, out_workspace
    )
    if changed or again or way.size == 0:
        mark_supplied_into(hydraulics, way, demand_m3s, regroup, search, state.supplied)
        set_live_into(width, scenario, hydraulics.nodes, state.supplied, regroup, out_workspace)
    if each.failed[scenario] == 1:
        start_anew_into(width, scenario, hydraulics, out_workspace)
    each.searched[scenario] = each.failed[scenario] = each.careful[scenario] = 0
    each.cut_off[scenario] = each.reviews[scenario] = 0
    each.iterations[scenario] = 0
    _start_steps(each, scenario)


@borrowing_kernel
def _has_source(demand_m3s):
    """Return whether some node has a negative demand."""
    for i in range(demand_m3s.size):  # noqa: SIM110 - numba has no generators here
        if demand_m3s[i] < 0.0:
            return True
    return False


@borrowing_kernel
def _start_steps(each, scenario):
    """Let a scenario take whole steps again."""
    each.busy[scenario] = 1
    each.damping[scenario] = 1.0
    each.share[scenario] = 0.0
    each.last_energy_m[scenario] = math.inf
    each.limit[scenario] = each.iterations[scenario]


@borrowing_kernel
def seek_again_into(width, scenario, hydraulics, way, demand_m3s, state, out_workspace):
    """Start a scenario's solve again if its answer is none; return whether it does.

    What cannot be supplied is cut off first. A solve that found no answer is tried once more from
    the first guess, with a line search.
    """
    each = out_workspace.scenario
    failed = each.status[scenario] != CONVERGED
    finite = math.isfinite(each.energy_m[scenario])
    again = False
    if failed and each.careful[scenario] == 0:
        each.careful[scenario] = 1
        start_anew_into(width, scenario, hydraulics, out_workspace)
        again = True
    elif finite and each.reviews[scenario] < _MOST_REVIEWS:
        again = review_zones_into(
            width, scenario, hydraulics, way, demand_m3s, state, out_workspace
        )
    if again:
        each.reviews[scenario] += 1
        each.fresh[scenario] = 0
        _start_steps(each, scenario)
    elif failed or _is_wild(width, scenario, hydraulics.nodes.order, out_workspace):
        each.failed[scenario] = 1
        each.status[scenario] = NOT_CONVERGED
        _still(width, scenario, hydraulics.nodes, out_workspace)
    return again


@borrowing_kernel
def look_into(lanes, nodes, out_workspace):
    """Set the matrix and the residuals of all scenarios from their heads and flows."""
    each = out_workspace.scenario
    for scenario in range(each.busy.size):
        if out_workspace.valves.link.size > 0 and each.busy[scenario] == 1:
            each.active[scenario] = pin_heads_into(each.busy.size, scenario, out_workspace)
    assemble(lanes, nodes.order, out_workspace)


@borrowing_kernel
def _stop(each, scenario, status):
    """Stop a scenario with an answer."""
    each.busy[scenario] = 0
    each.share[scenario] = 0.0
    each.status[scenario] = status


@borrowing_kernel
def _tanks_settled(width, scenario, order, workspace):
    """Return whether links at tanks that would swing at the time step ask for no more change.

    Where a level moves further in a step than its head loss, an error grows from step to step.
    """
    for at in range(order.at_given.size):
        r = order.at_given[at] * width + scenario
        conductance = workspace.conductance[r]
        stiff = conductance > workspace.stiff_m2s[at] and workspace.live[r] > 0.0
        if stiff and abs(workspace.step[r]) > _STILL_M3S + _ROUND_OFF_M * conductance:
            return False
    return True


@borrowing_kernel
def judge_into(scenario, order, limits, out_workspace):
    """Stop a scenario if its residuals allow it, or set its share of the next step."""
    each = out_workspace.scenario
    width = each.busy.size
    if each.fresh[scenario] == _FAILED:
        each.fresh[scenario] = 0
        each.energy_m[scenario] = each.mass_m3s[scenario] = math.inf
    if each.busy[scenario] == 0:
        return
    iteration = each.iterations[scenario] - each.limit[scenario]  # of this attempt
    energy, mass = each.energy_m[scenario], each.mass_m3s[scenario]
    moving, flowing = each.moving_m3s[scenario], each.flowing_m3s[scenario]
    each.share[scenario] = 0.0
    each.fresh[scenario] = 1
    if (
        energy <= limits.energy_m
        and mass <= limits.mass_m3s
        and moving <= limits.flow_change_share * flowing + _STILL_M3S
        and _tanks_settled(width, scenario, order, out_workspace)
    ):
        if (
            out_workspace.valves.link.size == 0
            or review_modes_into(width, scenario, order, out_workspace) == 0
        ):
            _stop(each, scenario, CONVERGED)
            if each.careful[scenario] == 1:
                within_bounds_into(width, scenario, out_workspace)
            return
        if iteration < limits.max_iterations:
            each.iterations[scenario] += 1
            return  # with other valves open, the same state is looked at once more
    astray = _is_astray(each, scenario, order)
    most = limits.max_iterations if not astray else min(limits.max_iterations, _ASTRAY_ITERATIONS)
    if iteration >= most:
        _stop(each, scenario, NOT_CONVERGED)
        return
    if iteration > _CALM_ITERATIONS and each.careful[scenario] == 0:
        better = energy < each.last_energy_m[scenario]
        damping = each.damping[scenario]
        each.damping[scenario] = min(1.1 * damping, 1.0) if better else max(0.7 * damping, 0.05)
    each.last_energy_m[scenario] = energy
    each.share[scenario] = each.damping[scenario]
    each.iterations[scenario] += 1


@borrowing_kernel
def _is_astray(each, scenario, order):
    """Return whether the last step moved heads by more than water in pipes can."""
    return each.size_m[scenario] > _ASTRAY_M * (1 + order.n_unknown)


@borrowing_kernel
def _is_wild(width, scenario, order, workspace):
    """Return whether some head or flow is beyond all that water in pipes can have."""
    for i in range(order.n_unknown):
        if not abs(workspace.head_m[i * width + scenario]) < _WILD_M:
            return True
    for i in range(order.n_plain, order.link.size):
        if not abs(workspace.flow_m3s[i * width + scenario]) < _WILD_M3S:
            return True
    return False


@borrowing_kernel
def _still(width, scenario, nodes, workspace):
    """Leave plain numbers after a failure: no flow, and no pressure where the head is unknown."""
    order, broken = nodes.order, workspace.scenario.fresh[scenario] == _FAILED
    if not (broken or _is_wild(width, scenario, order, workspace)):
        return
    for i in range(order.link.size):
        workspace.flow_m3s[i * width + scenario] = 0.0
    for o in range(workspace.outlets.place.size):
        workspace.outlets.outflow_m3s[o * width + scenario] = 0.0
    for i in range(order.n_unknown):
        workspace.head_m[i * width + scenario] = nodes.elevation_m[order.node[i]]


@borrowing_kernel
def step_into(lanes, hydraulics, out_workspace):
    """Factorise, solve and move; a scenario without a pivot stops with infinite errors.

    Valves that hold a pressure are then opened, activated and shut by the heads found. Where one
    drives flows that no water has backward through itself, it is shut and the solve begins again:
    laws with next to no resistance find no way back from there.
    """
    nodes, each = hydraulics.nodes, out_workspace.scenario
    order = nodes.order
    width = each.share.size
    active = 0
    for scenario in range(width):
        if each.active[scenario] > 0 and each.share[scenario] > 0.0:
            pin_rows_into(width, scenario, order, out_workspace)
            active += 1
    eliminate_into(
        lanes, order.schedule, out_workspace.factor, out_workspace.diagonal, out_workspace.rhs
    )
    if active > 0:
        settle_steps_into(lanes, order, out_workspace)
    backward_into(
        lanes, order.schedule, out_workspace.factor, out_workspace.diagonal, out_workspace.rhs
    )
    size_up_changes(lanes, order, out_workspace)
    for scenario in range(width):
        if each.share[scenario] == 0.0:
            continue
        if not math.isfinite(each.size_m[scenario]):
            _stop(each, scenario, NOT_CONVERGED)
            each.fresh[scenario] = _FAILED
            _still(width, scenario, nodes, out_workspace)
            continue
        if each.careful[scenario] == 1:
            each.share[scenario] = best_share(width, scenario, order, out_workspace)
        if each.active[scenario] > 0:
            move_flows_into(width, scenario, out_workspace)
    move(lanes, order, out_workspace)
    for scenario in range(width):
        if each.careful[scenario] == 1 and each.share[scenario] > 0.0:
            lead_heads_into(width, scenario, order, out_workspace)
    if out_workspace.valves.link.size == 0:
        return
    for scenario in range(width):
        iteration = each.iterations[scenario] - each.limit[scenario] - 1
        patient = iteration < _PATIENT_ITERATIONS or iteration % 5 == 0
        if each.careful[scenario] == 1:
            patient = iteration % _CAREFUL_ITERATIONS == _CAREFUL_ITERATIONS - 1
        if each.share[scenario] == 0.0:
            continue
        if (
            _is_astray(each, scenario, order)
            and _is_wild(width, scenario, order, out_workspace)
            and shut_reversed_into(width, scenario, out_workspace) > 0
        ):
            guess_into(width, scenario, hydraulics, out_workspace)
        elif patient:
            review_modes_into(width, scenario, order, out_workspace)


@borrowing_kernel
def solve_scenarios_into(lanes, hydraulics, limits, workspace):
    """Find heads, flows and outflows of all busy scenarios.

    Status and errors are left in `workspace.scenario`.

    Newton on energy and mass together, heads eliminated last (Todini & Pilati 1988). The unknown
    is the *change* of head, so that round-off of large heads never reaches the mass balance. A
    scenario stops when its errors are within the limits and the flow changes that its links still
    ask for are a small share of its flows; it then waits while others go on. `lanes` is any tuple
    as long as there are scenarios: their numbers fill the processor's vectors.
    """
    each, nodes = workspace.scenario, hydraulics.nodes
    width = each.busy.size
    known = True
    for scenario in range(width):
        known = known and (each.busy[scenario] == 0 or each.fresh[scenario] == 1)
    while True:
        if not known:
            look_into(lanes, nodes, workspace)
        known = False
        waiting = 0
        moving = False
        for scenario in range(width):
            judge_into(scenario, nodes.order, limits, workspace)
            waiting += each.busy[scenario]
            moving = moving or each.share[scenario] > 0.0
        if waiting == 0:
            return
        if moving:
            step_into(lanes, hydraulics, workspace)
