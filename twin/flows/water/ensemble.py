"""Many scenarios of one network at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from twin.core.errors import CityDataError, Fault
from twin.flows.water.kernels.newton import CONVERGED
from twin.flows.water.network.kinds import JUNCTION_KIND, PIPE_KIND
from twin.flows.water.runs.scenario_runs import Task, Variations, delivered_m3s, run_blocks
from twin.flows.water.simulate import run_times
from twin.flows.water.solve import SolveOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from twin.core.arrays import Bool, Float64, Int32, Int64
    from twin.flows.water.network.tables import WaterNetwork
    from twin.flows.water.runs.scenario_runs import Block


@final
@dataclass(frozen=True, slots=True, eq=False)
class WaterEnsemble:
    """Runs of all scenarios; the first axis is the scenario, the second the reported time."""

    node_id: tuple[str, ...]
    link_id: tuple[str, ...]
    elevation_m: Float64
    """Shape (n_nodes,)."""
    time_s: Int64
    """Shape (n_times,), the same for all scenarios."""
    head_m: Float64
    """Shape (n_scenarios, n_times, n_nodes), as are the next three."""
    demand_m3s: Float64
    """Delivered at junctions; net inflow at reservoirs and tanks, as in EPANET."""
    leak_m3s: Float64
    supplied: Bool
    """False where no source can reach a node."""
    flow_m3s: Float64
    """Shape (n_scenarios, n_times, n_links)."""
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

    @property
    def pressure_m(self) -> Float64:
        """Head over elevation, shape (n_scenarios, n_times, n_nodes)."""
        return self.head_m - self.elevation_m

    def to_parquet(self, folder: str | Path) -> tuple[Path, Path]:
        """Write `nodes.parquet` and `links.parquet`, a row per scenario, time and node or link.

        Each scenario is a row group, so that memory holds one at a time. Returns both paths.
        """
        root = Path(folder)
        root.mkdir(parents=True, exist_ok=True)
        pressure = self.pressure_m
        nodes = {
            "head_m": self.head_m,
            "pressure_m": pressure,
            "demand_m3s": self.demand_m3s,
            "leak_m3s": self.leak_m3s,
            "supplied": self.supplied,
        }
        links = {"flow_m3s": self.flow_m3s}
        return (
            self._write(root / "nodes.parquet", "node", self.node_id, nodes),
            self._write(root / "links.parquet", "link", self.link_id, links),
        )

    def _write(
        self, path: Path, name: str, ids: Sequence[str], columns: dict[str, np.ndarray]
    ) -> Path:
        """Write one long table."""
        n_times, n = self.time_s.size, len(ids)
        rows = pa.array(np.tile(np.arange(n, dtype=np.int32), n_times))
        named = pa.DictionaryArray.from_arrays(rows, pa.array(ids, pa.string()))
        time = pa.array(np.repeat(self.time_s, n))
        writer: pq.ParquetWriter | None = None
        for scenario in range(len(self.solves)):
            parts = {
                "scenario": pa.array(np.full(n_times * n, scenario, dtype=np.int32)),
                "time_s": time,
                name: named,
                **{key: pa.array(value[scenario].ravel()) for key, value in columns.items()},
            }
            table = pa.table(parts)
            writer = writer or pq.ParquetWriter(path, table.schema)
            writer.write_table(table)
        if writer is not None:
            writer.close()
        return path


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
) -> WaterEnsemble:
    """Run many scenarios of one network over time.

    All scenarios share one order of elimination and are solved eight at a time; each has its own
    clock, controls, tank events and stop test, so it is the run `simulate` makes of it, within
    the limits of the solver. The result does not depend on the number of threads.

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

    Raises
    ------
    CityDataError
        If shapes do not fit, a factor is not allowed, or times are not positive whole seconds.
    """
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
    spread = {
        name: _spread(name, arrays[name], rows, n, faults) for name, (_, rows) in given.items()
    }
    if threads < 1:
        faults.append(Fault("threads", f"= {threads} is below 1", "1 runs all blocks in turn"))
    if faults:
        raise CityDataError(faults)
    shut = spread["closed"]
    variations = Variations(
        demand=spread["demand_multiplier"],
        roughness=spread["roughness_multiplier"],
        leak=spread["leak_multiplier"],
        speed=spread["pump_speed"],
        closed=None if shut is None else shut > 0.0,
    )
    driven = net.pressure_driven if pressure_driven is None else pressure_driven
    limits = (options or SolveOptions()).limits()
    times = run_times(net, duration_s, step_s)
    blocks = run_blocks(Task(net, times, limits, driven), variations, n, threads=threads)
    return _ensemble(net, blocks, n)


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


def _spread(
    name: str, array: np.ndarray | None, rows: Bool, n: int, faults: list[Fault]
) -> Float64 | None:
    """Return factors for all nodes or links, 1 where none is given; file what is wrong."""
    if array is None or n == 0:
        return None
    size = int(rows.sum())
    shapes = ((n, size),) if name == "closed" else ((n,), (n, size))
    if array.shape not in shapes:
        wanted = " or ".join(map(str, shapes))
        faults.append(Fault(name, f"has shape {array.shape}", f"give it the shape {wanted}"))
        return None
    values = array.astype(float)
    least = 1.0e-3 if name == "roughness_multiplier" else 0.0
    wrong = np.argwhere(~(np.isfinite(values) & (values >= least)))
    if wrong.size:
        at = tuple(wrong[0].tolist())
        what = f"is {values[at]:g} in scenario {at[0]}"
        faults.append(Fault(name, what, f"give finite factors of at least {least:g}"))
        return None
    factor = np.zeros((n, rows.size)) if name == "closed" else np.ones((n, rows.size))
    factor[:, rows] = values if values.ndim > 1 else values[:, np.newaxis]
    return factor


def _ensemble(net: WaterNetwork, blocks: list[Block], n: int) -> WaterEnsemble:
    """Join the blocks, without what filled up the last one."""
    reports = [report for report, _ in blocks]
    logs = [log for _, block in blocks for log in block]

    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(report, name) for report in reports])[:n]

    flow = joined("flow_m3s")
    unbalanced = [log[log[:, 1] != CONVERGED, 0] for log in logs]
    still = [log[log[:, 5] > 0, 0] for log in logs]
    cut = [log[log[:, 6] > 0, 0] for log in logs]
    return WaterEnsemble(
        node_id=net.node_id,
        link_id=net.link_id,
        elevation_m=net.elevation_m.copy(),
        time_s=reports[0].time_s[0],
        head_m=joined("head_m"),
        demand_m3s=delivered_m3s(net, flow, joined("delivered_m3s")),
        leak_m3s=joined("leak_m3s"),
        supplied=joined("supplied").astype(bool),
        flow_m3s=flow,
        iterations=joined("iterations"),
        solves=np.array([len(log) for log in logs], dtype=np.int32),
        energy_residual_m=np.array([log[:, 3].max() for log in logs]),
        mass_residual_m3s=np.array([log[:, 4].max() for log in logs]),
        unbalanced_steps=tuple(tuple(times.tolist()) for times in unbalanced),
        still_pump_steps=tuple(tuple(times.tolist()) for times in still),
        cut_off_steps=tuple(tuple(times.tolist()) for times in cut),
    )
