"""Traffic assignment by two peers: pytraf and AequilibraE, on one thread."""

from __future__ import annotations

import importlib.util
import logging
import os
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.flows import traffic

MOST_ITERATIONS = 1000
"""Of AequilibraE: where it has not arrived by then, `true_gap` tells."""


def pytraf_solve(net: traffic.TrafficNetwork, gap: float) -> Callable[[], np.ndarray] | str:
    """Return a solve by pytraf, or why there is none."""
    if importlib.util.find_spec("pytraf") is None:
        return "pytraf is not installed (dependency group `bench`)"
    import pytraf

    row = {node: i for i, node in enumerate(net.graph.node)}
    links = {
        "from_node": net.graph.tail.astype(np.int64),
        "to_node": net.graph.head.astype(np.int64),
        "free_flow_time": net.free_flow_time,
        "capacity": net.capacity,
        "b": net.b,
        "power": net.power,
    }
    theirs = pytraf.Network.from_tables(
        links, is_centroid=net.graph.node < net.first_thru_node, allow_u_turns=True
    )
    trips = {
        "origin": [row[node] for node in net.origin],
        "destination": [row[node] for node in net.dest],
        "flow": net.demand,
    }
    demand = pytraf.Demand.from_table(theirs, trips)
    cars = pytraf.TrafficClass(demand, extra_link_cost=net.class_cost[0])
    return lambda: np.asarray(theirs.assign(cars, gap=gap, threads=1).links.flow).reshape(-1)


def aequilibrae_solve(net: traffic.TrafficNetwork, gap: float) -> Callable[[], np.ndarray] | str:
    """Return a solve by AequilibraE, or why there is none."""
    if importlib.util.find_spec("aequilibrae") is None:
        return "aequilibrae is not installed (dependency group `bench`)"
    if (net.free_flow_time <= 0.0).any():
        return "aequilibrae refuses links without free-flow time"
    _quiet()
    from aequilibrae.matrix import AequilibraeMatrix
    from aequilibrae.paths import TrafficAssignment, TrafficClass

    zones = np.union1d(net.origin, net.dest)
    graph = _graph(net, zones, net.free_flow_time)
    matrix = AequilibraeMatrix()
    matrix.create_empty(zones=zones.size, matrix_names=["cars"], memory_only=True)
    matrix.index[:] = zones
    cells = np.zeros((zones.size, zones.size))
    np.add.at(
        cells, (np.searchsorted(zones, net.origin), np.searchsorted(zones, net.dest)), net.demand
    )
    matrix.matrix["cars"][:, :] = cells
    matrix.computational_view(["cars"])

    def solve() -> np.ndarray:
        job = TrafficAssignment()
        job.set_classes([TrafficClass("cars", graph, matrix)])
        job.set_vdf("BPR")
        job.set_vdf_parameters({"alpha": "b", "beta": "power"})
        job.set_capacity_field("capacity")
        job.set_time_field("free_flow_time")
        job.set_algorithm("bfw")
        job.set_cores(1)
        job.max_iter = MOST_ITERATIONS
        job.rgap_target = gap
        job.execute(log_specification=False)
        return job.results()["PCE_tot"].to_numpy()

    return solve


def aequilibrae_skim(
    net: traffic.TrafficNetwork, cost: np.ndarray, zones: np.ndarray
) -> Callable[[], np.ndarray] | str:
    """Return a skim between zones by AequilibraE, or why there is none."""
    if importlib.util.find_spec("aequilibrae") is None:
        return "aequilibrae is not installed (dependency group `bench`)"
    _quiet()
    from aequilibrae.paths import NetworkSkimming

    graph = _graph(net, zones, cost)
    graph.set_skimming("free_flow_time")

    def search() -> np.ndarray:
        job = NetworkSkimming(graph)
        job.set_cores(1)
        job.execute()
        return np.asarray(job.results.skims.matrix["free_flow_time"])

    return search


def _quiet() -> None:
    """Keep bars and notes of AequilibraE out of the time."""
    os.environ["AEQ_SHOW_PROGRESS"] = "FALSE"
    logging.getLogger("aequilibrae").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="aequilibrae")


def _graph(net: traffic.TrafficNetwork, zones: np.ndarray, cost: np.ndarray) -> Any:  # noqa: ANN401 - a peer's class
    """Return a graph of AequilibraE with a cost as free-flow time."""
    from aequilibrae.paths import Graph

    graph = Graph()
    graph.network = pd.DataFrame(
        {
            "link_id": np.arange(1, net.capacity.size + 1),
            "a_node": net.init_node,
            "b_node": net.term_node,
            "direction": 1,
            "capacity": net.capacity,
            "free_flow_time": cost,
            "b": net.b,
            "power": net.power,
        }
    )
    graph.prepare_graph(zones)
    graph.set_graph("free_flow_time")
    graph.set_blocked_centroid_flows(net.first_thru_node > 1)
    return graph
