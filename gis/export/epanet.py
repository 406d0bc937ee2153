"""The water network as an EPANET input file.

Demands are those of a mean day of the city, with its daily pattern; pipes have their roughness and
leakage of book wear. EPANET knows one required pressure for all nodes, so the demand-weighted mean
of what the buildings need represents it.

Reference: Rossman et al., 2020, EPANET 2.2 User Manual, EPA/600/R-20/133, appendix C.
"""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gis.export.writable import writable
from twin.city.validate import component_of
from twin.core.errors import CityDataError, Fault
from twin.flows import water
from twin.flows.water.city import norms
from twin.flows.water.network.control_rules import BY_HEAD_ABOVE, BY_HEAD_BELOW, Action, Control
from twin.flows.water.network.times import Times

if TYPE_CHECKING:
    from pathlib import Path

    from twin.city.bundle import City
    from twin.core.arrays import Float64

_DAY_S, _HOUR_S = 86400, 3600
_STOP_M, _START_M = 0.3, 1.5  # below the tank's greatest level
_DIGITS = 9
"""Digits kept of a number, which is far beyond what is known of any pipe."""
_OPTIONS = (
    "UNITS LPS",
    "PRESSURE METERS",
    "TRIALS 200",
    "ACCURACY 0.0001",
    "UNBALANCED CONTINUE 10",
)


def write_inp(city: City, path: Path) -> Path:
    """Write the water network of a city as a file that EPANET 2.2 runs.

    Raises
    ------
    CityDataError
        If the city has no water network.
    """
    return water.write_inp(_network(city), writable(path))


def _network(city: City) -> water.WaterNetwork:
    """Return the network of a mean day; nodes are called N and links L with their ids."""
    edges = city.network_edges("water")
    if not len(edges):
        mend = "build the city with a water network"
        raise CityDataError(Fault("util_edges", "has no water network", mend, "E-NO-NETWORK"))
    nodes = city.util_nodes[city.util_nodes["network"] == "water"]
    places, bends = _drawing(nodes, edges)
    step_s = _DAY_S // len(norms.PERIOD_FACTORS)
    return water.WaterNetwork.from_frames(
        _node_frame(city, nodes, edges),
        _link_frame(edges),
        patterns={"day": norms.PERIOD_FACTORS},
        pattern_step_s=float(step_s),
        times=Times(duration_s=_DAY_S, step_s=_HOUR_S, pattern_step_s=step_s),
        pressure_driven=True,
        controls=_controls(nodes, edges),
        kept={
            "TITLE": (f"{city.name}, seed {city.seed}, coordinates in {city.crs}",),
            "OPTIONS": _OPTIONS,
            "COORDINATES": tuple(places),
            "VERTICES": tuple(bends),
        },
    )


def _controls(nodes: pd.DataFrame, edges: pd.DataFrame) -> list[Control]:
    """Stop each pump while the tank it fills, the nearest one of its part, is all but full."""
    tanks = nodes[nodes["kind"] == "tank"]
    part = _part_of(nodes, edges)
    found: list[Control] = []
    for pump in edges[edges["kind"] == "pump"].itertuples():
        own = tanks[part[tanks["util_node_id"]].to_numpy() == part[pump.tail]]
        if not len(own):
            continue
        tank = own.loc[own.geometry.distance(pump.geometry).idxmin()]
        top_m = tank["elevation_m"] + tank["tank_max_m"]
        name = f"N{tank['util_node_id']}"
        stop, start = (Action(f"L{pump.util_edge_id}", open_, nan) for open_ in (False, True))
        found += [
            Control(stop, BY_HEAD_ABOVE, name, round(float(top_m - _STOP_M), _DIGITS)),
            Control(start, BY_HEAD_BELOW, name, round(float(top_m - _START_M), _DIGITS)),
        ]
    return found


def _part_of(nodes: pd.DataFrame, edges: pd.DataFrame) -> pd.Series:
    """Return the connected part of each node, by its id."""
    ids = nodes["util_node_id"].to_numpy()
    tail, head = (np.searchsorted(ids, edges[end].to_numpy()) for end in ("tail", "head"))
    return pd.Series(component_of(ids.size, tail.astype(np.int32), head.astype(np.int32)), ids)


