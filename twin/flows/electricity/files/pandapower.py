"""Networks of pandapower, from its JSON file or its net object, without needing pandapower.

Tables and units as pandapower 2.x and 3.x have them (its documentation, "Elements"). What has no
counterpart here is refused by name.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from twin.core.errors import CityDataError, Fault
from twin.flows.electricity.network import PowerNetwork

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.core.arrays import Float64

KNOWN = ("bus", "line", "trafo", "load", "sgen", "shunt", "ext_grid", "switch")
_ASIDE = ("geodata", "_geo", "cost", "measurement", "controller", "group", "characteristic")
"""Tables that do not enter a power flow."""


def read_pandapower(
    source: Path | str | Mapping[str, Any], *, islands: Literal["refuse", "dark"] = "refuse"
) -> PowerNetwork:
    """Return the network of a pandapower file or net object.

    Parameters
    ----------
    source
        A JSON file as `pandapower.to_json` writes it, or the net itself.
    islands
        As `PowerNetwork`.

    Raises
    ------
    CityDataError
        With every fault: an element without counterpart, a column that lacks, bad values.

    Notes
    -----
    Names are the tables' indices. Elements out of service, or at a bus that is, are left out;
    powers are multiplied by their `scaling`. Ratings of lines are lowered by `df`.
    """
    content = _from_file(Path(source)) if isinstance(source, Path | str) else source
    tables = {
        name: frame
        for name, frame in ((str(k), content[k]) for k in content)
        if isinstance(frame, pd.DataFrame) and len(frame) and not name.startswith(("res_", "_"))
    }
    faults = _refusals(tables)
    if "bus" not in tables:
        faults.append(Fault("bus", "the net has no bus", "give a net of pandapower"))
    if faults:
        raise CityDataError(faults)
    try:
        return _network(tables, float(content["f_hz"]) if "f_hz" in content else 50.0, islands)
    except KeyError as error:
        mend = "write the file with pandapower.to_json of release 2 or 3"
        raise CityDataError(Fault("net", f"column {error} lacks", mend)) from error


def _from_file(path: Path) -> dict[str, Any]:
    """Return the tables and plain values of a file."""
    try:
        whole = json.loads(path.read_text("utf-8"))
        content = whole["_object"]
        return {name: _decoded(value) for name, value in content.items()}
    except (OSError, json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        mend = "give a JSON file as pandapower.to_json writes it"
        raise CityDataError(Fault(str(path), f"is not read: {error}", mend)) from error


def _decoded(value: object) -> object:
    """Return a table where a value is one."""
    if not isinstance(value, dict) or value.get("_class") != "DataFrame":
        return value
    inner = value["_object"]
    table = json.loads(inner) if isinstance(inner, str) else inner
    return pd.DataFrame(table["data"], columns=table["columns"], index=table["index"])


def _refusals(tables: dict[str, pd.DataFrame]) -> list[Fault]:
    """Return elements that would change the flow and that are not known here."""
    faults = []
    for name, frame in tables.items():
        if name in KNOWN or any(part in name for part in _ASIDE) or name == "std_types":
            continue
        if "in_service" in frame and not frame["in_service"].astype(bool).any():
            continue
        what = f"{len(frame)} elements of this kind are not known here"
        mend = f"set them out of service, or replace them; known are {', '.join(KNOWN)}"
        faults.append(Fault(name, what, mend, code="E-ELEMENT"))
    switches = tables.get("switch", pd.DataFrame({"et": []}))
    rows = np.flatnonzero(~switches["et"].isin(["b", "l", "t"]).to_numpy(dtype=bool))
    if rows.size:
        what = f"et = {switches['et'].iloc[int(rows[0])]!r} is not known here"
        faults.append(Fault(f"switch row {rows[0]}", what, "known are b, l, t", code="E-ELEMENT"))
    if "z_ohm" in switches and (switches["z_ohm"].fillna(0.0).astype(float) != 0.0).any():
        mend = "make it a line of that impedance"
        faults.append(Fault("switch.z_ohm", "switches with impedance are not known", mend))
    trafos = tables.get("trafo", pd.DataFrame())
    for name in ("tap_step_degree", "tap2_pos", "tap2_step_percent"):
        if name in trafos and (trafos[name].fillna(0.0).astype(float) != 0.0).any():
            mend = "give the turning as shift_degree, and one tap changer"
            faults.append(Fault(f"trafo.{name}", "phase shifters are not known here", mend))
    if "tap_changer_type" in trafos:
        bad = trafos["tap_changer_type"].isin(["Ideal", "Tabular"])
        if bad.any():
            mend = "use Ratio or Symmetrical"
            faults.append(Fault("trafo.tap_changer_type", "is not known here", mend))
    return faults


def _number(frame: pd.DataFrame, name: str, missing: float | None = None) -> Float64:
    """Return a column as numbers; raise KeyError where it lacks and has no default."""
    if name not in frame:
        if missing is None:
            raise KeyError(name)
        return np.full(len(frame), missing)
    value = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=np.float64)
    return (
        value if missing is None or np.isnan(missing) else np.where(np.isnan(value), missing, value)
    )


def _served(tables: dict[str, pd.DataFrame], name: str, buses: tuple[str, ...]) -> pd.DataFrame:
    """Return the rows of a table that are in service at buses that are."""
    frame = tables.get(name)
    if frame is None:
        return pd.DataFrame({"bus": [], "from_bus": [], "to_bus": [], "hv_bus": [], "lv_bus": []})
    if "in_service" in frame:
        frame = frame[frame["in_service"].astype(bool)]
    alive = set(_alive(tables["bus"]).index)
    for bus in buses:
        known = frame[bus].isin(set(tables["bus"].index))
        frame = frame[~known | frame[bus].isin(alive)]
    return frame


def _alive(bus: pd.DataFrame) -> pd.DataFrame:
    return bus[bus["in_service"].astype(bool)] if "in_service" in bus else bus


def _names(values: pd.Series | pd.Index) -> list[str]:
    return [str(value) for value in values]


def _network(
    tables: dict[str, pd.DataFrame], frequency_hz: float, islands: Literal["refuse", "dark"]
) -> PowerNetwork:
    """Return the network of known tables."""
    bus = _alive(tables["bus"])
    switches = tables.get("switch")
    if switches is None:
        switches = pd.DataFrame({"bus": [], "element": [], "et": [], "closed": []})
    return PowerNetwork(
        buses=pd.DataFrame({"bus": _names(bus.index), "nominal_v": _number(bus, "vn_kv") * 1e3}),
        lines=_lines(_served(tables, "line", ("from_bus", "to_bus")), switches),
        transformers=_transformers(_served(tables, "trafo", ("hv_bus", "lv_bus")), switches),
        loads=_powers(_served(tables, "load", ("bus",)), "load"),
        generators=_powers(_served(tables, "sgen", ("bus",)), "generator"),
        shunts=_shunts(_served(tables, "shunt", ("bus",)), bus),
        sources=_sources(_served(tables, "ext_grid", ("bus",))),
        switches=_switches(switches, set(bus.index)),
        frequency_hz=frequency_hz,
        islands=islands,
    )


def _ends(switches: pd.DataFrame, kind: str, frame: pd.DataFrame, bus: str) -> list[str]:
    """Return how elements join their bus: wired, closed or open."""
    own = switches[switches["et"] == kind]
    state: dict[tuple[int, int], bool] = {}
    for at, element, closed in zip(own["bus"], own["element"], own["closed"], strict=True):
        state[int(element), int(at)] = state.get((int(element), int(at)), True) and bool(closed)
    named = {True: "closed", False: "open", None: "wired"}
    return [
        named[state.get((int(i), int(b)))] for i, b in zip(frame.index, frame[bus], strict=True)
    ]


def _lines(frame: pd.DataFrame, switches: pd.DataFrame) -> pd.DataFrame | None:
    if frame.empty:
        return None
    return pd.DataFrame(
        {
            "line": _names(frame.index),
            "from_bus": _names(frame["from_bus"]),
            "to_bus": _names(frame["to_bus"]),
            "length_m": _number(frame, "length_km") * 1e3,
            "r_ohm_per_m": _number(frame, "r_ohm_per_km") * 1e-3,
            "x_ohm_per_m": _number(frame, "x_ohm_per_km") * 1e-3,
            "c_f_per_m": _number(frame, "c_nf_per_km", 0.0) * 1e-12,
            "g_s_per_m": _number(frame, "g_us_per_km", 0.0) * 1e-9,
            "max_current_a": _number(frame, "max_i_ka", np.nan) * 1e3 * _number(frame, "df", 1.0),
            "parallel": _number(frame, "parallel", 1.0),
            "from_end": _ends(switches, "l", frame, "from_bus"),
            "to_end": _ends(switches, "l", frame, "to_bus"),
        }
    )


def _transformers(frame: pd.DataFrame, switches: pd.DataFrame) -> pd.DataFrame | None:
    if frame.empty:
        return None
    side = frame["tap_side"] if "tap_side" in frame else pd.Series("none", index=frame.index)
    return pd.DataFrame(
        {
            "transformer": _names(frame.index),
            "hv_bus": _names(frame["hv_bus"]),
            "lv_bus": _names(frame["lv_bus"]),
            "rated_va": _number(frame, "sn_mva") * 1e6,
            "hv_v": _number(frame, "vn_hv_kv") * 1e3,
            "lv_v": _number(frame, "vn_lv_kv") * 1e3,
            "short_circuit_share": _number(frame, "vk_percent") / 100.0,
            "copper_share": _number(frame, "vkr_percent") / 100.0,
            "iron_loss_w": _number(frame, "pfe_kw", 0.0) * 1e3,
            "no_load_share": _number(frame, "i0_percent", 0.0) / 100.0,
            "shift_deg": _number(frame, "shift_degree", 0.0),
            "tap_side": [s if s in ("hv", "lv") else "none" for s in side],
            "tap_steps": _number(frame, "tap_pos", 0.0) - _number(frame, "tap_neutral", 0.0),
            "tap_step_share": _number(frame, "tap_step_percent", 0.0) / 100.0,
            "parallel": _number(frame, "parallel", 1.0),
            "hv_end": _ends(switches, "t", frame, "hv_bus"),
            "lv_end": _ends(switches, "t", frame, "lv_bus"),
        }
    )


def _powers(frame: pd.DataFrame, name: str) -> pd.DataFrame | None:
    if frame.empty:
        return None
    scaling = _number(frame, "scaling", 1.0)
    table = pd.DataFrame(
        {
            name: _names(frame.index),
            "bus": _names(frame["bus"]),
            "p_w": _number(frame, "p_mw") * 1e6 * scaling,
            "q_var": _number(frame, "q_mvar", 0.0) * 1e6 * scaling,
        }
    )
    if name == "load":
        for kind, theirs in (("current", "i"), ("impedance", "z")):
            both = _number(frame, f"const_{theirs}_percent", 0.0)
            for part in ("p", "q"):
                own = f"const_{theirs}_{part}_percent"
                share = _number(frame, own, 0.0) if own in frame else both
                table[f"{kind}_share_{part}"] = share / 100.0
    return table


def _shunts(frame: pd.DataFrame, bus: pd.DataFrame) -> pd.DataFrame | None:
    if frame.empty:
        return None
    nominal = bus["vn_kv"].reindex(frame["bus"]).to_numpy(dtype=np.float64)
    rated = _number(frame, "vn_kv", np.nan)
    square = np.where(np.isnan(rated), 1.0, nominal / rated) ** 2
    size = _number(frame, "step", 1.0) * square * 1e6
    return pd.DataFrame(
        {
            "shunt": _names(frame.index),
            "bus": _names(frame["bus"]),
            "p_w": _number(frame, "p_mw") * size,
            "q_var": _number(frame, "q_mvar") * size,
        }
    )


def _sources(frame: pd.DataFrame) -> pd.DataFrame:
    if frame.empty:
        return pd.DataFrame({"source": [], "bus": [], "voltage_share": []})
    return pd.DataFrame(
        {
            "source": _names(frame.index),
            "bus": _names(frame["bus"]),
            "voltage_share": _number(frame, "vm_pu"),
            "angle_deg": _number(frame, "va_degree", 0.0),
        }
    )


def _switches(switches: pd.DataFrame, alive: set[int]) -> pd.DataFrame | None:
    own = switches[switches["et"] == "b"]
    own = own[own["bus"].isin(alive) & own["element"].isin(alive)]
    if own.empty:
        return None
    return pd.DataFrame(
        {
            "switch": _names(own.index),
            "from_bus": _names(own["bus"]),
            "to_bus": _names(own["element"]),
            "closed": own["closed"].astype(bool).to_numpy(),
        }
    )
