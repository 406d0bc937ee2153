"""Residents who depend on a main, by hand: a line of four pipes from a reservoir, a branch."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from twin.assets.exposure import people_served
from twin.city.networks import UTILITIES

#   0 reservoir - 1 - 2 - 3, and 1 - 4; node 5 is a heat source without pipes
PIPES = pd.DataFrame({"tail": [0, 1, 2, 1], "head": [1, 2, 3, 4], "diameter_m": 0.2})
NODES = pd.DataFrame(
    {
        "network": ["water"] * 5 + ["heat"],
        "kind": ["reservoir", "junction", "junction", "junction", "junction", "source"],
    }
)
BUILDINGS = pd.DataFrame({"people": [1, 10, 100, 1000, 10_000, 7], "street_edge_id": 0})
NODE_OF = [1, 2, 3, 4, 1, -1]


def town():
    buildings = BUILDINGS.copy()
    for kind in UTILITIES:
        buildings[kind.node_column] = NODE_OF if kind.name == "water" else -1
    edges = {"street": pd.DataFrame({"street_edge_id": [0, 1]}), "water": PIPES}
    return SimpleNamespace(
        buildings=buildings,
        street_edges=edges["street"],
        util_nodes=NODES,
        network_edges=lambda name: edges.get(name, PIPES.iloc[:0]),
    )


def test_residents_along_a_street_and_behind_a_shut_main_depend_on_it():
    served = people_served(town(), np.array([0, 1, -1, -1, -1, -1], dtype=np.int32))
    # valves stand on pipe 0 at the reservoir and on pipes 1 and 3 at node 1; pipes 1 and 2 have
    # none between them. The building with its own supply (-1) depends on no main.
    streets, mains = [11_118.0, 0.0], [11_111.0, 110.0, 110.0, 1000.0]
    assert served.tolist() == streets + mains
