"""Extended-period simulation: a row of steady solves joined by tanks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.core.errors import CityDataError, Fault
from twin.flows.water.kernels import CONVERGED
from twin.flows.water.network import JUNCTION_KIND
from twin.flows.water.plant import plant_arrays
from twin.flows.water.solver import SolveOptions, fresh_state, run_record

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64
    from twin.flows.water.network import WaterNetwork

_MOST_PERIODS = 1_000_000


@final
@dataclass(frozen=True, slots=True, eq=False)
class WaterResult:
    """A run: one row per reported time, one column per node or link."""

    head_m: pd.DataFrame
    pressure_m: pd.DataFrame
    demand_m3s: pd.DataFrame
    """Delivered at junctions; net inflow at reservoirs and tanks, as in EPANET."""
    leak_m3s: pd.DataFrame
    flow_m3s: pd.DataFrame
    supplied: pd.DataFrame
    """False where no source can reach a node."""
    iterations: pd.Series
    unbalanced_steps: tuple[float, ...]
    """Times in s from which some solve of the step missed a limit."""
    energy_residual_m: float
    """Worst of all solves accepted or flagged."""
    mass_residual_m3s: float


def simulate(
    net: WaterNetwork,
    duration_s: float = 0.0,
    step_s: float = 3600.0,
    *,
    pressure_driven: bool = False,
    closed: Bool | None = None,
    options: SolveOptions | None = None,
) -> WaterResult:
    """Run a network over time.

    Tanks follow explicit Euler between solves; a solve is added at the moment a tank becomes full
    or empty, from when it can only give or only take. Demands and reservoir heads follow their
    patterns.

    Parameters
    ----------
    net
        Network, started from its tanks' initial levels.
    duration_s
        Length of the run; 0 gives the first state alone.
    step_s
        Distance of solves and of reported times.
    pressure_driven
        Whether a junction gets less under its full pressure.
    closed
        True where a link is shut during the whole run, shape (n_links,).
    options
        Limits of the stop test.

    Raises
    ------
    CityDataError
        If times are not positive, or a pattern changes within a step.
    """
    time_s = _times(net, duration_s, step_s)
    plant = plant_arrays(net, net.factors(time_s), pressure_driven=pressure_driven, closed=closed)
    period_s = np.append(np.diff(time_s), 0.0)
    state = fresh_state(net, plant)
    record = run_record(plant, period_s, state, options or SolveOptions())
    given = net.node_kind != JUNCTION_KIND
    demand = np.where(given, _net_inflow(net, record.flow_m3s), record.delivered_m3s)
    index = pd.Index(time_s, name="time_s")

    def frame(values: Float64 | Bool, ids: tuple[str, ...]) -> pd.DataFrame:
        return pd.DataFrame(values, index=index, columns=list(ids))

    return WaterResult(
        head_m=frame(record.head_m, net.node_id),
        pressure_m=frame(record.head_m - net.elevation_m, net.node_id),
        demand_m3s=frame(demand, net.node_id),
        leak_m3s=frame(record.leak_m3s, net.node_id),
        flow_m3s=frame(record.flow_m3s, net.link_id),
        supplied=frame(record.supplied.astype(bool), net.node_id),
        iterations=pd.Series(record.iterations, index=index, name="iterations"),
        unbalanced_steps=tuple(time_s[record.status != CONVERGED].tolist()),
        energy_residual_m=float(record.energy_m.max()),
        mass_residual_m3s=float(record.mass_m3s.max()),
    )


def _times(net: WaterNetwork, duration_s: float, step_s: float) -> Float64:
    """Return the reported times; the last step may be shorter."""
    faults: list[Fault] = []
    if not (np.isfinite(step_s) and step_s > 0.0):
        faults.append(Fault("step_s", f"= {step_s:g} is not above 0 s", "3600 is usual"))
    if not (np.isfinite(duration_s) and duration_s >= 0.0):
        faults.append(Fault("duration_s", f"= {duration_s:g} is below 0 s", "86400 is a day"))
    if not faults and duration_s / step_s > _MOST_PERIODS:
        what = f"= {step_s:g} s cuts {duration_s:g} s into over {_MOST_PERIODS} steps"
        faults.append(Fault("step_s", what, "take longer steps or a shorter run"))
    patterned = any(pattern.size > 1 for pattern in net.patterns)
    if not faults and patterned and duration_s > 0.0:
        share = net.pattern_step_s / step_s
        if abs(share - round(share)) > 1e-9 or share < 1.0:  # noqa: PLR2004 - round-off
            what = f"= {step_s:g} s does not divide the pattern step of {net.pattern_step_s:g} s"
            faults.append(Fault("step_s", what, "take the pattern step or a whole part of it"))
    if faults:
        raise CityDataError(faults)
    whole = int(np.floor(duration_s / step_s + 1e-9))
    times: Float64 = np.arange(whole + 1, dtype=np.float64) * float(step_s)
    return np.append(times, duration_s) if duration_s - times[-1] > 1e-6 * step_s else times


def _net_inflow(net: WaterNetwork, flow_m3s: Float64) -> Float64:
    """Return the flow links bring to every node, shape (n_times, n_nodes)."""
    out = np.zeros((net.n_nodes, flow_m3s.shape[0]))
    np.add.at(out, net.head, flow_m3s.T)
    np.subtract.at(out, net.tail, flow_m3s.T)
    return out.T
