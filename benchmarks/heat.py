"""Heat, ours and pandapipes' in one run: meshes, days, a year, a dynamic season, an ensemble.

Times are processor time of one thread, medians; both programs iterate flow and temperature
together to the same tolerance.
"""

from __future__ import annotations

import runpy
import statistics
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.flows import heat

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

_TOLERANCE = 1e-5
"""Of pandapipes in bar, kg/s and K; ours in K, and 1e-8 of the largest flow."""
_OURS = heat.Tolerance(temp_k=_TOLERANCE)
_HOURS = 24
_PEER_HOURS = 4
"""Hours of the day pandapipes solves on the large mesh; it starts each anew: all are alike."""
_SEASON_DAYS = 212
_YEAR_HOURS = 8760
_SEASON_CONSUMERS = 1000
_SCENARIOS = 16
_TURNS = 31
"""Turns of 16 solves and of the ensemble, one after the other, for both to meet the same noise."""
_BUILDERS = Path(__file__).resolve().parents[1] / "tests" / "naive" / "heat.py"


def to_pandapipes(
    tables: dict[str, pd.DataFrame], tolerance: float = 1e-6, *, use_numba: bool = True
) -> tuple[Any, Callable[[], None]]:
    """Return a network of pandapipes and a function that solves it, flow and heat together.

    Both programs take the heat transfer coefficient on the inner wall, Swamee and Jain's friction
    and consumers by heat and return temperature.
    """
    import pandapipes

    _mend_for_pandas_3()
    net = pandapipes.create_empty_network(fluid="water")
    names = tables["nodes"]["node"]
    heights = tables["nodes"]["elevation_m"]
    row = {name: i for i, name in enumerate(names)}
    for height in heights:
        pandapipes.create_junction(net, pn_bar=5, tfluid_k=360, height_m=height)
    for pipe in tables["pipes"].itertuples():
        pandapipes.create_pipe_from_parameters(
            net,
            row[pipe.from_node],
            row[pipe.to_node],
            length_km=pipe.length_m / 1e3,
            **_diameter(pandapipes, pipe.diameter_m),
            k_mm=pipe.roughness_m * 1e3,
            u_w_per_m2k=pipe.loss_w_m2k,
            text_k=pipe.ambient_c + 273.15,
        )
    for consumer in tables["consumers"].itertuples():
        pandapipes.create_heat_consumer(
            net,
            row[consumer.supply_node],
            row[consumer.return_node],
            qext_w=consumer.heat_w,
            treturn_k=consumer.return_temp_c + 273.15,
        )
    for source in tables["sources"].itertuples():
        pandapipes.create_circ_pump_const_pressure(
            net,
            row[source.return_node],
            row[source.supply_node],
            p_flow_bar=source.supply_pressure_pa / 1e5,
            plift_bar=source.lift_pa / 1e5,
            t_flow_k=source.supply_temp_c + 273.15,
        )

    def run() -> None:
        pandapipes.pipeflow(
            net,
            mode="bidirectional",
            friction_model="swamee-jain",
            iter=100,
            use_numba=use_numba,
            tol_p=tolerance,
            tol_m=tolerance,
            tol_T=tolerance,
        )

    return net, run


def _mend_for_pandas_3() -> None:
    """Keep pandapipes 0.12 working under pandas 3, which no later release allows.

    It fills new rows column by column, which loses the type of bool columns, and writes results
    through `.values`, which is read-only now. Rows are set whole here and results are left in
    its internal arrays (`peer_nodes`), which shortens its time a little.
    """
    import sys

    import pandapipes  # noqa: F401 - fills sys.modules
    import pandas as pd

    if int(pd.__version__.split(".")[0]) < 3:  # noqa: PLR2004 - the release that broke it
        return

    def set_entries(
        net: Any,  # noqa: ANN401 - theirs
        table: str,
        index: int,
        preserve_dtypes: bool = True,  # noqa: FBT001, FBT002, ARG001 - their signature
        **entries: object,
    ) -> None:
        frame = net[table]
        row = pd.DataFrame([entries], index=[index])
        whole = pd.concat([frame, row]) if len(frame) else row.reindex(columns=frame.columns)
        whole = whole.assign(**{name: row[name] for name in row if name not in whole})
        for name, kind in frame.dtypes.items():
            whole[name] = whole[name].astype(kind)
        net[table] = whole

    sys.modules["pandapipes.create"]._set_entries = set_entries  # type: ignore[attr-defined]  # noqa: SLF001 - see above
    sys.modules["pandapipes.pipeflow"].extract_all_results = lambda *_: None  # type: ignore[attr-defined]


