"""Large networks as copies of one, joined by pipes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from twin.flows import water
from twin.flows.water.network.kinds import JUNCTION_KIND, PIPE_KIND

if TYPE_CHECKING:
    from twin.core.arrays import Float64, Int32


def tiled(net: water.WaterNetwork, copies: int) -> water.WaterNetwork:
    """Return copies of the pipes of a network in rows, each joined to two neighbours.

    Pumps and valves become short wide pipes, tanks reservoirs at their first level.
    """
    nodes, links = _nodes(net), _links(net)
    side = math.ceil(math.sqrt(copies))
    middle = int(np.flatnonzero(net.node_kind == JUNCTION_KIND)[net.n_nodes // 3])
    node_rows, link_rows = [], []
    for copy in range(copies):
        node_rows.append(nodes.assign(node=[f"{copy}/{name}" for name in net.node_id]))
        ends = {
            column: [f"{copy}/{net.node_id[row]}" for row in rows]
            for column, rows in (("from_node", net.tail), ("to_node", net.head))
        }
        link_rows.append(links.assign(link=[f"{copy}/{name}" for name in net.link_id], **ends))
        joined = [copy - side] if copy >= side else []
        joined += [copy - 1] if copy % side else []
        link_rows += [_join(net.node_id[middle], copy, other) for other in joined]
    return water.WaterNetwork.from_frames(pd.concat(node_rows), pd.concat(link_rows))


def _join(name: str, copy: int, other: int) -> pd.DataFrame:
    """Return a main between the same junction of two copies."""
    row = {"link": f"{other}-{copy}", "from_node": f"{other}/{name}", "to_node": f"{copy}/{name}"}
    size = {"length_m": 800.0, "diameter_m": 0.2, "roughness": 120.0, "minor_loss": 0.0}
    return pd.DataFrame([row | size])


def _nodes(net: water.WaterNetwork) -> pd.DataFrame:
    """Return the nodes of one copy."""
    junction = net.node_kind == JUNCTION_KIND
    level: Float64 = np.where(np.isnan(net.tank_init_m), 0.0, net.tank_init_m)
    return pd.DataFrame(
        {
            "kind": np.where(junction, "junction", "reservoir"),
            "elevation_m": net.elevation_m,
            "demand_m3s": np.where(junction, net.demand_m3s, 0.0),
            "head_m": net.elevation_m + level,
        }
    )


def _links(net: water.WaterNetwork) -> pd.DataFrame:
    """Return the links of one copy as pipes."""
    pipe = net.link_kind == PIPE_KIND
    kind: Int32 = net.link_kind
    return pd.DataFrame(
        {
            "kind": np.full(kind.size, "pipe"),
            "length_m": np.where(pipe, net.length_m, 10.0),
            "diameter_m": np.where(pipe, net.diameter_m, 0.3),
            "roughness": np.where(pipe, net.roughness, 120.0),
            "minor_loss": np.where(pipe, net.minor_loss, 0.0),
            "is_open": net.is_open,
        }
    )
