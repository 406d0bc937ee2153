"""Many scenarios of one network at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.errors import CityDataError, Fault
from twin.flows.water.network.kinds import JUNCTION_KIND, PIPE_KIND
from twin.flows.water.runs.outputs import OUTPUTS, Choice
from twin.flows.water.runs.parquet import write_ensemble
from twin.flows.water.runs.results import kept
from twin.flows.water.runs.scenario_runs import Factor, Task, Variations, run_scenarios
from twin.flows.water.simulate import run_times
from twin.flows.water.solve import SolveOptions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike

    from twin.core.arrays import Bool, Float64, Int32, Int64
    from twin.flows.water.network.tables import WaterNetwork
    from twin.flows.water.runs.outputs import Reduction
    from twin.flows.water.runs.results import Results
    from twin.flows.water.runs.scenario_runs import RunLog

_USUAL = tuple(name for name in OUTPUTS if name != "pressure_m")
"""Outputs that are kept unless others are named; pressure follows from the head."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class WaterEnsemble:
    """Runs of all scenarios; the first axis is the scenario, the second the reported time."""

    node_id: tuple[str, ...]
    """The nodes that were chosen, all by default; so are `link_id` and `time_s`."""
    link_id: tuple[str, ...]
    elevation_m: Float64
    """Shape (n_nodes,)."""
    time_s: Int64
    """Shape (n_times,), the same for all scenarios."""
    series: Mapping[str, np.ndarray]
    """The outputs that were kept, shape (n_scenarios, n_times, n_nodes) or, of links,
    (n_scenarios, n_times, n_links); the properties below give them, too."""
    reduced: Mapping[str, Float64]
    """The reductions by their names, shape (n_scenarios, n_nodes) or (n_scenarios, n_links)."""
    reductions: Mapping[str, Reduction]
    """What each of `reduced` is."""
    iterations: Int32
    """Shape (n_scenarios, n_times), of all solves since the reported time before."""
    solves: Int32
    """Shape (n_scenarios,), as are the worst residuals."""
    energy_residual_m: Float64
    mass_residual_m3s: Float64
    unbalanced_steps: tuple[tuple[float, ...], ...]
    """For each scenario the times in s from which some solve missed a limit."""
    still_pump_steps: tuple[tuple[float, ...], ...]
    """For each scenario as `WaterResult.still_pump_steps`."""
    cut_off_steps: tuple[tuple[float, ...], ...]
    """For each scenario as `WaterResult.cut_off_steps`."""
    oscillating_steps: tuple[tuple[float, ...], ...]
    """For each scenario as `WaterResult.oscillating_steps`."""

    @property
    def head_m(self) -> Float64:
        """Head at nodes, shape (n_scenarios, n_times, n_nodes)."""
        return kept(self.series, "head_m")

    @property
    def pressure_m(self) -> Float64:
        """Head over elevation, shape (n_scenarios, n_times, n_nodes)."""
        if "pressure_m" not in self.series and "head_m" in self.series:
            return self.head_m - self.elevation_m
        return kept(self.series, "pressure_m")

    @property
    def demand_m3s(self) -> Float64:
        """Delivered at junctions; net inflow at reservoirs and tanks, as in EPANET."""
        return kept(self.series, "demand_m3s")

    @property
    def leak_m3s(self) -> Float64:
        """What leaks at nodes, shape (n_scenarios, n_times, n_nodes)."""
        return kept(self.series, "leak_m3s")

    @property
    def supplied(self) -> Bool:
        """False where no source can reach a node, shape (n_scenarios, n_times, n_nodes)."""
        return kept(self.series, "supplied")

    @property
    def flow_m3s(self) -> Float64:
        """Flow of links, positive from tail to head, shape (n_scenarios, n_times, n_links)."""
        return kept(self.series, "flow_m3s")

    def to_parquet(self, folder: str | Path) -> tuple[Path, ...]:
        """Write `nodes.parquet` and `links.parquet`, a row per scenario, time and node or link.

        Reductions go to `node_reductions.parquet` and `link_reductions.parquet`, a row per scenario
        and node or link. Each scenario is a row group, so that memory holds one at a time. Returns
        the paths of the files, without those that would have no column.
        """
        return write_ensemble(self, Path(folder))


