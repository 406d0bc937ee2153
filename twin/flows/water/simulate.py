"""Extended-period simulation: a row of steady solves joined by tanks."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.core.errors import CityDataError, Fault
from twin.flows.water.kernels.newton import CONVERGED
from twin.flows.water.network.kinds import TANK_KIND
from twin.flows.water.network.times import Times
from twin.flows.water.runs.kernels.scenarios import ReportArrays
from twin.flows.water.runs.scenario_runs import Task, Variations, delivered_m3s, run_blocks
from twin.flows.water.solve import SolveOptions

if TYPE_CHECKING:
    from twin.core.arrays import Bool, Float64
    from twin.flows.water.network.tables import WaterNetwork

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
    solves: int
    """Steady states solved, also between reported times."""
    unbalanced_steps: tuple[float, ...]
    """Times in s from which some solve of the step missed a limit."""
    still_pump_steps: tuple[float, ...]
    """Times in s from which an open pump of constant power was closed, as nothing beyond it could
    take water."""
    cut_off_steps: tuple[float, ...]
    """Times in s from which nodes were not supplied because the links that feed them are shut by
    pressure or at their limit. They are not `supplied`, their demand is not delivered."""
    tank_volumes_m3: pd.DataFrame
    """By tank, over its lowest level: `end` is `start` plus `inflow` less `spill`. The level of a
    full or empty tank stands at its limit, which it may have reached within a second."""
    oscillating_steps: tuple[float, ...]
    """Times in s from which some tank swings: its inflow has turned round at three solves in a row,
    on a link so wide that a step moves the level further than its head loss. Take shorter steps."""
    energy_residual_m: float
    """Worst of all solves accepted or flagged."""
    mass_residual_m3s: float


def simulate(
    net: WaterNetwork,
    duration_s: float | None = None,
    step_s: float | None = None,
    *,
    pressure_driven: bool | None = None,
    closed: Bool | None = None,
    options: SolveOptions | None = None,
) -> WaterResult:
    """Run a network over time.

    Tanks follow explicit Euler between solves, in whole seconds. A solve that finds no answer moves
    no tank, and where there are tanks every later step is listed as unbalanced, too. A solve is
    added where a pattern
    changes, a tank becomes full or empty (from when it can only give or only take), or a control
    or rule switches a link, as EPANET does.

    Parameters
    ----------
    net
        Network, started from its tanks' initial levels.
    duration_s
        Length of the run; 0 gives the first state alone. None takes the network's own, or 0.
    step_s
        Longest distance of solves, and distance of reported times. None takes the network's own
        for both, or an hour.
    pressure_driven
        Whether a junction gets less under its full pressure; None as the network says.
    closed
        True where a link is shut during the whole run, shape (n_links,).
    options
        Limits of the stop test.

    Raises
    ------
    CityDataError
        If times are not positive whole seconds.

    References
    ----------
    Rossman et al., 2020, "EPANET 2.2 User Manual", EPA/600/R-20/133, section 12.1.6.
    """
    times = run_times(net, duration_s, step_s)
    driven = net.pressure_driven if pressure_driven is None else pressure_driven
    shut = None if closed is None else np.asarray(closed, dtype=bool)[np.newaxis]
    limits = (options or SolveOptions()).limits()
    blocks = run_blocks(Task(net, times, limits, driven), Variations(closed=shut), 1)
    report, logs = blocks[0]
    return _result(net, ReportArrays(*(part[0] for part in report)), logs[0])


@functools.lru_cache(maxsize=32)
def _index(ids: tuple[str, ...]) -> pd.Index:
    """Return the columns of a table, which take longer to make than a small network to solve."""
    return pd.Index(list(ids))


def _result(net: WaterNetwork, report: ReportArrays, log: Float64) -> WaterResult:
    """Return a run in the user's words."""
    demand = delivered_m3s(net, report.flow_m3s, report.delivered_m3s)
    index = pd.Index(report.time_s, name="time_s")
    nodes, links = _index(net.node_id).view(), _index(net.link_id).view()  # each its own name

    def frame(values: Float64 | Bool, ids: pd.Index) -> pd.DataFrame:
        return pd.DataFrame(values, index=index, columns=ids)

    return WaterResult(
        head_m=frame(report.head_m, nodes),
        pressure_m=frame(report.head_m - net.elevation_m, nodes),
        demand_m3s=frame(demand, nodes),
        leak_m3s=frame(report.leak_m3s, nodes),
        flow_m3s=frame(report.flow_m3s, links),
        supplied=frame(report.supplied.astype(bool), nodes),
        iterations=pd.Series(report.iterations, index=index, name="iterations"),
        solves=len(log),
        unbalanced_steps=tuple(log[log[:, 1] != CONVERGED, 0].tolist()),
        still_pump_steps=tuple(log[log[:, 5] > 0, 0].tolist()),
        cut_off_steps=tuple(log[log[:, 6] > 0, 0].tolist()),
        tank_volumes_m3=pd.DataFrame(
            report.tank_m3,
            index=nodes[net.node_kind == TANK_KIND],
            columns=["start", "end", "inflow", "spill"],
        ),
        oscillating_steps=tuple(log[log[:, 7] > 0, 0].tolist()),
        energy_residual_m=float(log[:, 3].max()),
        mass_residual_m3s=float(log[:, 4].max()),
    )


def run_times(net: WaterNetwork, duration_s: float | None, step_s: float | None) -> Times:
    """Return the clock of a run, checked."""
    own = net.times or Times(pattern_step_s=round(net.pattern_step_s))
    duration = own.duration_s if duration_s is None else duration_s
    step = own.step_s if step_s is None else step_s
    faults: list[Fault] = []
    if not (np.isfinite(step) and step > 0.0):
        faults.append(Fault("step_s", f"= {step:g} is not above 0 s", "3600 is usual"))
    if not (np.isfinite(duration) and duration >= 0.0):
        faults.append(Fault("duration_s", f"= {duration:g} is below 0 s", "86400 is a day"))
    if not faults and duration / step > _MOST_PERIODS:
        what = f"= {step:g} s cuts {duration:g} s into over {_MOST_PERIODS} steps"
        faults.append(Fault("step_s", what, "take longer steps or a shorter run"))
    for name, value in (("duration_s", duration), ("step_s", step)):
        if not faults and value != round(value):
            what = f"= {value:g} s is no whole number of seconds"
            faults.append(Fault(name, what, "events fall on whole seconds"))
    if faults:
        raise CityDataError(faults)
    found = replace(own, duration_s=round(duration), step_s=round(step))
    if step_s is not None:
        found = replace(found, report_step_s=round(step), report_start_s=0)
    return replace(found, report_last=duration_s is not None or net.times is None)
