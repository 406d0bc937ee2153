"""Order of a network's nodes and links, and the workspace its solves take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.flows.water.kernels.headloss import DARCY_WEISBACH, LinkArrays
from twin.flows.water.kernels.workspace import (
    NodeArrays,
    OrderArrays,
    OutletWorkspace,
    ScenarioArrays,
    SearchArrays,
    WorkspaceArrays,
    ZoneArrays,
)
from twin.flows.water.network.kinds import JUNCTION_KIND, PIPE_KIND, TANK_KIND
from twin.kernels.elimination import columns_of, schedule_of
from twin.kernels.ldl import symbolic_ldl
from twin.kernels.vectors import block_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.core.arrays import Float64, Int32
    from twin.flows.water.kernels.valves import ValveArrays
    from twin.flows.water.runs.kernels.periods import HydraulicArrays


def node_arrays(nodes: Mapping[str, np.ndarray], links: Mapping[str, np.ndarray]) -> NodeArrays:
    """Return rows of unknown heads, order of elimination and order of links of a network."""
    free = nodes["node_kind"] == JUNCTION_KIND
    unknown = np.full(free.size, -1, dtype=np.int32)
    unknown[free] = np.arange(free.sum(), dtype=np.int32)
    order = _order(unknown, nodes["node_kind"], links)
    end = np.concatenate([links["tail"], links["head"]])
    n_links = links["tail"].size
    return NodeArrays(
        unknown=unknown,
        elevation_m=np.ascontiguousarray(nodes["elevation_m"]),
        first=np.append(0, np.bincount(end, minlength=free.size).cumsum()).astype(np.int32),
        at=(np.argsort(end, kind="stable") % max(n_links, 1)).astype(np.int32),
        order=order,
    )


def _order(unknown: Int32, node_kind: Int32, links: Mapping[str, np.ndarray]) -> OrderArrays:
    """Return places of nodes, and links with ordinary pipes first, near ones together."""
    tail, head = links["tail"], links["head"]
    n = int((unknown >= 0).sum())
    pattern = symbolic_ldl(n, unknown[tail], unknown[head])
    schedule = schedule_of(pattern)
    place = np.empty(unknown.size, dtype=np.int32)
    place[unknown >= 0] = pattern.position
    place[unknown < 0] = np.arange(n, unknown.size, dtype=np.int32)
    at_tank = (node_kind[tail] == TANK_KIND) | (node_kind[head] == TANK_KIND)
    plain = (links["link_kind"] == PIPE_KIND) & ~links["check_valve"] & ~at_tank
    first = np.minimum(place[tail], place[head])
    link = np.lexsort((first, ~plain)).astype(np.int32)
    nnz = schedule.l_row.size
    slot = pattern.slot_of_link[link]
    given = (unknown[tail[link]] < 0) | (unknown[head[link]] < 0)
    return OrderArrays(
        place=place,
        node=np.argsort(place).astype(np.int32),
        link=link,
        row=np.argsort(link).astype(np.int32),
        tail=place[tail[link]],
        head=place[head[link]],
        entry=np.where(slot >= 0, np.append(schedule.slot_entry, nnz)[slot], nnz).astype(np.int32),
        at_given=np.flatnonzero(given).astype(np.int32),
        n_unknown=n,
        n_plain=int(plain.sum()),
        schedule=schedule,
    )


def empty_workspace(hydraulics: HydraulicArrays, n_scenarios: int = 1) -> WorkspaceArrays:
    """Return workspace for solves of some scenarios over one network."""
    order = hydraulics.nodes.order
    n_nodes, n_links, n_plain = order.node.size, order.link.size, order.n_plain

    def zeros(rows: int) -> Float64:
        return np.zeros(rows * n_scenarios)

    block = block_of((0,) * n_scenarios)
    friction = n_plain if (hydraulics.links.law == DARCY_WEISBACH).any() else 0
    return WorkspaceArrays(
        head_m=zeros(n_nodes),
        demand_m3s=zeros(n_nodes),
        supplied=zeros(n_nodes),
        diagonal=zeros(n_nodes),
        mass=zeros(n_nodes),
        rhs=zeros(n_nodes),
        more=zeros(n_nodes),
        pulse=zeros(n_nodes),
        factor=zeros(order.schedule.l_row.size + 1),
        flow_m3s=zeros(n_links),
        way=np.zeros(n_links * n_scenarios, dtype=np.int8),
        live=zeros(n_links),
        conductance=zeros(n_links),
        step=zeros(n_links),
        loss_m=np.zeros(len(block)),
        error_m=np.zeros(len(block)),
        resistance=zeros(n_plain),
        minor=zeros(n_plain),
        rough_share=zeros(friction),
        re_per_flow=zeros(friction),
        special=_special_links(hydraulics, n_scenarios),
        outlets=_outlet_workspace(hydraulics, n_scenarios),
        valves=_valve_workspace(hydraulics, n_scenarios),
        scenario=_scenario_arrays(n_scenarios),
        search=SearchArrays(
            part=np.tile(np.arange(n_nodes, dtype=np.int32), (n_scenarios, 1)),
            wet=np.zeros(n_nodes, dtype=np.uint8),
            queue=np.zeros(n_nodes, dtype=np.int32),
            seen=np.zeros(n_nodes, dtype=np.uint8),
            takes=np.zeros(n_nodes, dtype=np.uint8),
        ),
        zones=ZoneArrays(
            zone=np.zeros(n_nodes, dtype=np.int32),
            anchored=np.zeros(n_nodes, dtype=np.uint8),
            elastic=np.zeros(n_nodes, dtype=np.uint8),
            wanted_m3s=np.zeros(n_nodes),
            inflow_m3s=np.zeros(n_nodes),
            leak_m3s=np.zeros(n_nodes),
        ),
        stiff_m2s=np.full(order.at_given.size, np.inf),
        valve_column=_valve_column(hydraulics),
        wanted_m3s=np.zeros(hydraulics.valves.link.size),
    )


def _scenario_arrays(n_scenarios: int) -> ScenarioArrays:
    """Return what belongs to each scenario itself."""
    floats = {
        name: np.zeros(n_scenarios)
        for name in (
            "damping",
            "share",
            "energy_m",
            "mass_m3s",
            "last_energy_m",
            "moving_m3s",
            "flowing_m3s",
            "size_m",
            "plain_exponent",
        )
    }
    integers = {
        name: np.zeros(n_scenarios, dtype=np.int64)
        for name in (
            "active",
            "iterations",
            "limit",
            "status",
            "still_pumps",
            "cut_off",
            "reviews",
            "plain_law",
        )
    }
    flags = {
        name: np.zeros(n_scenarios, dtype=np.uint8)
        for name in ("busy", "fresh", "careful", "searched", "failed")
    }
    return ScenarioArrays(**flags, **integers, **floats)


def _special_links(hydraulics: HydraulicArrays, n_scenarios: int) -> LinkArrays:
    """Return the laws of links beyond the ordinary pipes, a row per link and scenario."""
    order, links = hydraulics.nodes.order, hydraulics.links
    own = order.link[order.n_plain :]
    size = (links.curve[own, 1] - links.curve[own, 0]).repeat(n_scenarios)
    end = np.cumsum(np.append(0, size))
    rows = own.size * n_scenarios
    return LinkArrays(
        tail=order.tail[order.n_plain :],
        head=order.head[order.n_plain :],
        law=np.zeros(rows, dtype=np.uint8),
        resistance=np.zeros(rows),
        exponent=np.ones(rows),
        minor=np.zeros(rows),
        lift_m=np.zeros(rows),
        rough_share=np.zeros(rows),
        re_per_flow=np.zeros(rows),
        curve=np.ascontiguousarray(np.stack([end[:-1], end[1:]], axis=1), dtype=np.int32),
        point=np.zeros((int(end[-1]), 2)),
    )


def _outlet_workspace(hydraulics: HydraulicArrays, n_scenarios: int) -> OutletWorkspace:
    """Return workspace for outlets."""
    outlets = hydraulics.outlets
    names = (
        "least_head_m",
        "coefficient",
        "resistance",
        "cap_m3s",
        "outflow_m3s",
        "conductance",
        "step",
    )
    return OutletWorkspace(
        place=hydraulics.nodes.order.place[outlets.node],
        exponent=outlets.exponent.copy(),
        both_ways=outlets.both_ways.copy(),
        **{name: np.zeros(outlets.node.size * n_scenarios) for name in names},
    )


def _valve_column(hydraulics: HydraulicArrays) -> Int32:
    """Return the places whose change of head gives the flow of valves that hold a pressure."""
    order, valves = hydraulics.nodes.order, hydraulics.valves
    row = order.row[np.concatenate([valves.link, valves.near[:, 1]])]
    place = np.unique(np.concatenate([order.tail[row], order.head[row]]))
    return columns_of(order.schedule, place[place < order.n_unknown])


def _valve_workspace(hydraulics: HydraulicArrays, n_scenarios: int) -> ValveArrays:
    """Return the valves that hold a pressure, in places and rows of the order."""
    order, valves = hydraulics.nodes.order, hydraulics.valves
    near = valves.near.copy()
    near[:, 1] = order.row[near[:, 1]]
    return valves._replace(
        link=order.row[valves.link],
        pin=order.place[valves.pin],
        other=order.place[valves.other],
        near=near,
        set_head_m=valves.set_head_m.repeat(n_scenarios),
        governed=valves.governed.repeat(n_scenarios),
        step=np.zeros(valves.link.size * n_scenarios),
        row_of_link=valves.row_of_link[order.link],
    )
