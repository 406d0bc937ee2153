"""Runs side by side: from scenarios of one network to their arrays, and back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, final

import numpy as np

from twin.flows.water.hydraulics.arrays import hydraulic_arrays
from twin.flows.water.hydraulics.workspace import empty_workspace
from twin.flows.water.kernels.headloss import POWER_LAW, QUADRATIC
from twin.flows.water.network.kinds import JUNCTION_KIND, PIPE_KIND
from twin.flows.water.runs.kernels.events import run_scenarios_into
from twin.flows.water.runs.kernels.scenarios import ALIVE, N_COUNTS, SOLVES, OwnArrays
from twin.flows.water.runs.schedule import empty_report, schedule_arrays
from twin.flows.water.solve import fresh_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.core.arrays import Bool, Float64
    from twin.flows.water.kernels.newton import Limits
    from twin.flows.water.network.tables import WaterNetwork
    from twin.flows.water.network.times import Times
    from twin.flows.water.runs.kernels.periods import HydraulicArrays
    from twin.flows.water.runs.kernels.scenarios import ReportArrays, ScheduleArrays

_ONE = (0,)
_EIGHT = (0, 1, 2, 3, 4, 5, 6, 7)
"""Eight scenarios are one cache line, and two vectors, of numbers; sixteen were no faster."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Variations:
    """What scenarios change; first axis the scenario, None where nothing changes."""

    demand: Float64 | None = None
    """Factor of each node's demand, shape (n_scenarios, n_nodes)."""
    roughness: Float64 | None = None
    """Factor of each link's roughness, shape (n_scenarios, n_links)."""
    leak: Float64 | None = None
    """Factor of what leaks at each node, shape (n_scenarios, n_nodes)."""
    speed: Float64 | None = None
    """Factor of each link's pump speed, shape (n_scenarios, n_links)."""
    closed: Bool | None = None
    """True where a link is shut for good, shape (n_scenarios, n_links)."""

    def rows(self, first: int, end: int) -> Variations:
        """Return some of the scenarios."""
        values = (getattr(self, field.name) for field in fields(self))
        return Variations(*(None if value is None else value[first:end] for value in values))


@final
@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What all scenarios of a run have in common."""

    net: WaterNetwork
    times: Times
    limits: Limits
    pressure_driven: bool


type Block = tuple[ReportArrays, list[Float64]]
"""Report of some scenarios, and each scenario's log."""


def run_blocks(
    task: Task, variations: Variations, n_scenarios: int, *, threads: int = 1
) -> list[Block]:
    """Run all scenarios in blocks, spread over threads."""
    blocks = prepare_blocks(task, variations, n_scenarios)
    if threads == 1 or len(blocks) == 1:
        return [block() for block in blocks]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda block: block(), blocks))


def prepare_blocks(
    task: Task, variations: Variations, n_scenarios: int
) -> list[Callable[[], Block]]:
    """Return blocks of scenarios ready to run once, each with arrays of its own."""
    lanes = _ONE if n_scenarios == 1 else _EIGHT
    blocks = []
    for first in range(0, n_scenarios, len(lanes)):
        end = min(first + len(lanes), n_scenarios)
        blocks.append(_prepare_block(task, variations.rows(first, end), lanes, end - first))
    return blocks


def _prepare_block(
    task: Task, variations: Variations, lanes: tuple[int, ...], n: int
) -> Callable[[], Block]:
    """Return one block, which is filled up if it has fewer than its size; the first n count."""
    net = task.net
    constant = np.ones((1, len(net.patterns)))
    hydraulics = hydraulic_arrays(net, constant, pressure_driven=task.pressure_driven)
    schedule = schedule_arrays(net, task.times)
    own = own_arrays(net, hydraulics, schedule, variations, len(lanes), n)
    report = empty_report(task.times, net, len(lanes))
    workspace = empty_workspace(hydraulics, len(lanes))

    def run() -> Block:
        log = run_scenarios_into(lanes, hydraulics, schedule, own, task.limits, workspace, report)
        return report, [log[scenario, : own.counts[scenario, SOLVES]] for scenario in range(n)]

    return run


