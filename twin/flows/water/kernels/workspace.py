"""Compiled workspace of solves side by side: what it holds, and how a scenario gets in and out.

All scenarios share one network. Nodes stand at their *place* (those of unknown head first, in order
of elimination), links in an order with ordinary pipes first. Arrays are flat with the scenario
innermost: entry i of scenario s stands at i * n_scenarios + s. Kernels on them take `lanes`, a
tuple as long as there are scenarios: its length is that of a vector (`twin.kernels.vectors`).
"""

from typing import NamedTuple

import numpy as np

from twin.flows.water.kernels.headloss import DARCY_WEISBACH, LinkArrays
from twin.flows.water.kernels.valves import ValveArrays
from twin.kernels.elimination import Schedule
from twin.kernels.jit import borrowing_kernel

BOTH_WAYS = 0
CLOSED = 2
SHUT, OPEN, SLOPED = range(3)  # how a link joins its ends, see `zones`


class OrderArrays(NamedTuple):
    """Places of nodes and order of links, found once for a network; all int32."""

    place: np.ndarray  # (n_nodes,) place of each node
    node: np.ndarray  # (n_nodes,) node at each place
    link: np.ndarray  # (n_links,) link at each row of the order, ordinary pipes first
    row: np.ndarray  # (n_links,) row of each link in the order
    tail: np.ndarray  # (n_links,) place, by row of the order
    head: np.ndarray  # (n_links,)
    entry: np.ndarray  # (n_links,) entry of L it adds to; one past the last where a head is given
    at_given: np.ndarray  # rows of the order of links at a node of given head
    n_unknown: int
    n_plain: int  # ordinary pipes: open or shut, never one way
    schedule: Schedule


class NodeArrays(NamedTuple):
    """Nodes by row."""

    unknown: np.ndarray  # (n_nodes,) int32 row among unknown heads, -1 where the head is given
    elevation_m: np.ndarray  # (n_nodes,)
    first: np.ndarray  # (n_nodes + 1,) int32 first entry of each node in `at`
    at: np.ndarray  # (2 x n_links,) int32 links at each node, one node after the other
    order: OrderArrays


class OutletArrays(NamedTuple):
    """Outflows that depend on pressure: min(cap, coefficient * (pressure - least)^exponent)."""

    node: np.ndarray  # (n_outlets,) int32 node row
    least_head_m: np.ndarray  # (n_outlets,) elevation + least pressure
    coefficient: np.ndarray  # (n_outlets,)
    exponent: np.ndarray  # (n_outlets,)
    cap_m3s: np.ndarray  # (n_outlets,) inf for a leak
    both_ways: np.ndarray  # (n_outlets,) uint8, 1 where water flows in below the least head


class StateArrays(NamedTuple):
    """What a solve reads and improves, in place."""

    head_m: np.ndarray  # (n_nodes,) given heads in, all heads out
    flow_m3s: np.ndarray  # (n_links,)
    outflow_m3s: np.ndarray  # (n_outlets,)
    supplied: np.ndarray  # (n_nodes,) uint8 out


class OutletWorkspace(NamedTuple):
    """Outlets in the workspace."""

    place: np.ndarray  # (n_outlets,) int32
    exponent: np.ndarray  # (n_outlets,)
    both_ways: np.ndarray  # (n_outlets,) uint8
    least_head_m: np.ndarray  # (n_outlets x n_scenarios,)
    coefficient: np.ndarray
    resistance: np.ndarray  # of the inverse law, head lost = resistance * outflow^(1 / exponent)
    cap_m3s: np.ndarray
    outflow_m3s: np.ndarray
    conductance: np.ndarray
    step: np.ndarray


