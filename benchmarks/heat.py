"""Heat: a steady coupled solve of a meshed supply and return grid, ours and pandapipes'."""

from __future__ import annotations

import runpy
import statistics
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.flows import heat

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

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


def _median_ms(call: Callable[[], object], repeats: int) -> float:
    call()
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return 1e3 * statistics.median(times)


def run(side: int = 12, repeats: int = 15) -> dict[str, float | str | int]:
    """Time both on a grid of `side` x `side` nodes a side; medians in ms, ratio theirs to ours."""
    tables = runpy.run_path(str(_BUILDERS))["grid"](side, side, 3, heat_w=150_000.0)
    tables["pipes"]["diameter_m"] = 0.125
    tables["nodes"]["elevation_m"] = 0.0
    net = heat.HeatNetwork(**tables)
    found = heat.solve_arrays(net, net.base_input)
    ours = _median_ms(lambda: heat.solve_arrays(net, net.base_input), repeats)
    warmer = net.base_input._replace(heat_w=1.02 * net.base_input.heat_w)
    warm = _median_ms(lambda: heat.solve_arrays(net, warmer, start=found.state), repeats)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandapipes

        _, solve_peer = to_pandapipes(tables, tolerance=1e-5)
        theirs = _median_ms(solve_peer, max(repeats // 3, 3))
        version = str(pandapipes.__version__)
    return {
        "case": f"meshed grid {side} x {side}, supply and return, q and return temperature",
        "pipes": len(tables["pipes"]),
        "consumers": len(tables["consumers"]),
        "ours_cold_ms": ours,
        "ours_warm_ms": warm,
        "ours_iterations": found.iterations,
        "pandapipes_bidirectional_ms": theirs,
        "pandapipes_version": version,
        "ratio_cold": theirs / ours,
        "ratio_warm": theirs / warm,
    }
