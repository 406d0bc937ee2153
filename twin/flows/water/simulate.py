"""Extended-period simulation: a row of steady solves joined by tanks."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd

from twin.core.errors import CityDataError, Fault
from twin.flows.water.network.kinds import TANK_KIND
from twin.flows.water.network.times import Times
from twin.flows.water.runs.outputs import LINK_OUTPUTS, OUTPUTS, Choice
from twin.flows.water.runs.results import kept
from twin.flows.water.runs.scenario_runs import Task, Variations, run_scenarios
from twin.flows.water.solve import SolveOptions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twin.core.arrays import Bool
    from twin.flows.water.network.tables import WaterNetwork
    from twin.flows.water.runs.results import Results
    from twin.flows.water.runs.scenario_runs import RunLog

_MOST_PERIODS = 1_000_000


@final
@dataclass(frozen=True, slots=True, eq=False)
class WaterResult:
    """A run: one row per reported time, one column per node or link."""

    series: Mapping[str, pd.DataFrame]
    """The outputs that were kept; the properties below give them, too."""
    reduced: Mapping[str, pd.Series]
    """The reductions by their names, by node or link."""
    iterations: pd.Series
    """Of all solves since the reported time before."""
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

    @property
    def head_m(self) -> pd.DataFrame:
        """Head at nodes."""
        return kept(self.series, "head_m")

    @property
    def pressure_m(self) -> pd.DataFrame:
        """Head over elevation."""
        return kept(self.series, "pressure_m")

    @property
    def demand_m3s(self) -> pd.DataFrame:
        """Delivered at junctions; net inflow at reservoirs and tanks, as in EPANET."""
        return kept(self.series, "demand_m3s")

    @property
    def leak_m3s(self) -> pd.DataFrame:
        """What leaks at nodes."""
        return kept(self.series, "leak_m3s")

    @property
    def flow_m3s(self) -> pd.DataFrame:
        """Flow of links, positive from tail to head."""
        return kept(self.series, "flow_m3s")

    @property
    def supplied(self) -> pd.DataFrame:
        """False where no source can reach a node."""
        return kept(self.series, "supplied")


def simulate(  # noqa: PLR0913 - options by name, all with defaults
    net: WaterNetwork,
    duration_s: float | None = None,
    step_s: float | None = None,
    *,
    pressure_driven: bool | None = None,
    closed: Bool | None = None,
    options: SolveOptions | None = None,
    outputs: Sequence[str] | None = None,
    nodes: Sequence[str] | None = None,
    links: Sequence[str] | None = None,
    times: Sequence[float] | None = None,
    reductions: Mapping[str, Sequence[str | float]] | None = None,
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
    outputs, nodes, links, times, reductions
        What is kept, as in `simulate_ensemble`; None keeps all and reduces nothing.

    Raises
    ------
    CityDataError
        If times are not positive whole seconds, or what is chosen is not there.

    References
    ----------
    Rossman et al., 2020, "EPANET 2.2 User Manual", EPA/600/R-20/133, section 12.1.6.
    """
    clock = run_times(net, duration_s, step_s)
    faults: list[Fault] = []
    selection = Choice(outputs, nodes, links, times, reductions).rows(net, clock, OUTPUTS, faults)
    if faults:
        raise CityDataError(faults)
    driven = net.pressure_driven if pressure_driven is None else pressure_driven
    shut = None if closed is None else np.asarray(closed, dtype=bool)[np.newaxis]
    limits = (options or SolveOptions()).limits()
    task = Task(net, clock, limits, driven, selection)
    results, logs = run_scenarios(task, Variations(closed=shut), 1)
    return _result(net, results, logs[0])


@functools.lru_cache(maxsize=32)
def _index(ids: tuple[str, ...]) -> pd.Index:
    """Return the columns of a table, which take longer to make than a small network to solve."""
    return pd.Index(list(ids))


def _result(net: WaterNetwork, results: Results, log: RunLog) -> WaterResult:
    """Return a run in the user's words."""
    report, selection = results.report, results.selection
    at = selection.kept_row >= 0
    index = pd.Index(report.time_s[0][at], name="time_s")
    nodes, links = _columns(net.node_id, selection.node), _columns(net.link_id, selection.link)

    def columns(output: str) -> pd.Index:
        return (links if output in LINK_OUTPUTS else nodes).view()  # each its own name

    return WaterResult(
        series={
            name: pd.DataFrame(values[0], index=index, columns=columns(name), copy=False)
            for name, values in results.series().items()
        },
        reduced={
            name: pd.Series(values[0], index=columns(selection.reductions[name].output), name=name)
            for name, values in results.reduced().items()
        },
        iterations=pd.Series(report.iterations[0][at], index=index, name="iterations"),
        solves=log.solves,
        unbalanced_steps=log.unbalanced_s,
        still_pump_steps=log.still_pump_s,
        cut_off_steps=log.cut_off_s,
        tank_volumes_m3=pd.DataFrame(
            report.tank_m3[0],
            index=_columns(net.node_id, np.flatnonzero(net.node_kind == TANK_KIND)),
            columns=["start", "end", "inflow", "spill"],
        ),
        oscillating_steps=log.oscillating_s,
        energy_residual_m=log.energy_residual_m,
        mass_residual_m3s=log.mass_residual_m3s,
    )


def _columns(ids: tuple[str, ...], rows: np.ndarray) -> pd.Index:
    """Return the names of some rows."""
    every = _index(ids)
    return every.view() if len(rows) == len(every) and (np.diff(rows) > 0).all() else every[rows]


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