def peer_nodes(net: Any) -> tuple[Any, Any]:  # noqa: ANN401 - theirs
    """Return (pressure_bar, temp_k) of the junctions of a solved pandapipes network."""
    from pandapipes.idx_node import PINIT, TINIT

    pit = net["_pit"]["node"]
    return pit[:, PINIT].copy(), pit[:, TINIT].copy()


def _diameter(pandapipes: Any, diameter_m: float) -> dict[str, float]:  # noqa: ANN401 - a module
    """Return the argument that names the inner diameter, which changed after release 0.12."""
    import inspect

    parameters = inspect.signature(pandapipes.create_pipe_from_parameters).parameters
    if "inner_diameter_mm" in parameters:
        return {"inner_diameter_mm": diameter_m * 1e3}
    return {"diameter_m": diameter_m}


def _seconds(call: Callable[[], object]) -> float:
    """Return the processor time of a call."""
    begin = time.process_time()
    call()
    return time.process_time() - begin


def _median_ms(call: Callable[[], object], repeats: int) -> float:
    """Return the median processor time of a call, after one to warm up."""
    call()
    return 1e3 * statistics.median(_seconds(call) for _ in range(repeats))


def mesh(side: int) -> dict[str, pd.DataFrame]:
    """Return a meshed grid of `side` x `side` nodes a side, two consumers at three nodes."""
    tables: dict[str, pd.DataFrame] = _builders()["grid"](side, side, 3, heat_w=150_000.0)
    tables["pipes"]["diameter_m"] = 0.125
    tables["nodes"]["elevation_m"] = 0.0
    return tables


def sized_mesh(side: int) -> dict[str, pd.DataFrame]:
    """Return a mesh about a plant in its middle, pipes sized for 0.5 m/s by their ring."""
    tables: dict[str, pd.DataFrame] = _builders()["grid"](side, side, 3, heat_w=150_000.0)
    tables["nodes"]["elevation_m"] = 0.0
    pipes, sources = tables["pipes"], tables["sources"]
    ends = [
        pipes[name].str[1:].str.split("_", expand=True).astype(int).to_numpy()
        for name in ("from_node", "to_node")
    ]
    middle = side // 2
    ring = np.abs(0.5 * (ends[0] + ends[1]) - middle).sum(axis=1) + 0.5
    tables["consumers"] = tables["consumers"].iloc[::2].reset_index(drop=True)
    flow_kgs = tables["consumers"]["heat_w"].sum() / (4190.0 * 50.0) / (8.0 * ring - 4.0)
    pipes["diameter_m"] = np.maximum(0.05, np.sqrt(4.0 * flow_kgs / (np.pi * 960.0 * 0.48)))
    pipes["loss_w_m2k"] = 0.6
    sources["supply_node"], sources["return_node"] = f"s{middle}_{middle}", f"r{middle}_{middle}"
    sources["supply_pressure_pa"], sources["supply_temp_c"] = 12e5, 100.0
    return tables


def _builders() -> dict[str, Any]:
    return runpy.run_path(str(_BUILDERS))


def _day_load() -> np.ndarray:
    """Return the share of full load in each hour of a winter day."""
    hour = np.arange(_HOURS)
    return np.asarray(0.85 + 0.15 * np.cos(2.0 * np.pi * (hour - 7.0) / _HOURS))


