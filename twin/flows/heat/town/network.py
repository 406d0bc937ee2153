"""The heat network of a city's bundle as tables of supply and return, and what can be wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twin.core.errors import Fault
from twin.flows.heat.network import HeatNetwork
from twin.flows.heat.soil import steel_wall_jmk
from twin.flows.heat.town.demand import INDOOR_C

if TYPE_CHECKING:
    from twin.core.arrays import Float64, Int32

SOIL_C = 5.0
FLOW_RESERVE = 1.3  # most a substation passes, over its design flow
MIN_DP_PA = 20_000.0
_CP_JKGK = 4190.0  # for design flows only


def curve_rows(network: HeatNetwork) -> Int32:
    """Return the source whose curve each consumer follows: its part's pressure holder."""
    net = network.arrays
    holder = np.zeros(int(net.source_part.max(initial=0)) + 1, dtype=np.int32)
    for k in np.flatnonzero(net.source_holds):
        holder[net.source_part[k]] = k
    rows: Int32 = holder[np.maximum(net.consumer_part, 0)]
    return rows


def city_faults(edges: pd.DataFrame, sources: pd.DataFrame) -> list[Fault]:
    """Return what keeps a city's heat network from being compiled."""
    faults: list[Fault] = []
    if sources.empty:
        mend = "add a util node of kind source, or leave out the heat network"
        faults.append(Fault("util_nodes", "network heat has no source", mend))
    for column in (
        "supply_pressure_pa",
        "lift_pa",
        "design_supply_c",
        "design_return_c",
        "design_outdoor_c",
    ):
        rows = sources.index[sources[column].isna()]
        if len(rows):
            mend = f"give every heat source its {column}"
            faults.append(Fault(f"util_nodes.{column} row {rows[0]}", "is not given", mend))
    for column in ("roughness_m", "loss_w_m2k"):
        rows = edges.index[edges[column].isna()]
        if len(rows):
            mend = f"give every heat edge its {column}"
            faults.append(Fault(f"util_edges.{column} row {rows[0]}", "is not given", mend))
    rows = edges.index[edges["kind"] != "pipe"]
    if len(rows):
        mend = "heat edges are pipes; a source brings its own pump"
        faults.append(Fault(f"util_edges.kind row {rows[0]}", "is not pipe", mend))
    return faults


def town_network(
    nodes: pd.DataFrame,
    edges: pd.DataFrame,
    sources: pd.DataFrame,
    served: np.ndarray,
    ua_wk: Float64,
) -> HeatNetwork:
    """Double every trench into a supply and a return pipe, and size the substations."""
    sides = ("supply", "return")
    curve_span_k = float((sources["design_supply_c"] - sources["design_return_c"]).iloc[0])
    design_w = ua_wk * (INDOOR_C - float(sources["design_outdoor_c"].iloc[0]))
    return HeatNetwork(
        nodes=pd.concat(
            pd.DataFrame(
                {
                    "node": side[0] + nodes["util_node_id"].astype(str),
                    "elevation_m": nodes["elevation_m"],
                }
            )
            for side in sides
        ),
        pipes=pd.concat(
            pd.DataFrame(
                {
                    "pipe": side[0] + edges["util_edge_id"].astype(str),
                    "from_node": side[0] + edges["tail"].astype(str),
                    "to_node": side[0] + edges["head"].astype(str),
                    "side": side,
                    "length_m": edges["length_m"],
                    "diameter_m": edges["diameter_m"],
                    "roughness_m": edges["roughness_m"],
                    "loss_w_m2k": edges["loss_w_m2k"],
                    "ambient_c": SOIL_C,
                    "wall_jmk": steel_wall_jmk(edges["diameter_m"].to_numpy(dtype=np.float64)),
                }
            )
            for side in sides
        ),
        consumers=pd.DataFrame(
            {
                "consumer": served.astype(str),
                "supply_node": [f"s{node}" for node in served],
                "return_node": [f"r{node}" for node in served],
                "heat_w": design_w,
                "return_temp_c": float(sources["design_return_c"].iloc[0]),
                "max_flow_kgs": FLOW_RESERVE * design_w / (_CP_JKGK * curve_span_k),
                "min_dp_pa": MIN_DP_PA,
            }
        ),
        sources=pd.DataFrame(
            {
                "source": sources["util_node_id"].astype(str),
                "supply_node": "s" + sources["util_node_id"].astype(str),
                "return_node": "r" + sources["util_node_id"].astype(str),
                "supply_pressure_pa": sources["supply_pressure_pa"],
                "lift_pa": sources["lift_pa"],
                "supply_temp_c": sources["design_supply_c"],
                "capacity_w": sources["capacity_w"],
            }
        ),
    )