def _node_frame(city: City, nodes: pd.DataFrame, edges: pd.DataFrame) -> pd.DataFrame:
    """Return the nodes table: demands, background leaks and levels."""
    row = nodes["util_node_id"].to_numpy()
    demand, required_m = _demand_m3s(city)
    junction = (nodes["kind"] == "junction").to_numpy()
    return pd.DataFrame(
        {
            "node": [f"N{node}" for node in row],
            "kind": nodes["kind"].to_numpy(),
            "elevation_m": _short(nodes["elevation_m"]),
            "head_m": _short(nodes["head_m"]),
            "diameter_m": _short(nodes["tank_diameter_m"]),
            "min_level_m": _short(nodes["tank_min_m"]),
            "max_level_m": _short(nodes["tank_max_m"]),
            "init_level_m": _short(nodes["tank_init_m"]),
            "demand_m3s": _short(demand[row]),
            "pattern": np.where(junction, "day", ""),
            "leak_coefficient": _short(_emitters(city, edges)[row]),
            "leak_exponent": norms.BACKGROUND_EXPONENT,
            "full_pressure_m": round(required_m, 2),
        }
    )


def _link_frame(edges: pd.DataFrame) -> pd.DataFrame:
    """Return the links table, with the roughness of book wear."""
    worn_c = norms.worn_hazen_williams_c(
        edges["hazen_williams_c"].to_numpy(dtype=float),
        edges["diameter_m"].to_numpy(dtype=float),
        norms.grown_roughness_m(edges["material"].tolist()),
        edges["wear_book"].to_numpy(dtype=float),
    )
    points = zip(_short(edges["pump_flow_m3s"]), _short(edges["pump_head_m"]), strict=True)
    return pd.DataFrame(
        {
            "link": [f"L{edge}" for edge in edges["util_edge_id"]],
            "kind": edges["kind"].to_numpy(),
            "from_node": [f"N{node}" for node in edges["tail"]],
            "to_node": [f"N{node}" for node in edges["head"]],
            "length_m": _short(edges["length_m"]),
            "diameter_m": _short(edges["diameter_m"]),
            "roughness": _short(worn_c),
            "curve": [[point] for point in points],
        }
    )


def _short(values: pd.Series | Float64) -> list[float]:
    """Return numbers with the digits worth printing."""
    return [float(f"{value:.{_DIGITS}g}") for value in np.asarray(values, dtype=float)]


def _demand_m3s(city: City) -> tuple[Float64, float]:
    """Return the mean demand of each util node, and the pressure that serves the mean m3."""
    buildings = city.buildings[city.buildings["water_node"] >= 0]
    other = norms.other_demand_m3s(
        buildings["use"].tolist(), buildings["floor_area_m2"].to_numpy(dtype=float)
    )
    wanted = norms.building_demand_m3s(buildings["people"].to_numpy(dtype=np.int32), other)
    needed = norms.needed_pressure_m(buildings["floors"].to_numpy(dtype=np.int32))
    node = buildings["water_node"].to_numpy()
    demand: Float64 = np.bincount(node, wanted, len(city.util_nodes))
    total = float(wanted.sum())
    mean = float(wanted @ needed) / total if total > 0.0 else norms.FIRST_FLOOR_PRESSURE_M
    return demand, mean


def _emitters(city: City, edges: pd.DataFrame) -> Float64:
    """Return the background leakage of each util node at 1 m pressure, m3/s."""
    count = len(city.util_nodes)
    pipe = (edges["kind"] == "pipe").to_numpy()
    half_m = np.where(pipe, 0.5 * edges["length_m"].to_numpy(), 0.0)
    worn = half_m * norms.condition_factor(edges["wear_book"].to_numpy(dtype=float))
    tail, head = edges["tail"].to_numpy(), edges["head"].to_numpy()
    length = np.bincount(tail, half_m, count) + np.bincount(head, half_m, count)
    weighed = np.bincount(tail, worn, count) + np.bincount(head, worn, count)
    mean = np.divide(weighed, length, out=np.ones(count), where=length > 0.0)
    node = city.buildings["water_node"].to_numpy()
    connections = np.bincount(node[node >= 0], minlength=count).astype(float)
    one = np.ones(count)
    return norms.background_coefficient(weighed, connections * mean, one)


def _drawing(nodes: pd.DataFrame, edges: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Return the places of nodes and the bends of pipes."""
    points = shapely.get_coordinates(np.asarray(nodes["geometry"].to_numpy()))
    places = [
        f"N{node} {x:.3f} {y:.3f}"
        for node, (x, y) in zip(nodes["util_node_id"], points.tolist(), strict=True)
    ]
    bends = []
    for edge, line in zip(edges["util_edge_id"], edges["geometry"], strict=True):
        inner = shapely.get_coordinates(line)[1:-1]
        bends += [f"L{edge} {x:.3f} {y:.3f}" for x, y in inner.tolist()]
    return places, bends
