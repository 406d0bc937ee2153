"""Small grids for tests."""

import numpy as np
import pandas as pd

from twin.flows.electricity import PowerNetwork


def feeder_tables(n_buses=5, p_w=20e3, q_var=5e3, *, loops=(), transformer=True):
    """A substation of 10/0.4 kV with a feeder of buses in a row, closed by `loops`."""
    buses = pd.DataFrame(
        {
            "bus": ["mv", *[f"b{i}" for i in range(n_buses)]],
            "nominal_v": [10e3 if transformer else 400.0, *[400.0] * n_buses],
        }
    )
    ends = [(f"b{i}", f"b{i + 1}") for i in range(n_buses - 1)]
    ends += [(f"b{i}", f"b{j}") for i, j in loops] + ([] if transformer else [("mv", "b0")])
    lines = pd.DataFrame(
        {
            "line": [f"l{i}" for i in range(len(ends))],
            "from_bus": [one for one, _ in ends],
            "to_bus": [other for _, other in ends],
            "length_m": np.linspace(40.0, 90.0, len(ends)),
            "r_ohm_per_m": 0.2e-3,
            "x_ohm_per_m": 0.08e-3,
            "c_f_per_m": 0.3e-9,
            "max_current_a": 270.0,
        }
    )
    transformers = pd.DataFrame(
        {
            "transformer": ["t"],
            "hv_bus": "mv",
            "lv_bus": "b0",
            "rated_va": 400e3,
            "hv_v": 10.5e3,
            "lv_v": 400.0,
            "short_circuit_share": 0.045,
            "copper_share": 0.0115,
            "iron_loss_w": 610.0,
            "no_load_share": 0.0019,
            "tap_side": "hv",
            "tap_steps": -1.0,
            "tap_step_share": 0.025,
        }
    )
    loads = pd.DataFrame(
        {
            "load": [f"d{i}" for i in range(1, n_buses)],
            "bus": [f"b{i}" for i in range(1, n_buses)],
            "p_w": p_w,
            "q_var": q_var,
        }
    )
    return {
        "buses": buses,
        "lines": lines,
        "transformers": transformers if transformer else None,
        "loads": loads,
        "sources": pd.DataFrame({"source": ["s"], "bus": ["mv"], "voltage_share": [1.02]}),
    }


def feeder(n_buses=5, p_w=20e3, q_var=5e3, **options):
    return PowerNetwork(**feeder_tables(n_buses, p_w, q_var, **options))


def changed(table, column, row, value, **options):
    """The tables of a feeder with one cell changed."""
    tables = feeder_tables(**options)
    frame = tables[table].copy()
    frame[column] = frame.get(column, np.nan)
    if isinstance(value, str):
        frame[column] = frame[column].astype(object)
    frame.loc[row, column] = value
    return tables | {table: frame}
