"""Runs side by side: from scenarios of one network to their arrays, and back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.flows.water.hydraulics.arrays import hydraulic_arrays
from twin.flows.water.hydraulics.workspace import empty_workspace
from twin.flows.water.kernels.headloss import POWER_LAW, QUADRATIC
from twin.flows.water.kernels.newton import CONVERGED
from twin.flows.water.network.kinds import PIPE_KIND
from twin.flows.water.runs.kernels.events import run_scenarios_into
from twin.flows.water.runs.kernels.scenarios import ALIVE, N_COUNTS, SOLVES, OwnArrays
from twin.flows.water.runs.results import empty_results
from twin.flows.water.runs.schedule import schedule_arrays
from twin.flows.water.solve import fresh_state

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64
    from twin.flows.water.kernels.newton import Limits
    from twin.flows.water.kernels.workspace import StateArrays
    from twin.flows.water.network.tables import WaterNetwork
    from twin.flows.water.network.times import Times
    from twin.flows.water.runs.kernels.periods import HydraulicArrays
    from twin.flows.water.runs.kernels.scenarios import ScheduleArrays
    from twin.flows.water.runs.outputs import Selection
    from twin.flows.water.runs.results import Results

_ONE = (0,)
_EIGHT = (0, 1, 2, 3, 4, 5, 6, 7)
"""Eight scenarios are one cache line, and two vectors, of numbers; sixteen were no faster."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """A factor of some nodes or links in each scenario, 1 for the others."""

    values: Float64
    """Shape (n_scenarios, 1) or (n_scenarios, n_some)."""
    rows: Bool
    """Shape (n_nodes,) or (n_links,), True for the some."""

    def part(self, first: int, end: int) -> Float64:
        """Return the factors of some scenarios for all rows."""
        spread = np.ones((end - first, self.rows.size))
        spread[:, self.rows] = self.values[first:end]
        return spread


@final
@dataclass(frozen=True, slots=True, eq=False)
class Variations:
    """What scenarios change; None where nothing changes."""

    demand: Factor | None = None
    """Of each node's demand."""
    roughness: Factor | None = None
    """Of each link's roughness."""
    leak: Factor | None = None
    """Of what leaks at each node."""
    speed: Factor | None = None
    """Of each link's pump speed."""
    closed: Bool | None = None
    """True where a link is shut for good, shape (n_scenarios, n_links)."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What all scenarios of a run have in common."""

    net: WaterNetwork
    times: Times
    limits: Limits
    pressure_driven: bool
    selection: Selection


@final
@dataclass(frozen=True, slots=True, eq=False)
class RunLog:
    """What a scenario's run states of its solves."""

    solves: int
    unbalanced_s: tuple[float, ...]
    still_pump_s: tuple[float, ...]
    cut_off_s: tuple[float, ...]
    oscillating_s: tuple[float, ...]
    energy_residual_m: float
    mass_residual_m3s: float

    @classmethod
    def of(cls, log: Float64) -> RunLog:
        """Read a log of the kernels, a row per solve."""
        return cls(
            solves=len(log),
            unbalanced_s=tuple(log[log[:, 1] != CONVERGED, 0].tolist()),
            still_pump_s=tuple(log[log[:, 5] > 0, 0].tolist()),
            cut_off_s=tuple(log[log[:, 6] > 0, 0].tolist()),
            oscillating_s=tuple(log[log[:, 7] > 0, 0].tolist()),
            energy_residual_m=float(log[:, 3].max()),
            mass_residual_m3s=float(log[:, 4].max()),
        )


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Base:
    """Arrays of a network that all blocks start from."""

    hydraulics: HydraulicArrays
    schedule: ScheduleArrays
    state: StateArrays

    @classmethod
    def of(cls, task: Task) -> _Base:
        """Make them."""
        constant = np.ones((1, len(task.net.patterns)))
        hydraulics = hydraulic_arrays(task.net, constant, pressure_driven=task.pressure_driven)
        schedule = schedule_arrays(task.net, task.times)
        return cls(hydraulics, schedule, fresh_state(task.net, hydraulics))

    def own(self) -> tuple[HydraulicArrays, ScheduleArrays]:
        """Return them for one block, with scratch of its own."""
        demands, rules = self.hydraulics.demands, self.schedule.rules
        valves = self.hydraulics.valves
        return (
            self.hydraulics._replace(
                demands=demands._replace(factor=demands.factor.copy()),
                valves=valves._replace(step=valves.step.copy()),
            ),
            self.schedule._replace(
                rules=rules._replace(rank=rules.rank.copy(), chosen=rules.chosen.copy())
            ),
        )


