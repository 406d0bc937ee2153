"""Networks written as pandapower's JSON files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

    from twin.flows.electricity.network import PowerNetwork

_VERSION = "3.0.0"
"""Release of pandapower whose columns are written."""


def write_pandapower(net: PowerNetwork, path: Path) -> Path:
    """Write a network that `pandapower.from_json` reads; return the path.

    Rows are counted from 0 in the order of the tables; the names are in the column `name`. Loads
    whose active and reactive parts follow the voltage differently need pandapower 3.2 or later.
    """
    row_of = {bus: row for row, bus in enumerate(net.frames["buses"]["bus"])}
    tables = {
        "bus": _buses(net),
        "line": _lines(net, row_of),
        "trafo": _transformers(net, row_of),
        "load": _powers(net, row_of, "loads"),
        "sgen": _powers(net, row_of, "generators"),
        "shunt": _shunts(net, row_of),
        "ext_grid": _sources(net, row_of),
        "switch": _switches(net, row_of),
    }
    content: dict[str, Any] = {name: _encoded(frame) for name, frame in tables.items()}
    plain = {"f_hz": net.frequency_hz, "sn_mva": 1.0, "name": "", "std_types": {}}
    content |= plain | {"version": _VERSION, "format_version": _VERSION}
    whole = {"_module": "pandapower.auxiliary", "_class": "pandapowerNet", "_object": content}
    path.write_text(json.dumps(whole, indent=1), "utf-8")
    return path


def _encoded(frame: pd.DataFrame) -> dict[str, Any]:
    """Return a table as pandapower stores it."""
    kinds = {"O": "object", "U": "object", "f": "float64", "i": "int64", "u": "uint32", "b": "bool"}
    for name in ("bus", "element", "from_bus", "to_bus", "hv_bus", "lv_bus"):
        if name in frame:
            frame = frame.astype({name: "int64"})
    rows = [
        [None if pd.isna(v) else v for v in row] for row in frame.astype(object).to_numpy().tolist()
    ]
    table = {"columns": list(frame.columns), "index": list(range(len(frame))), "data": rows}
    return {
        "_module": "pandas.core.frame",
        "_class": "DataFrame",
        "_object": json.dumps(table),
        "orient": "split",
        "dtype": {name: kinds.get(np.dtype(_kind(frame[name])).kind, "object") for name in frame},
        "is_multiindex": False,
        "is_multicolumn": False,
    }


def _kind(values: pd.Series) -> Any:  # noqa: ANN401 - a numpy type
    return values.dtype if isinstance(values.dtype, np.dtype) else object


def _buses(net: PowerNetwork) -> pd.DataFrame:
    buses = net.frames["buses"]
    own = {"name": buses["bus"], "vn_kv": buses["nominal_v"] / 1e3, "type": "b"}
    return pd.DataFrame(own | {"zone": None, "in_service": True})


def _at(row_of: dict[str, int], values: pd.Series) -> list[int]:
    return [row_of[value] for value in values]


def _lines(net: PowerNetwork, row_of: dict[str, int]) -> pd.DataFrame:
    lines = net.frames["lines"]
    return pd.DataFrame(
        {
            "name": lines["line"],
            "std_type": None,
            "from_bus": _at(row_of, lines["from_bus"]),
            "to_bus": _at(row_of, lines["to_bus"]),
            "length_km": lines["length_m"] / 1e3,
            "r_ohm_per_km": lines["r_ohm_per_m"] * 1e3,
            "x_ohm_per_km": lines["x_ohm_per_m"] * 1e3,
            "c_nf_per_km": lines["c_f_per_m"] * 1e12,
            "g_us_per_km": lines["g_s_per_m"] * 1e9,
            "max_i_ka": lines["max_current_a"] / 1e3,
            "df": 1.0,
            "parallel": lines["parallel"].astype("int64"),
            "type": None,
            "in_service": True,
        }
    )


def _transformers(net: PowerNetwork, row_of: dict[str, int]) -> pd.DataFrame:
    trafos = net.frames["transformers"]
    return pd.DataFrame(
        {
            "name": trafos["transformer"],
            "std_type": None,
            "hv_bus": _at(row_of, trafos["hv_bus"]),
            "lv_bus": _at(row_of, trafos["lv_bus"]),
            "sn_mva": trafos["rated_va"] / 1e6,
            "vn_hv_kv": trafos["hv_v"] / 1e3,
            "vn_lv_kv": trafos["lv_v"] / 1e3,
            "vk_percent": trafos["short_circuit_share"] * 100.0,
            "vkr_percent": trafos["copper_share"] * 100.0,
            "pfe_kw": trafos["iron_loss_w"] / 1e3,
            "i0_percent": trafos["no_load_share"] * 100.0,
            "shift_degree": trafos["shift_deg"],
            "tap_side": [None if side == "none" else side for side in trafos["tap_side"]],
            "tap_neutral": 0.0,
            "tap_min": np.nan,
            "tap_max": np.nan,
            "tap_step_percent": trafos["tap_step_share"] * 100.0,
            "tap_step_degree": 0.0,
            "tap_pos": trafos["tap_steps"],
            "tap_changer_type": ["" if s == "none" else "Ratio" for s in trafos["tap_side"]],
            "id_characteristic_table": np.nan,
            "tap_dependency_table": False,
            "parallel": trafos["parallel"].astype("int64"),
            "df": 1.0,
            "in_service": True,
        }
    )


def _powers(net: PowerNetwork, row_of: dict[str, int], table: str) -> pd.DataFrame:
    frame = net.frames[table]
    own: dict[str, Any] = {
        "name": frame[table.removesuffix("s")],
        "bus": _at(row_of, frame["bus"]),
        "p_mw": frame["p_w"] / 1e6,
        "q_mvar": frame["q_var"] / 1e6,
    }
    if table == "loads":
        for kind, theirs in (("current", "i"), ("impedance", "z")):
            for part in ("p", "q"):
                own[f"const_{theirs}_{part}_percent"] = frame[f"{kind}_share_{part}"] * 100.0
            if (frame[f"{kind}_share_p"] == frame[f"{kind}_share_q"]).all():
                own[f"const_{theirs}_percent"] = frame[f"{kind}_share_p"] * 100.0
    own |= {"sn_mva": np.nan, "scaling": 1.0, "in_service": True, "type": None}
    return pd.DataFrame(own | ({} if table == "loads" else {"current_source": True}))


def _shunts(net: PowerNetwork, row_of: dict[str, int]) -> pd.DataFrame:
    shunts = net.frames["shunts"]
    nominal = dict(zip(net.frames["buses"]["bus"], net.frames["buses"]["nominal_v"], strict=True))
    return pd.DataFrame(
        {
            "bus": _at(row_of, shunts["bus"]),
            "name": shunts["shunt"],
            "q_mvar": shunts["q_var"] / 1e6,
            "p_mw": shunts["p_w"] / 1e6,
            "vn_kv": [nominal[bus] / 1e3 for bus in shunts["bus"]],
            "step": 1,
            "max_step": 1,
            "in_service": True,
        }
    )


def _sources(net: PowerNetwork, row_of: dict[str, int]) -> pd.DataFrame:
    sources = net.frames["sources"]
    return pd.DataFrame(
        {
            "name": sources["source"],
            "bus": _at(row_of, sources["bus"]),
            "vm_pu": sources["voltage_share"],
            "va_degree": sources["angle_deg"],
            "slack_weight": 1.0,
            "in_service": True,
        }
    )


def _switches(net: PowerNetwork, row_of: dict[str, int]) -> pd.DataFrame:
    """Return switches between buses, and at the ends of lines and transformers."""
    own = net.frames["switches"]
    rows = [
        (row_of[one], row_of[other], "b", bool(closed), name)
        for name, one, other, closed in zip(
            own["switch"], own["from_bus"], own["to_bus"], own["closed"], strict=True
        )
    ]
    for table, kind, ends in (
        ("lines", "l", (("from_bus", "from_end"), ("to_bus", "to_end"))),
        ("transformers", "t", (("hv_bus", "hv_end"), ("lv_bus", "lv_end"))),
    ):
        for bus, end in ends:
            frame = net.frames[table]
            rows += [
                (row_of[at], row, kind, state == "closed", "")
                for row, (at, state) in enumerate(zip(frame[bus], frame[end], strict=True))
                if state != "wired"
            ]
    frame = pd.DataFrame(rows, columns=["bus", "element", "et", "closed", "name"])
    typed = frame.astype({"bus": "int64", "element": "int64", "closed": bool})
    return typed.assign(type=None, z_ohm=0.0, in_ka=np.nan)
