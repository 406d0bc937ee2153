"""One steady solve: heads and flows for given demands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.errors import CityDataError, Fault
from twin.flows.base import SolveStatus
from twin.flows.water.hydraulics.arrays import (
    base_demand,
    empty_record,
    first_heads,
    hydraulic_arrays,
    starting_flow,
)
from twin.flows.water.hydraulics.workspace import empty_workspace
from twin.flows.water.kernels.newton import CONVERGED, Limits
from twin.flows.water.kernels.workspace import StateArrays
from twin.flows.water.network.kinds import JUNCTION_KIND
from twin.flows.water.runs.kernels.periods import run_periods_into

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64
    from twin.flows.water.kernels.workspace import WorkspaceArrays
    from twin.flows.water.network.tables import WaterNetwork
    from twin.flows.water.runs.kernels.periods import HydraulicArrays, RecordArrays

_CLOSED_FLOW_M3S = 1.0e-7  # a one-way link shut by pressure passes less than this


@final
@dataclass(frozen=True, slots=True)
class SolveOptions:
    """When a solve may stop. All three limits must hold at once."""

    energy_m: float = 1.0e-4
    """Largest head error of an open link or outlet."""
    mass_m3s: float = 1.0e-7
    """Largest flow error of a node."""
    flow_change_share: float = 1.0e-5
    """Sum of flow changes that links still ask for over the sum of flows."""
    max_iterations: int = 200

    def limits(self) -> Limits:
        """Return the limits as the kernels take them."""
        return Limits(
            float(self.energy_m),
            float(self.mass_m3s),
            float(self.flow_change_share),
            int(self.max_iterations),
        )


@final
@dataclass(frozen=True, slots=True, eq=False)
class WaterState:
    """Hydraulic state at one moment; node arrays (n_nodes,), link arrays (n_links,)."""

    head_m: Float64
    """At a node without supply its elevation."""
    pressure_m: Float64
    """Head over elevation; 0 at reservoirs, the level at tanks."""
    demand_m3s: Float64
    """Delivered at junctions; net inflow at reservoirs and tanks, as in EPANET."""
    leak_m3s: Float64
    flow_m3s: Float64
    supplied: Bool
    """False where no source can reach a node: nothing is delivered there."""
    status: SolveStatus
    iterations: int
    energy_residual_m: float
    mass_residual_m3s: float
    still_pumps: int
    """Open pumps of constant power closed for this state, as nothing beyond them can take water."""


def _checked(
    net: WaterNetwork, name: str, values: Float64 | Bool, size: int, faults: list[Fault]
) -> None:
    """File a fault where an array has another shape than the network, or is not finite."""
    if np.shape(values) != (size,):
        what = f"has shape {np.shape(values)}, the network has {size}"
        faults.append(Fault(name, what, f"order it as net.{name}"))
    elif not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values))[0])
        what = f"is {values[row]} in row {row} ({net.node_id[row]})"
        faults.append(Fault(name, what, "give a finite value"))


def fresh_state(
    net: WaterNetwork, hydraulics: HydraulicArrays, start: WaterState | None = None
) -> StateArrays:
    """Return a state to be improved: a cold guess, or the heads and flows of an earlier one."""
    head, flow = first_heads(net), starting_flow(net)
    if start is not None:
        junction = net.node_kind == JUNCTION_KIND
        head[junction] = start.head_m[junction]
        flow = start.flow_m3s.copy()
    return StateArrays(
        head_m=head,
        flow_m3s=flow,
        outflow_m3s=np.zeros(hydraulics.outlets.node.size),
        supplied=np.ones(net.n_nodes, dtype=np.uint8),
    )


def run_record(
    hydraulics: HydraulicArrays,
    period_s: Float64,
    state: StateArrays,
    options: SolveOptions,
    workspace: WorkspaceArrays | None = None,
) -> RecordArrays:
    """Run all periods from a state, which is used up.

    `workspace` is that of an earlier run of the same network with outlets at the same nodes; None
    makes one.
    """
    record = empty_record(period_s.size, state.head_m.size, state.flow_m3s.size)
    run_periods_into(
        hydraulics,
        period_s,
        options.limits(),
        workspace or empty_workspace(hydraulics),
        state,
        record,
    )
    return record


def state_of_row(net: WaterNetwork, record: RecordArrays, row: int) -> WaterState:
    """Return one row of a record in the user's words."""
    flow = record.flow_m3s[row]
    given = net.node_kind != JUNCTION_KIND
    net_inflow = np.bincount(net.head, flow, net.n_nodes) - np.bincount(net.tail, flow, net.n_nodes)
    barred = net.check_valve & (np.abs(flow) < _CLOSED_FLOW_M3S)
    supplied = record.supplied[row].astype(bool)
    status = SolveStatus.CONVERGED
    if record.status[row] != CONVERGED:
        status = SolveStatus.NOT_CONVERGED
    elif not supplied.all():
        status = SolveStatus.NO_SOURCE
    return WaterState(
        head_m=record.head_m[row].copy(),
        pressure_m=record.head_m[row] - net.elevation_m,
        demand_m3s=np.where(given, net_inflow, record.delivered_m3s[row]),
        leak_m3s=record.leak_m3s[row].copy(),
        flow_m3s=np.where(barred, 0.0, flow),
        supplied=supplied,
        status=status,
        iterations=int(record.iterations[row]),
        energy_residual_m=float(record.energy_m[row]),
        mass_residual_m3s=float(record.mass_m3s[row]),
        still_pumps=int(record.still_pumps[row]),
    )