def run_scenarios(
    task: Task, variations: Variations, n_scenarios: int, *, threads: int = 1
) -> tuple[Results, list[RunLog]]:
    """Run all scenarios in blocks, spread over threads; memory holds results and running blocks."""
    results = empty_results(task.net, task.times, task.selection, n_scenarios)
    lanes = _ONE if n_scenarios == 1 else _EIGHT
    base = _Base.of(task)

    def run(first: int) -> list[RunLog]:
        end = min(first + len(lanes), n_scenarios)
        return _run_block(task, base, variations, lanes, (first, end), results)

    starts = range(0, n_scenarios, len(lanes))
    if threads == 1 or len(starts) == 1:
        logs = [run(first) for first in starts]
    else:
        with ThreadPoolExecutor(threads) as pool:
            logs = list(pool.map(run, starts))
    return results, [log for block in logs for log in block]


def _run_block(
    task: Task,
    base: _Base,
    variations: Variations,
    lanes: tuple[int, ...],
    span: tuple[int, int],
    results: Results,
) -> list[RunLog]:
    """Run one block, which is filled up if it has fewer scenarios than its size."""
    n = span[1] - span[0]
    hydraulics, schedule = base.own()
    own = own_arrays(task.net, base, variations, span, len(lanes))
    workspace = empty_workspace(hydraulics, len(lanes))
    report = results.part(*span)
    log = run_scenarios_into(lanes, hydraulics, schedule, own, task.limits, workspace, report)
    return [RunLog.of(log[scenario, : own.counts[scenario, SOLVES]]) for scenario in range(n)]


def own_arrays(
    net: WaterNetwork, base: _Base, variations: Variations, span: tuple[int, int], n_scenarios: int
) -> OwnArrays:
    """Return what each scenario of a span has of its own; others up to `n_scenarios` fill up."""
    hydraulics, schedule, state = base.hydraulics, base.schedule, base.state

    def copies(values: np.ndarray) -> np.ndarray:
        return np.repeat(values[np.newaxis], n_scenarios, axis=0)

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
        acts=copies(switches.acts),
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
    own.counts[: span[1] - span[0], ALIVE] = 1
    _vary(net, base, variations, span, own)
    return own


def _vary(
    net: WaterNetwork, base: _Base, variations: Variations, span: tuple[int, int], own: OwnArrays
) -> None:
    """Change the scenarios of a span by their factors, in place."""
    hydraulics, n = base.hydraulics, span[1] - span[0]
    if variations.demand is not None:
        factor = variations.demand.part(*span)
        own.base_m3s[:n] *= factor
        own.more_m3s[:n] *= factor[:, base.schedule.clock.more_node]
    if variations.roughness is not None:
        _vary_roughness(net, hydraulics, variations.roughness.part(*span), own, n)
    if variations.leak is not None:
        node = hydraulics.outlets.node
        leaks = hydraulics.demands.outlet[node] != np.arange(node.size)
        own.coefficient[:n, leaks] *= variations.leak.part(*span)[:, node[leaks]]
    if variations.speed is not None:
        _vary_speed(net, hydraulics, variations.speed.part(*span), own, n)
    if variations.closed is not None:
        closed = variations.closed[slice(*span)]
        own.is_open[:n][closed] = 0
        own.locked[:n][closed] = 1


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
