"""The water network as an EPANET input file.

Demands are those of a mean day of the city, with its daily pattern; pipes have their roughness and
leakage of book wear. EPANET knows one required pressure for all nodes, so the demand-weighted mean
of what the buildings need stands for it.

Reference: Rossman et al., 2020, EPANET 2.2 User Manual, EPA/600/R-20/133, appendix C.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.export.places import writable
from twin.core.errors import CityDataError, Fault
from twin.flows.water import norms

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd

    from twin.city.bundle import City
    from twin.core.arrays import Float64

_LITRES, _MM = 1000.0, 1000.0
_HOURS = 24
_STOP_M, _START_M = 0.3, 1.5  # below the tank's greatest level
_OPTIONS = """[OPTIONS]
 Units LPS
 Headloss H-W
 Demand Model PDA
 Minimum Pressure 0
 Required Pressure {required_m:.2f}
 Pressure Exponent 0.5
 Emitter Exponent {exponent:g}
 Pattern day
 Trials 200
 Accuracy 0.0001
 Unbalanced Continue 10

[TIMES]
 Duration {hours}:00
 Hydraulic Timestep 1:00
 Pattern Timestep {step}:00
 Report Timestep 1:00
"""


def write_inp(city: City, path: Path) -> Path:
    """Write the water network of a city as a file that EPANET 2.2 runs.

    Raises
    ------
    CityDataError
        If the city has no water network.
    """
    edges = city.network_edges("water")
    if not len(edges):
        mend = "build the city with a water network"
        raise CityDataError(Fault("util_edges", "has no water network", mend, "E-NO-NETWORK"))
    nodes = city.util_nodes[city.util_nodes["network"] == "water"]
    demand, required_m = _demand_m3s(city)
    leak = _emitters(city, edges)
    parts = [
        _section("TITLE", [f"{city.name}, seed {city.seed}, coordinates in {city.crs}"]),
        *_node_sections(nodes, demand, leak),
        *_edge_sections(edges),
        _section("CONTROLS", _controls(nodes, edges)),
        _section("PATTERNS", [f"day {factor:g}" for factor in norms.PERIOD_FACTORS]),
        _OPTIONS.format(
            required_m=required_m,
            exponent=norms.BACKGROUND_EXPONENT,
            hours=_HOURS,
            step=_HOURS // len(norms.PERIOD_FACTORS),
        ),
        *_drawing(nodes, edges),
        "[END]\n",
    ]
    path = writable(path)
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


def _section(name: str, rows: Iterable[str]) -> str:
    return f"[{name}]\n" + "".join(f" {row}\n" for row in rows)


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


def _node_sections(nodes: pd.DataFrame, demand: Float64, leak: Float64) -> list[str]:
    """Return junctions, reservoirs, tanks and emitters."""
    junctions, emitters, reservoirs, tanks = [], [], [], []
    for row in nodes.itertuples():
        name = f"N{row.util_node_id}"
        if row.kind == "reservoir":
            reservoirs.append(f"{name} {row.head_m:.3f}")
        elif row.kind == "tank":
            levels = f"{row.tank_init_m:.3f} {row.tank_min_m:.3f} {row.tank_max_m:.3f}"
            tanks.append(f"{name} {row.elevation_m:.3f} {levels} {row.tank_diameter_m:.3f} 0")
        else:
            litres = demand[row.util_node_id] * _LITRES
            junctions.append(f"{name} {row.elevation_m:.3f} {litres:.9g}")
            emitters.append(f"{name} {leak[row.util_node_id] * _LITRES:.9g}")
    return [
        _section("JUNCTIONS", junctions),
        _section("RESERVOIRS", reservoirs),
        _section("TANKS", tanks),
        _section("EMITTERS", emitters),
    ]


def _edge_sections(edges: pd.DataFrame) -> list[str]:
    """Return pipes, pumps and a head curve per pump."""
    pipes = edges[edges["kind"] == "pipe"]
    worn_c = norms.worn_hazen_williams_c(
        pipes["hazen_williams_c"].to_numpy(dtype=float),
        pipes["diameter_m"].to_numpy(dtype=float),
        norms.grown_roughness_m(pipes["material"].tolist()),
        pipes["wear_book"].to_numpy(dtype=float),
    )
    rows = [
        f"L{row.util_edge_id} N{row.tail} N{row.head} {row.length_m:.3f} "
        f"{row.diameter_m * _MM:.3f} {c:.4f} 0 Open"
        for row, c in zip(pipes.itertuples(), worn_c.tolist(), strict=True)
    ]
    pumps, curves = [], []
    for row in edges[edges["kind"] == "pump"].itertuples():
        pumps.append(f"L{row.util_edge_id} N{row.tail} N{row.head} HEAD C{row.util_edge_id}")
        litres = row.pump_flow_m3s * _LITRES
        curves.append(f"C{row.util_edge_id} {litres:.9g} {row.pump_head_m:.4f}")
    return [_section("PIPES", rows), _section("PUMPS", pumps), _section("CURVES", curves)]


def _controls(nodes: pd.DataFrame, edges: pd.DataFrame) -> list[str]:
    """Stop each pump while the tank it fills, the nearest one, is all but full."""
    tanks = nodes[nodes["kind"] == "tank"]
    if not len(tanks):
        return []
    rows = []
    for pump in edges[edges["kind"] == "pump"].itertuples():
        away = tanks.geometry.distance(pump.geometry)
        tank = tanks.loc[away.idxmin()]
        full, low = tank.tank_max_m - _STOP_M, tank.tank_max_m - _START_M
        rows += [
            f"LINK L{pump.util_edge_id} CLOSED IF NODE N{tank.util_node_id} ABOVE {full:.3f}",
            f"LINK L{pump.util_edge_id} OPEN IF NODE N{tank.util_node_id} BELOW {low:.3f}",
        ]
    return rows


def _drawing(nodes: pd.DataFrame, edges: pd.DataFrame) -> list[str]:
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
    return [_section("COORDINATES", places), _section("VERTICES", bends)]
