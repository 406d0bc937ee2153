"""Small sewers for tests."""

import numpy as np
import pandas as pd

from twin.flows.sewer import SewerNetwork


def reach_tables(n_pipes=10, slope=0.002, length_m=50.0, **changes):
    """Manholes in a row that drain to an outfall."""
    n = n_pipes + 1
    nodes = pd.DataFrame(
        {
            "node": [f"n{i}" for i in range(n)],
            "bottom_m": [100.0 - slope * length_m * i for i in range(n)],
            "depth_m": 4.0,
            "outfall": [""] * n_pipes + ["normal"],
            "stage_m": np.nan,
        }
    )
    conduits = pd.DataFrame(
        {
            "conduit": [f"c{i}" for i in range(n_pipes)],
            "from_node": [f"n{i}" for i in range(n_pipes)],
            "to_node": [f"n{i + 1}" for i in range(n_pipes)],
            "length_m": length_m,
            "roughness": 0.013,
            "shape": "circular",
            "height_m": 1.0,
            "width_m": 0.0,
            "side_slope": 0.0,
        }
    )
    return {"nodes": nodes, "conduits": conduits.assign(**changes)}


def reach(n_pipes=10, slope=0.002, length_m=50.0, **changes):
    return SewerNetwork(**reach_tables(n_pipes, slope, length_m, **changes))


def inflow_at_top(net, flow_m3s):
    inflow = np.zeros(len(net.row_of))
    inflow[0] = flow_m3s
    return inflow