def own_arrays(
    net: WaterNetwork,
    hydraulics: HydraulicArrays,
    schedule: ScheduleArrays,
    variations: Variations,
    n_scenarios: int,
    n: int,
) -> OwnArrays:
    """Return what each scenario has of its own; the first n count."""

    def copies(values: np.ndarray) -> np.ndarray:
        return np.repeat(values[np.newaxis], n_scenarios, axis=0)

    state = fresh_state(net, hydraulics)
    links, switches, nodes = hydraulics.links, schedule.switches, np.zeros(net.n_nodes)
    own = OwnArrays(
        law=copies(links.law),
        resistance=copies(links.resistance),
        minor=copies(links.minor),
        lift_m=copies(links.lift_m),
        rough_share=copies(links.rough_share),
        point=copies(links.point),
        way=copies(hydraulics.way),
        set_head_m=copies(hydraulics.valves.set_head_m),
        governed=copies(hydraulics.valves.governed),
        cap_m3s=copies(hydraulics.outlets.cap_m3s),
        coefficient=copies(hydraulics.outlets.coefficient),
        base_m3s=copies(hydraulics.demands.base_m3s),
        more_m3s=copies(schedule.clock.more_m3s),
        is_open=copies(switches.is_open),
        shut=copies(switches.shut),
        setting=copies(switches.setting),
        locked=copies(switches.locked),
        full_resistance=copies(switches.resistance),
        full_lift_m=copies(switches.lift_m),
        full_point=copies(switches.point),
        head_m=copies(state.head_m),
        flow_m3s=copies(state.flow_m3s),
        outflow_m3s=copies(state.outflow_m3s),
        supplied=copies(state.supplied),
        demand_m3s=copies(nodes),
        net_inflow_m3s=copies(nodes),
        last_inflow_m3s=copies(np.zeros(hydraulics.tanks.node.size)),
        turns=copies(np.zeros(hydraulics.tanks.node.size, dtype=np.int64)),
        solve_way=copies(hydraulics.way),
        counts=np.zeros((n_scenarios, N_COUNTS), dtype=np.int64),
    )
    own.counts[:n, ALIVE] = 1
    _vary(net, hydraulics, schedule, variations, own, n)
    return own


def _vary(
    net: WaterNetwork,
    hydraulics: HydraulicArrays,
    schedule: ScheduleArrays,
    variations: Variations,
    own: OwnArrays,
    n: int,
) -> None:
    """Change the first n scenarios by their factors, in place."""
    if variations.demand is not None:
        own.base_m3s[:n] *= variations.demand
        own.more_m3s[:n] *= variations.demand[:, schedule.clock.more_node]
    if variations.roughness is not None:
        _vary_roughness(net, hydraulics, variations.roughness, own, n)
    if variations.leak is not None:
        node = hydraulics.outlets.node
        leaks = hydraulics.demands.outlet[node] != np.arange(node.size)
        own.coefficient[:n, leaks] *= variations.leak[:, node[leaks]]
    if variations.speed is not None:
        _vary_speed(net, hydraulics, variations.speed, own, n)
    if variations.closed is not None:
        own.is_open[:n][variations.closed] = 0
        own.locked[:n][variations.closed] = 1


def _vary_roughness(
    net: WaterNetwork, hydraulics: HydraulicArrays, factor: Float64, own: OwnArrays, n: int
) -> None:
    """Give pipes another roughness: Hazen-Williams' C, Manning's n or the height of sand."""
    pipe = net.link_kind == PIPE_KIND
    law = hydraulics.links.law
    smooth, rough = pipe & (law == POWER_LAW), pipe & (law == QUADRATIC)
    own.resistance[:n, smooth] *= factor[:, smooth] ** -hydraulics.links.exponent[smooth]
    own.resistance[:n, rough] *= factor[:, rough] ** 2
    own.rough_share[:n, pipe] *= factor[:, pipe]


def _vary_speed(
    net: WaterNetwork, hydraulics: HydraulicArrays, factor: Float64, own: OwnArrays, n: int
) -> None:
    """Give pumps another full speed by the affinity laws; a speed of 0 stops a pump for good."""
    pump = np.flatnonzero(net.is_pump)
    turning = np.where(factor > 0.0, factor, 1.0)
    exponent = hydraulics.links.exponent[pump]
    own.full_lift_m[:n, pump] *= turning[:, pump] ** 2
    own.full_resistance[:n, pump] *= turning[:, pump] ** (2.0 - exponent)
    for k in pump.tolist():
        first, end = hydraulics.links.curve[k]
        own.full_point[:n, first:end, 0] *= turning[:, k, np.newaxis]
        own.full_point[:n, first:end, 1] *= turning[:, k, np.newaxis] ** 2
    stopped = np.zeros(factor.shape, dtype=bool)
    stopped[:, net.is_pump] = factor[:, net.is_pump] <= 0.0
    own.is_open[:n][stopped] = 0
    own.locked[:n][stopped] = 1


def delivered_m3s(net: WaterNetwork, flow_m3s: Float64, delivered: Float64) -> Float64:
    """Return what junctions get, and the net inflow of reservoirs and tanks, (..., n_nodes)."""
    out = delivered.copy()
    given = np.flatnonzero(net.node_kind != JUNCTION_KIND)
    for node in given.tolist():
        into, from_ = net.head == node, net.tail == node
        out[..., node] = flow_m3s[..., into].sum(axis=-1) - flow_m3s[..., from_].sum(axis=-1)
    return out
