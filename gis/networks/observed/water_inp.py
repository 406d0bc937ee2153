"""An EPANET file with coordinates as the water network of a city.

What the city's water system cannot represent is reported: valves become open pipes, closed pipes
are left out, demands come from the buildings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gis.networks.observed.on_streets import ObservedNetwork
from gis.networks.observed.pipe_table import known_crs, known_register
from twin.core.errors import CityDataError, Fault
from twin.flows import water
from twin.flows.water.network.kinds import (
    JUNCTION_KIND,
    NODE_KINDS,
    PIPE_KIND,
    PUMP_KIND,
    RESERVOIR_KIND,
    TANK_KIND,
)

if TYPE_CHECKING:
    from pathlib import Path

    from gis.read.recipe import InpForm
    from twin.core.arrays import Float64, Int64

_SHORTEST_M, _WIDEST_TANK_M = 1.0, 200.0
_PUMP_BORE_M = 0.3
_C_BAND = (20.0, 160.0)
_USUAL_C = 130.0
"""Of new steel, for valves and for pipes given by another law than Hazen-Williams."""
_WATER_NM3 = 9806.65
_DESIGN_SHARE = 0.75
"""Head at design flow over that at none, as EPANET takes it for a pump given by one point
(Rossman et al., 2020, EPANET 2.2 User Manual, section 3.1)."""
_PUMP_BAND = ((0.1, 1000.0), (1e-5, 100.0))


def read_water_inp(form: InpForm, folder: Path) -> ObservedNetwork:
    """Read an EPANET file as an observed network.

    Raises
    ------
    CityDataError
        With every fault at once: the file, its CRS, nodes without coordinates, the register.
    """
    file = folder / form.inp
    net = water.read_inp(file)
    faults: list[Fault] = []
    crs = known_crs(form.crs, file, faults)
    at = _places(net.kept.get("COORDINATES", ()))
    lacking = [name for name in net.node_id if name not in at]
    if lacking:
        faults.append(
            Fault(
                where=str(file),
                what=f"has no coordinates for {len(lacking)} nodes, such as {lacking[0]}",
                mend="save it with its map: section [COORDINATES], a line per node",
                code="E-GEOM-NULL",
            )
        )
    unused: list[str] = []
    year, material = known_register(form.register_, folder, net.link_id, faults, unused)
    if faults or crs is None:
        raise CityDataError(faults)
    rows = np.flatnonzero(net.is_open | (net.link_kind != PIPE_KIND))
    bends = _bends(net.kept.get("VERTICES", ()))
    is_pump = net.link_kind[rows] == PUMP_KIND
    lift_m, flow_m3s = _pumps(net, rows)
    return ObservedNetwork(
        file=form.inp.name,
        network="water",
        crs=crs,
        node_name=net.node_id,
        xy=np.array([at[name][-1] for name in net.node_id], dtype=np.float64),
        node=_node_columns(net),
        edge_name=tuple(net.link_id[row] for row in rows),
        tail=net.tail[rows],
        head=net.head[rows],
        bends=tuple(np.array(bends.get(net.link_id[row], [])).reshape(-1, 2) for row in rows),
        edge={
            "kind": np.where(is_pump, "pump", "pipe").astype(object),
            "length_m": np.maximum(np.nan_to_num(net.length_m[rows]), _SHORTEST_M),
            "diameter_m": np.where(is_pump, _PUMP_BORE_M, np.nan_to_num(net.diameter_m[rows])),
            "hazen_williams_c": _coefficient(net, rows),
            "pump_head_m": lift_m,
            "pump_flow_m3s": flow_m3s,
        },
        built_year=year[rows],
        material=material[rows],
        serves=net.node_kind == JUNCTION_KIND,
        feeds=net.node_kind != JUNCTION_KIND,
        notes=(*_notes(net, rows), *unused),
    )


def _places(lines: tuple[str, ...]) -> dict[str, list[tuple[float, float]]]:
    """Return the points of each name in a section of places."""
    found: dict[str, list[tuple[float, float]]] = {}
    for line in lines:
        words = line.split(";")[0].split()
        if len(words) == 3 and _is_number(words[1]) and _is_number(words[2]):  # noqa: PLR2004 - id, x, y
            found.setdefault(words[0], []).append((float(words[1]), float(words[2])))
    return found


_bends = _places


def _is_number(word: str) -> bool:
    try:
        return bool(np.isfinite(float(word)))
    except ValueError:
        return False


def _node_columns(net: water.WaterNetwork) -> dict[str, np.ndarray]:
    """Return the columns of `UTIL_NODES` that a network gives."""
    is_tank, is_reservoir = net.node_kind == TANK_KIND, net.node_kind == RESERVOIR_KIND
    wide = np.sqrt(4.0 * np.maximum(net.tank_area_m2, 0.0) / np.pi)
    return {
        "kind": np.array([NODE_KINDS[kind] for kind in net.node_kind], dtype=object),
        "elevation_m": np.nan_to_num(net.elevation_m),
        "head_m": np.where(is_reservoir, net.head_m, np.nan),
        "tank_diameter_m": np.where(is_tank, np.clip(wide, 0.1, _WIDEST_TANK_M), np.nan),
        "tank_min_m": np.where(is_tank, net.tank_min_m, np.nan),
        "tank_max_m": np.where(is_tank, net.tank_max_m, np.nan),
        "tank_init_m": np.where(is_tank, net.tank_init_m, np.nan),
    }


def _coefficient(net: water.WaterNetwork, rows: Int64) -> Float64:
    """Return Hazen-Williams C as given; NaN for pumps, and where another law is used."""
    kind = net.link_kind[rows]
    told = np.full(rows.size, net.headloss is water.Headloss.HAZEN_WILLIAMS) & (kind == PIPE_KIND)
    c = np.where(told, np.clip(net.roughness[rows], *_C_BAND), _USUAL_C)
    return np.where(kind == PUMP_KIND, np.nan, c)


def _pumps(net: water.WaterNetwork, rows: Int64) -> tuple[Float64, Float64]:
    """Return head and flow at the design point of pumps, NaN for pipes.

    A pump given by its power lifts the whole demand with it.
    """
    is_pump = net.link_kind[rows] == PUMP_KIND
    lift_m = np.full(rows.size, np.nan)
    flow_m3s = np.full(rows.size, np.nan)
    wanted_m3s = max(float(net.demand_m3s[net.demand_m3s > 0].sum()), _PUMP_BAND[1][0])
    for at in np.flatnonzero(is_pump):
        row = rows[at]
        power_w, top_m = float(net.pump_power_w[row]), float(net.pump_lift_m[row])
        if power_w > 0.0:
            lift, flow = power_w / (_WATER_NM3 * wanted_m3s), wanted_m3s
        else:
            drop = (1.0 - _DESIGN_SHARE) * top_m / max(float(net.pump_resistance[row]), 1e-12)
            flow = drop ** (1.0 / max(float(net.pump_exponent[row]), 1e-3))
            lift = _DESIGN_SHARE * top_m
        lift_m[at] = np.clip(lift, *_PUMP_BAND[0])
        flow_m3s[at] = np.clip(flow, *_PUMP_BAND[1])
    return lift_m, flow_m3s


def _notes(net: water.WaterNetwork, rows: Int64) -> tuple[str, ...]:
    """Return what of the file has no place in a city."""
    kind = net.link_kind
    n_valves = int(((kind != PIPE_KIND) & (kind != PUMP_KIND)).sum())
    n_closed = len(kind) - rows.size
    notes = ["Water: demands come from the buildings, not from the file; controls are not kept."]
    if n_valves:
        notes.append(f"Water: {n_valves} valves became open pipes; their settings are not kept.")
    if n_closed:
        notes.append(f"Water: {n_closed} closed pipes were left out.")
    return tuple(notes)