class ScenarioArrays(NamedTuple):
    """What belongs to each scenario itself; shape (n_scenarios,)."""

    busy: np.ndarray  # uint8, 1 while a solve goes on
    fresh: np.ndarray  # uint8, 1 if matrix and residuals are those of the last answer
    damping: np.ndarray  # of Newton steps
    share: np.ndarray  # of the next Newton step, 0 for a scenario that has stopped
    energy_m: np.ndarray
    mass_m3s: np.ndarray
    last_energy_m: np.ndarray
    moving_m3s: np.ndarray  # sum of flow changes that remain
    flowing_m3s: np.ndarray  # sum of flows
    size_m: np.ndarray  # sum of changes of head
    active: np.ndarray  # int64, valves that hold a pressure now
    iterations: np.ndarray  # int64
    limit: np.ndarray  # int64, iterations before the present attempt
    status: np.ndarray  # int64
    still_pumps: np.ndarray  # int64, of constant power, as nothing beyond can take water
    cut_off: np.ndarray  # int64, nodes that shut or limiting links keep from supply
    reviews: np.ndarray  # int64, of answers of this solve that were sought again
    careful: np.ndarray  # uint8, 1 while steps are shortened by a line search
    searched: np.ndarray  # uint8, 1 if supply is not that of the ways alone
    failed: np.ndarray  # uint8, 1 after a solve without an answer
    plain_law: np.ndarray  # int64, law of ordinary pipes
    plain_exponent: np.ndarray


class SearchArrays(NamedTuple):
    """What searches of the graph need; shape (n_nodes,) unless stated."""

    part: np.ndarray  # (n_scenarios, n_nodes) int32, one node of the part that open pipes join
    wet: np.ndarray  # uint8 by part
    queue: np.ndarray  # int32
    seen: np.ndarray  # uint8, zero between searches
    takes: np.ndarray  # uint8, where an outlet may take water


class ZoneArrays(NamedTuple):
    """Sums by zone, of one scenario at a time; shape (n_nodes,) by place."""

    zone: np.ndarray  # int32 place of one node of each zone
    anchored: np.ndarray  # uint8, 1 where a given or held head stands
    elastic: np.ndarray  # uint8, 1 where an outlet gives way
    wanted_m3s: np.ndarray
    inflow_m3s: np.ndarray  # by links within their laws, and by sources
    leak_m3s: np.ndarray  # by slopes, and what is missing


class WorkspaceArrays(NamedTuple):
    """Numbers of all scenarios, flat with the scenario innermost."""

    head_m: np.ndarray  # by place
    demand_m3s: np.ndarray
    supplied: np.ndarray  # 1.0 or 0.0
    diagonal: np.ndarray
    mass: np.ndarray  # mass error as it is
    rhs: np.ndarray  # mass error after the links' own Newton steps; the change of head later
    more: np.ndarray  # change of head around valves that hold a pressure
    pulse: np.ndarray  # change of flow at their other ends, of one sweep
    factor: np.ndarray  # entries of L, and one for links at given heads
    flow_m3s: np.ndarray  # by row of the order, as all to `step`
    way: np.ndarray  # int8 as in `mark_supplied_into`
    live: np.ndarray  # 1.0 where a link may carry water
    conductance: np.ndarray
    step: np.ndarray
    loss_m: np.ndarray  # of a block of ordinary pipes, as is `error_m`
    error_m: np.ndarray
    resistance: np.ndarray  # of ordinary pipes, as all to `re_per_flow`
    minor: np.ndarray
    rough_share: np.ndarray
    re_per_flow: np.ndarray
    special: LinkArrays  # laws of links beyond the ordinary pipes, a row per link and scenario
    outlets: OutletWorkspace
    valves: ValveArrays  # in places and rows of the order
    scenario: ScenarioArrays
    search: SearchArrays
    zones: ZoneArrays
    stiff_m2s: np.ndarray  # conductance by row of `at_given` beyond which tanks swing
    valve_column: np.ndarray  # int32 places that settle valves, in rising order
    wanted_m3s: np.ndarray  # (n_valves,) inflow that nodes of one scenario lack whose head is held


@borrowing_kernel
def copy_into(values, out):
    """Copy an array; an assignment would make an array in case both overlap."""
    for i in range(out.size):
        out[i] = values[i]