def solve(
    net: WaterNetwork,
    demand_m3s: Float64 | None = None,
    *,
    pressure_driven: bool = False,
    closed: Bool | None = None,
    start: WaterState | None = None,
    options: SolveOptions | None = None,
) -> WaterState:
    """Find heads and flows for one set of demands by the global gradient algorithm.

    Parameters
    ----------
    net
        Network.
    demand_m3s
        Demand of every node, shape (n_nodes,), positive out; None takes the base demands.
    pressure_driven
        Whether a junction gets less under its full pressure (Wagner et al., 1988).
    closed
        True where a link is shut, shape (n_links,), beside those shut in the network.
    start
        Earlier state to begin from; changes the number of iterations, the answer only within
        the limits.
    options
        Limits of the stop test.

    Returns
    -------
    WaterState
        `status` is NO_SOURCE if a part has no source (its demand is not delivered, the rest is
        solved), NOT_CONVERGED if a limit was not met. No value is ever NaN.

    Raises
    ------
    CityDataError
        If an array has another shape than the network, or a demand is not finite.

    References
    ----------
    Todini & Pilati, 1988, in Computer Applications in Water Supply 1, Research Studies Press.
    Wagner, Shamir & Marks, 1988, J. Water Resour. Plann. Manage. 114(3), 276-294.
    """
    faults: list[Fault] = []
    if demand_m3s is not None:
        _checked(net, "demand_m3s", demand_m3s, net.n_nodes, faults)
    if closed is not None:
        _checked(net, "is_open", closed, net.n_links, faults)
    if faults:
        raise CityDataError(faults)
    n_patterns = len(net.patterns)
    hydraulics = hydraulic_arrays(
        net, np.ones((1, n_patterns)), pressure_driven=pressure_driven, closed=closed
    )
    wanted = base_demand(net)
    if demand_m3s is not None:
        junction = net.node_kind == JUNCTION_KIND
        wanted = np.where(junction, np.asarray(demand_m3s, dtype=float), 0.0)
    if demand_m3s is not None or net.more_node.size:
        hydraulics = hydraulics._replace(demands=hydraulics.demands._replace(base_m3s=wanted))
    state = fresh_state(net, hydraulics, start)
    record = run_record(hydraulics, np.zeros(1), state, options or SolveOptions())
    return state_of_row(net, record, 0)