def simulate_ensemble(  # noqa: PLR0913 - options by name, all with defaults
    net: WaterNetwork,
    *,
    demand_multiplier: ArrayLike | None = None,
    roughness_multiplier: ArrayLike | None = None,
    leak_multiplier: ArrayLike | None = None,
    pump_speed: ArrayLike | None = None,
    closed: ArrayLike | None = None,
    duration_s: float | None = None,
    step_s: float | None = None,
    pressure_driven: bool | None = None,
    options: SolveOptions | None = None,
    threads: int = 1,
    outputs: Sequence[str] | None = None,
    nodes: Sequence[str] | None = None,
    links: Sequence[str] | None = None,
    times: Sequence[float] | None = None,
    reductions: Mapping[str, Sequence[str | float]] | None = None,
) -> WaterEnsemble:
    """Run many scenarios of one network over time.

    All scenarios share one order of elimination and are solved eight at a time; each has its own
    clock, controls, tank events and stop test. The results of a scenario are the same, bit for
    bit, whatever the number of threads and of scenarios beside it.

    All results are kept unless the caller chooses: 10,000 scenarios of a day of 1,000 nodes and
    links by the hour are 8 GB, their lowest pressures 80 MB.

    Parameters
    ----------
    net
        Network of all scenarios.
    demand_multiplier
        Factor of demand, shape (n_scenarios,) or (n_scenarios, n_junctions), junctions in the
        order of the network.
    roughness_multiplier
        Factor of the pipes' roughness (the coefficient C of Hazen-Williams, which falls with
        wear; sand or Manning's n, which grow), shape (n_scenarios,) or (n_scenarios, n_pipes).
    leak_multiplier
        Factor of holes, emitters and background leakage, (n_scenarios,) or
        (n_scenarios, n_junctions).
    pump_speed
        Factor of the speed of pumps, (n_scenarios,) or (n_scenarios, n_pumps): lift with its
        square, flow with itself. 0 stops a pump. Pumps of constant power only stop.
    closed
        True where a link is shut during the whole run, (n_scenarios, n_links).
    duration_s, step_s, pressure_driven, options
        As in `simulate`, for all scenarios.
    threads
        Threads of Python that share the blocks of scenarios.
    outputs
        Outputs that are kept at the reported times, of head_m, pressure_m, demand_m3s, leak_m3s,
        supplied (nodes) and flow_m3s (links). None keeps all; an empty list none, where
        reductions suffice.
    nodes, links
        Names of the nodes and links whose outputs and reductions are kept, in this order. None
        keeps all.
    times
        Reported times in s at which outputs are kept. None keeps all.
    reductions
        What outputs are reduced to over all reported times while the run goes on, by a name of
        the caller's: ("pressure_m", "min"), also "max", "mean", "integral" (unit of the output
        times s), and, with a limit in the unit of the output, ("pressure_m", "hours_below", 20.0)
        or "hours_above". For the last three, a value stands from its reported time to the next;
        `supplied` counts as 1 and 0.

    Raises
    ------
    CityDataError
        If shapes do not fit, a factor is not allowed, times are not positive whole seconds, or
        what is chosen is not there.

    Examples
    --------
    >>> from twin.flows import water
    >>> net = water.read_inp("Net3.inp")  # doctest: +SKIP
    >>> found = water.simulate_ensemble(  # doctest: +SKIP
    ...     net,
    ...     demand_multiplier=[0.8, 1.0, 1.2],
    ...     outputs=["flow_m3s"],
    ...     links=["10", "335"],
    ...     reductions={"lowest_m": ("pressure_m", "min")},
    ... )
    >>> found.flow_m3s.shape, found.reduced["lowest_m"].shape  # doctest: +SKIP
    ((3, 169, 2), (3, 97))
    """
    clock = run_times(net, duration_s, step_s)
    faults: list[Fault] = []
    junction, pipe = net.node_kind == JUNCTION_KIND, net.link_kind == PIPE_KIND
    every = np.ones(net.n_links, dtype=bool)
    given = {
        "demand_multiplier": (demand_multiplier, junction),
        "roughness_multiplier": (roughness_multiplier, pipe),
        "leak_multiplier": (leak_multiplier, junction),
        "pump_speed": (pump_speed, net.is_pump),
        "closed": (closed, every),
    }
    arrays = {name: None if raw is None else np.asarray(raw) for name, (raw, _) in given.items()}
    n = _n_scenarios(arrays, faults)
    factors = {
        name: _factor(name, arrays[name], rows, n, faults) for name, (_, rows) in given.items()
    }
    if threads < 1:
        faults.append(Fault("threads", f"= {threads} is below 1", "1 runs all blocks in turn"))
    choice = Choice(outputs, nodes, links, times, reductions)
    selection = choice.rows(net, clock, _USUAL, faults)
    if faults:
        raise CityDataError(faults)
    shut = factors["closed"]
    variations = Variations(
        demand=factors["demand_multiplier"],
        roughness=factors["roughness_multiplier"],
        leak=factors["leak_multiplier"],
        speed=factors["pump_speed"],
        closed=None if shut is None else shut.values > 0.0,
    )
    driven = net.pressure_driven if pressure_driven is None else pressure_driven
    limits = (options or SolveOptions()).limits()
    task = Task(net, clock, limits, driven, selection)
    return _ensemble(net, *run_scenarios(task, variations, n, threads=threads))