@borrowing_kernel
def load_run_into(width, scenario, hydraulics, state, out_workspace):
    """Take a scenario's network and first guess, once for a run."""
    order, links = hydraulics.nodes.order, hydraulics.links
    for i in range(order.node.size):
        out_workspace.head_m[i * width + scenario] = state.head_m[order.node[i]]
    for i in range(order.link.size):
        out_workspace.flow_m3s[i * width + scenario] = state.flow_m3s[order.link[i]]
        out_workspace.way[i * width + scenario] = -2
    for i in range(order.n_plain):
        k = order.link[i]
        out_workspace.resistance[i * width + scenario] = links.resistance[k]
        out_workspace.minor[i * width + scenario] = links.minor[k]
    if order.n_plain > 0:
        out_workspace.scenario.plain_law[scenario] = links.law[order.link[0]]
        out_workspace.scenario.plain_exponent[scenario] = links.exponent[order.link[0]]
        if links.law[order.link[0]] == DARCY_WEISBACH:
            for i in range(order.n_plain):
                out_workspace.rough_share[i * width + scenario] = links.rough_share[order.link[i]]
                out_workspace.re_per_flow[i * width + scenario] = links.re_per_flow[order.link[i]]
    for o in range(hydraulics.outlets.node.size):
        r = o * width + scenario
        out_workspace.outlets.outflow_m3s[r] = state.outflow_m3s[o]
        out_workspace.outlets.least_head_m[r] = hydraulics.outlets.least_head_m[o]
        out_workspace.outlets.coefficient[r] = -1.0
    out_workspace.scenario.fresh[scenario] = 0


@borrowing_kernel
def _load_specials(width, scenario, hydraulics, out_workspace):
    """Take the laws of links beyond the ordinary pipes, which controls may have changed."""
    order, links, special = hydraulics.nodes.order, hydraulics.links, out_workspace.special
    changed = False
    for i in range(order.n_plain, order.link.size):
        k, r = order.link[i], (i - order.n_plain) * width + scenario
        changed = changed or (
            special.resistance[r] != links.resistance[k] or special.lift_m[r] != links.lift_m[k]
        )
        changed = changed or special.law[r] != links.law[k] or special.minor[r] != links.minor[k]
        special.law[r], special.exponent[r] = links.law[k], links.exponent[k]
        special.resistance[r], special.minor[r] = links.resistance[k], links.minor[k]
        special.lift_m[r] = links.lift_m[k]
        special.rough_share[r], special.re_per_flow[r] = links.rough_share[k], links.re_per_flow[k]
        for p in range(links.curve[k, 1] - links.curve[k, 0]):
            at, source = special.curve[r, 0] + p, links.curve[k, 0] + p
            for column in range(2):
                changed = changed or special.point[at, column] != links.point[source, column]
                special.point[at, column] = links.point[source, column]
    valves = out_workspace.valves
    for v in range(hydraulics.valves.link.size):
        r = v * width + scenario
        changed = changed or valves.set_head_m[r] != hydraulics.valves.set_head_m[v]
        changed = changed or valves.governed[r] != hydraulics.valves.governed[v]
        valves.set_head_m[r] = hydraulics.valves.set_head_m[v]
        valves.governed[r] = hydraulics.valves.governed[v]
    return changed


@borrowing_kernel
def _load_outlets(width, scenario, hydraulics, out_workspace):
    """Take caps and coefficients of outlets."""
    given, outlets = hydraulics.outlets, out_workspace.outlets
    for o in range(given.node.size):
        r = o * width + scenario
        outlets.cap_m3s[r] = given.cap_m3s[o]
        coefficient = given.coefficient[o]
        if coefficient != outlets.coefficient[r]:
            outlets.coefficient[r] = coefficient
            if coefficient <= 0.0 or given.exponent[o] > 1.0:
                outlets.resistance[r] = 0.0
            elif given.exponent[o] == 0.5:  # noqa: PLR2004 - the orifice, spared a power
                outlets.resistance[r] = 1.0 / (coefficient * coefficient)
            else:
                outlets.resistance[r] = coefficient ** (-1.0 / given.exponent[o])