def steady(tables: dict[str, pd.DataFrame], repeats: int, peer_hours: int) -> dict[str, Any]:
    """Compare one solve, cold and warm, and a day of 24 hours."""
    net = heat.HeatNetwork(**tables)
    base = net.base_input
    found = heat.solve_arrays(net, base, tolerance=_OURS)
    cold = _median_ms(lambda: heat.solve_arrays(net, base, tolerance=_OURS), repeats)
    warmer = base._replace(heat_w=1.02 * base.heat_w)
    warm = _median_ms(
        lambda: heat.solve_arrays(net, warmer, start=found.state, tolerance=_OURS), repeats
    )
    load = _day_load()
    heat_w = load[:, np.newaxis] * base.heat_w
    day = _median_ms(lambda: heat.solve_series(net, heat_w=heat_w, tolerance=_OURS), repeats)
    peer, solve_peer = to_pandapipes(tables, tolerance=_TOLERANCE)
    theirs = _median_ms(solve_peer, max(repeats // 5, 3))
    bar, kelvin = peer_nodes(peer)

    def peer_day() -> int:
        solved = 0
        for share in load[:: _HOURS // peer_hours]:
            peer.heat_consumer["qext_w"] = share * base.heat_w
            solved += _solves(solve_peer)
        return solved

    begin = time.process_time()
    solved = peer_day()
    their_day = 1e3 * (time.process_time() - begin) * _HOURS / peer_hours
    return {
        "pipes": len(tables["pipes"]),
        "consumers": len(tables["consumers"]),
        "iterations": found.iterations,
        "ours_cold_ms": cold,
        "ours_warm_ms": warm,
        "pandapipes_ms": theirs,
        "ratio_cold": theirs / cold,
        "ratio_warm": theirs / warm,
        "ours_day_ms": day,
        "pandapipes_day_ms": their_day,
        "pandapipes_hours_solved": f"{solved} of {peer_hours}",
        "ratio_day": their_day / day,
        "pressure_gap_bar": float(np.abs(found.state.pressure_pa / 1e5 - bar).max()),
        "temp_gap_k": float(np.median(np.abs(found.state.temp_c + 273.15 - kelvin))),
    }


def _solves(solve_peer: Callable[[], None]) -> bool:
    """Tell whether pandapipes converges."""
    from pandapipes.pf.pipeflow_setup import PipeflowNotConverged

    try:
        solve_peer()
    except PipeflowNotConverged:
        return False
    return True


def hard_day() -> dict[str, Any]:
    """Count the hours of a mild day, loads from 5 to 100 %, that each solves."""
    tables = sized_mesh(12)
    net = heat.HeatNetwork(**tables)
    load = np.linspace(0.05, 1.0, _HOURS)
    ours = heat.solve_series(net, heat_w=load[:, np.newaxis] * net.base_input.heat_w)
    peer, solve_peer = to_pandapipes(tables, tolerance=_TOLERANCE)
    solved = 0
    for share in load:
        peer.heat_consumer["qext_w"] = share * net.base_input.heat_w
        solved += _solves(solve_peer)
    return {
        "hours": _HOURS,
        "ours_solved": int(ours.converged.sum()),
        "pandapipes_solved": solved,
        "ours_energy_error": float(np.abs(ours.energy_error).max()),
    }


def _weather_c(hours: int) -> np.ndarray:
    """Return a made-up winter: spells of nine days, and nights colder than days."""
    hour = np.arange(hours)
    spells = 8.0 * np.sin(2.0 * np.pi * hour / (24 * 9))
    return np.asarray(-12.0 - spells - 4.0 * np.cos(2.0 * np.pi * hour / 24))


def year() -> dict[str, Any]:
    """Time 8,760 steady hours of the 528-pipe mesh, loads and temperatures by the weather."""
    net = heat.HeatNetwork(**mesh(12))
    outdoor_c = _weather_c(_YEAR_HOURS)
    curve = heat.QualityCurve(supply_c=95.0, return_c=50.0, house_c=80.0, design_outdoor_c=-31.0)
    supply_c, _, return_c = curve.temperatures(outdoor_c)
    share = (20.0 - outdoor_c) / 51.0
    asked = {
        "heat_w": share[:, np.newaxis] * net.base_input.heat_w,
        "supply_temp_c": np.asarray(supply_c),
        "return_temp_c": np.asarray(return_c),
    }
    heat.solve_series(net, **{name: values[:2] for name, values in asked.items()})
    begin = time.process_time()
    found = heat.solve_series(net, **asked)
    seconds = time.process_time() - begin
    return {
        "hours": _YEAR_HOURS,
        "seconds": seconds,
        "ms_an_hour": 1e3 * seconds / _YEAR_HOURS,
        "solved": int(found.converged.sum()),
        "energy_error": float(np.abs(found.energy_error).max()),
    }


def season(days: int = _SEASON_DAYS) -> dict[str, Any]:
    """Time a dynamic season of hours on a drawn town's tree of 1,000 consumers."""
    system = heat.HeatSystem.from_city(_builders()["town"](_SEASON_CONSUMERS))
    net, curve = system.network, system.curves[0]
    outdoor_c = _weather_c(24 * days)
    supply_c, _, return_c = curve.temperatures(outdoor_c)
    share = (20.0 - outdoor_c) / (20.0 - curve.design_outdoor_c)
    asked = {
        "heat_w": share[:, np.newaxis] * net.base_input.heat_w,
        "supply_temp_c": np.asarray(supply_c)[:, np.newaxis],
        "return_temp_c": np.asarray(return_c)[:, np.newaxis] * np.ones(len(net.consumers)),
    }
    heat.simulate(net, **{name: values[:2] for name, values in asked.items()})
    begin = time.process_time()
    found = heat.simulate(net, **asked)
    seconds = time.process_time() - begin
    return {
        "pipes": len(net.pipes),
        "consumers": len(net.consumers),
        "days": days,
        "seconds": seconds,
        "seconds_of_a_season": seconds * _SEASON_DAYS / days,
        "energy_error": found.energy_error,
        "mass_error": found.mass_error,
        "unsettled_steps": found.unsettled_steps,
    }


def ensemble() -> dict[str, Any]:
    """Time 16 scenarios of the 528-pipe mesh against 16 solves."""
    import numba

    net = heat.HeatNetwork(**mesh(12))
    base = net.base_input
    multiplier = np.linspace(0.7, 1.1, _SCENARIOS)

    def one_by_one() -> list[Any]:
        return [
            heat.solve_arrays(net, base._replace(heat_w=k * base.heat_w), tolerance=_OURS)
            for k in multiplier
        ]

    def together() -> heat.HeatRows:
        return heat.solve_ensemble(net, heat_multiplier=multiplier, tolerance=_OURS)

    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    one_by_one(), together()
    took = [(_seconds(one_by_one), _seconds(together)) for _ in range(_TURNS)]
    single, block = (statistics.median(each) * 1e3 / _SCENARIOS for each in zip(*took, strict=True))
    numba.set_num_threads(threads)
    flows = np.array([raw.state.flow_kgs for raw in one_by_one()])
    return {
        "scenarios": _SCENARIOS,
        "single_ms": single,
        "ensemble_ms_per_scenario": block,
        "ratio": single / block,
        "largest_flow_gap_share": float(
            np.abs(together().pipe_flow_kgs - flows).max() / np.abs(flows).max()
        ),
    }


def run(repeats: int = 9) -> dict[str, Any]:
    """Time everything; medians in ms, ratios theirs to ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandapipes

        return {
            "pandapipes_version": str(pandapipes.__version__),
            "mesh_528": steady(mesh(12), repeats, _HOURS),
            "mesh_9800": steady(sized_mesh(50), max(repeats // 3, 3), _PEER_HOURS),
            "day_pandapipes_fails": hard_day(),
            "year_528": year(),
            "season_1000": season(),
            "ensemble_16": ensemble(),
        }