def _n_scenarios(arrays: dict[str, np.ndarray | None], faults: list[Fault]) -> int:
    """Return the number of scenarios of the arrays."""
    sizes = {
        name: len(array) for name, array in arrays.items() if array is not None and array.ndim > 0
    }
    if not sizes or not min(sizes.values()):
        what = "has no scenario"
        faults.append(Fault("simulate_ensemble", what, "give one array with an entry for each"))
        return 0
    if len(set(sizes.values())) > 1:
        what = "have " + ", ".join(f"{name} {size}" for name, size in sizes.items()) + " scenarios"
        faults.append(Fault("simulate_ensemble", what, "give all arrays the same first axis"))
    return min(sizes.values())


def _factor(
    name: str, array: np.ndarray | None, rows: Bool, n: int, faults: list[Fault]
) -> Factor | None:
    """Return factors of some nodes or links; file what is wrong."""
    if array is None or n == 0:
        return None
    size = int(rows.sum())
    shapes = ((n, size),) if name == "closed" else ((n,), (n, size))
    if array.shape not in shapes:
        wanted = " or ".join(map(str, shapes))
        faults.append(Fault(name, f"has shape {array.shape}", f"give it the shape {wanted}"))
        return None
    values = array if array.dtype == bool else array.astype(float)
    least = 1.0e-3 if name == "roughness_multiplier" else 0.0
    wrong = np.argwhere(~(np.isfinite(values) & (values >= least)))
    if wrong.size:
        at = tuple(wrong[0].tolist())
        what = f"is {values[at]:g} in scenario {at[0]}"
        faults.append(Fault(name, what, f"give finite factors of at least {least:g}"))
        return None
    return Factor(values if values.ndim > 1 else values[:, np.newaxis], rows)


def _ensemble(net: WaterNetwork, results: Results, logs: list[RunLog]) -> WaterEnsemble:
    """Return results in the user's words."""
    report, selection = results.report, results.selection
    at = selection.kept_row >= 0
    return WaterEnsemble(
        node_id=tuple(net.node_id[row] for row in selection.node.tolist()),
        link_id=tuple(net.link_id[row] for row in selection.link.tolist()),
        elevation_m=net.elevation_m[selection.node],
        time_s=report.time_s[0][at],
        series=results.series(),
        reduced=results.reduced(),
        reductions=selection.reductions,
        iterations=report.iterations[:, at],
        solves=np.array([log.solves for log in logs], dtype=np.int32),
        energy_residual_m=np.array([log.energy_residual_m for log in logs]),
        mass_residual_m3s=np.array([log.mass_residual_m3s for log in logs]),
        unbalanced_steps=tuple(log.unbalanced_s for log in logs),
        still_pump_steps=tuple(log.still_pump_s for log in logs),
        cut_off_steps=tuple(log.cut_off_s for log in logs),
        oscillating_steps=tuple(log.oscillating_s for log in logs),
    )