@borrowing_kernel
def _load_ways(width, scenario, order, first, end, way, out_workspace):
    """Take the ways of some links; return whether one changed."""
    link, own = order.link, out_workspace.way
    changed = False
    for i in range(first, end):
        given, r = way[link[i]], i * width + scenario
        if own[r] != given:
            changed = True
            own[r] = given
    return changed


@borrowing_kernel
def load_step_into(width, scenario, hydraulics, way, demand_m3s, state, out_workspace):
    """Take what changes between solves.

    Return whether links opened, shut or changed their law, and whether ordinary pipes did. Where
    nothing but demands and given heads changed, matrix and residuals of the last answer are kept
    and only moved by these, so that a solve begins with a step instead of a search for one.
    """
    order = hydraulics.nodes.order
    changed = _load_specials(width, scenario, hydraulics, out_workspace)
    regroup = _load_ways(width, scenario, order, 0, order.n_plain, way, out_workspace)
    changed = (
        _load_ways(width, scenario, order, order.n_plain, order.link.size, way, out_workspace)
        or changed
    )
    changed = changed or regroup
    _load_outlets(width, scenario, hydraulics, out_workspace)
    fresh = (
        not changed
        and hydraulics.outlets.node.size == 0
        and out_workspace.scenario.fresh[scenario] == 1
    )
    out_workspace.scenario.fresh[scenario] = fresh
    worst = 0.0
    for i in range(order.n_unknown):
        demand, r = demand_m3s[order.node[i]], i * width + scenario
        if demand == out_workspace.demand_m3s[r]:
            continue
        if fresh:
            more = out_workspace.supplied[r] * (demand - out_workspace.demand_m3s[r])
            out_workspace.mass[r] -= more
            out_workspace.rhs[r] -= more
            worst = max(worst, abs(more))
        out_workspace.demand_m3s[r] = demand
    if fresh:
        out_workspace.scenario.mass_m3s[scenario] += worst
        _move_given_heads(width, scenario, hydraulics, state.head_m, out_workspace)
    for i in range(order.n_unknown, order.node.size):
        out_workspace.head_m[i * width + scenario] = state.head_m[order.node[i]]
    return changed, regroup


@borrowing_kernel
def _move_given_heads(width, scenario, hydraulics, head_m, out_workspace):
    """Move the residuals of the last answer by the change of given heads."""
    order = hydraulics.nodes.order
    worst = 0.0
    for p in range(order.at_given.size):
        i = order.at_given[p]
        r, t, h = i * width + scenario, order.tail[i], order.head[i]
        drop = 0.0
        if t >= order.n_unknown:
            drop += head_m[order.node[t]] - out_workspace.head_m[t * width + scenario]
        if h >= order.n_unknown:
            drop -= head_m[order.node[h]] - out_workspace.head_m[h * width + scenario]
        more = out_workspace.conductance[r] * drop
        if more == 0.0:
            continue
        out_workspace.step[r] += more
        out_workspace.rhs[t * width + scenario] -= more
        out_workspace.rhs[h * width + scenario] += more
        worst = max(worst, abs(drop))
        out_workspace.scenario.moving_m3s[scenario] += abs(more)
    out_workspace.scenario.energy_m[scenario] += worst


@borrowing_kernel
def store_step_into(width, scenario, hydraulics, workspace, out_way, out_state):
    """Give a scenario's answer back by node and link; its state has the supply already."""
    order = hydraulics.nodes.order
    for i in range(order.node.size):
        out_state.head_m[order.node[i]] = workspace.head_m[i * width + scenario]
    for i in range(order.link.size):
        out_state.flow_m3s[order.link[i]] = workspace.flow_m3s[i * width + scenario]
    for o in range(hydraulics.outlets.node.size):
        out_state.outflow_m3s[o] = workspace.outlets.outflow_m3s[o * width + scenario]
    for v in range(hydraulics.valves.link.size):
        k = hydraulics.valves.link[v]
        out_way[k] = workspace.way[order.row[k] * width + scenario]
