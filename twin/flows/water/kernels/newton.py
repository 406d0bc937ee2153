"""Compiled hydraulics: solves of all scenarios of a workspace.

References
----------
Todini & Pilati, 1988, "A gradient algorithm for the analysis of pipe networks", in Coulbeck & Orr
(eds), Computer Applications in Water Supply 1 (the global gradient algorithm).
"""

import math
from typing import NamedTuple

from twin.flows.water.kernels.gradient import assemble, move, set_live_into
from twin.flows.water.kernels.pipes import size_up_changes
from twin.flows.water.kernels.supply import mark_supplied_into, rest_pumps_into, search_of
from twin.flows.water.kernels.valves import (
    move_flows_into,
    pin_heads_into,
    pin_rows_into,
    review_modes_into,
    settle_steps_into,
)
from twin.flows.water.kernels.workspace import load_step_into
from twin.kernels.elimination import backward_into, eliminate_into
from twin.kernels.jit import borrowing_kernel

CONVERGED = 0
NOT_CONVERGED = 1
NO_SOURCE = 2

_FAILED = 2  # `fresh` of a scenario without a pivot

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
def begin_solve_into(width, scenario, hydraulics, way, demand_m3s, state, out_workspace):
    """Take what a scenario's next solve is about, and wake the scenario.

    Pumps of constant power that must stand still are closed in `way`.
    """
    each = out_workspace.scenario
    search = search_of(out_workspace.search, scenario)
    each.still_pumps[scenario] = rest_pumps_into(hydraulics, demand_m3s, search, way)
    changed, regroup = load_step_into(
        width, scenario, hydraulics, way, demand_m3s, state, out_workspace
    )
    if changed or way.size == 0:
        mark_supplied_into(hydraulics.links, hydraulics.nodes, way, regroup, search, state.supplied)
        set_live_into(width, scenario, hydraulics.nodes, state.supplied, regroup, out_workspace)
    each.busy[scenario] = 1
    each.iterations[scenario] = 0
    each.damping[scenario] = 1.0
    each.share[scenario] = 0.0
    each.last_energy_m[scenario] = math.inf


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
def judge_into(scenario, order, limits, out_workspace):
    """Stop a scenario if its residuals allow it, or set its share of the next step."""
    each = out_workspace.scenario
    width = each.busy.size
    if each.fresh[scenario] == _FAILED:
        each.fresh[scenario] = 0
        each.energy_m[scenario] = each.mass_m3s[scenario] = math.inf
    if each.busy[scenario] == 0:
        return
    iteration = each.iterations[scenario]
    energy, mass = each.energy_m[scenario], each.mass_m3s[scenario]
    moving, flowing = each.moving_m3s[scenario], each.flowing_m3s[scenario]
    each.share[scenario] = 0.0
    each.fresh[scenario] = 1
    if (
        energy <= limits.energy_m
        and mass <= limits.mass_m3s
        and moving <= limits.flow_change_share * flowing + _STILL_M3S
    ):
        if (
            out_workspace.valves.link.size == 0
            or review_modes_into(width, scenario, order, out_workspace) == 0
        ):
            _stop(each, scenario, CONVERGED)
            return
        if iteration < limits.max_iterations:
            each.iterations[scenario] += 1
            return  # with other valves open, the same state is looked at once more
    if iteration >= limits.max_iterations:
        _stop(each, scenario, NOT_CONVERGED)
        return
    if iteration > _CALM_ITERATIONS:
        better = energy < each.last_energy_m[scenario]
        damping = each.damping[scenario]
        each.damping[scenario] = min(1.1 * damping, 1.0) if better else max(0.7 * damping, 0.05)
    each.last_energy_m[scenario] = energy
    each.share[scenario] = each.damping[scenario]
    each.iterations[scenario] += 1


@borrowing_kernel
def _still(width, scenario, order, elevation_m, workspace):
    """Leave finite numbers after a failure: no flow, and no pressure where the head is unknown."""
    workspace.flow_m3s[scenario::width] = 0.0
    workspace.outlets.outflow_m3s[scenario::width] = 0.0
    for i in range(order.n_unknown):
        workspace.head_m[i * width + scenario] = elevation_m[order.node[i]]
    _stop(workspace.scenario, scenario, NOT_CONVERGED)
    workspace.scenario.fresh[scenario] = _FAILED


@borrowing_kernel
def step_into(lanes, nodes, out_workspace):
    """Factorise, solve and move; a scenario without a pivot stops with infinite errors.

    Valves that hold a pressure are then opened, activated and shut by the heads found.
    """
    each, order = out_workspace.scenario, nodes.order
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
            _still(width, scenario, order, nodes.elevation_m, out_workspace)
        elif each.active[scenario] > 0:
            move_flows_into(width, scenario, out_workspace)
    move(lanes, order, out_workspace)
    if out_workspace.valves.link.size == 0:
        return
    for scenario in range(width):
        iteration = each.iterations[scenario] - 1
        patient = iteration < _PATIENT_ITERATIONS or iteration % 5 == 0
        if patient and each.share[scenario] > 0.0:
            review_modes_into(width, scenario, order, out_workspace)


@borrowing_kernel
def solve_scenarios_into(lanes, nodes, limits, workspace):
    """Find heads, flows and outflows of all busy scenarios.

    Status and errors are left in `workspace.scenario`.

    Newton on energy and mass together, heads eliminated last (Todini & Pilati 1988). The unknown
    is the *change* of head, so that round-off of large heads never reaches the mass balance. A
    scenario stops when its errors are within the limits and the flow changes that its links still
    ask for are a small share of its flows; it then waits while others go on. `lanes` is any tuple
    as long as there are scenarios: their numbers fill the lanes of the processor's vectors.
    """
    each = workspace.scenario
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
            step_into(lanes, nodes, workspace)
