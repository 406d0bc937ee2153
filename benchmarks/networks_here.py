"""Networks laid again in the very place of a real one: layout and bores against what lies there."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from wntr.network import WaterNetworkModel

    from benchmarks.likeness.pipe_networks import Pipes
    from gis.networks.network_tools import TrenchGraph

ROOT = Path(__file__).resolve().parents[1]
_DAY_S = 86_400.0
_LOW_HOUSES_M = 10.0


def laid_again(real: WaterNetworkModel) -> dict[str, float]:
    """Lay the mains of a real network again: its pipes are the streets, its demands the people.

    The layout chooses which pieces carry a main, where plant stands and how wide each is; heights
    and demands are the real ones. Houses are low: fires ask for what they ask for there.
    """
    from benchmarks.likeness.pipe_networks import Pipes, largest_part
    from gis.networks.network_tools import Paths
    from gis.networks.water.water_plan import Demand, plan_mains
    from twin.flows.water.city import norms

    graph, mean_m3s = _trenches_of(real)
    wanted = np.flatnonzero(mean_m3s > 0.0)
    people = np.round(mean_m3s * _DAY_S * 1000.0 / norms.LITRES_PER_PERSON_DAY).astype(np.int64)
    demand = Demand(
        mean_m3s=mean_m3s,
        needed_m=np.full(graph.n_nodes, _LOW_HOUSES_M + 5.0),
        houses=np.zeros(graph.tail.size, dtype=np.int64),
        people=people,
    )
    everywhere = np.ones(graph.n_nodes, dtype=np.bool_)
    net = plan_mains(graph, Paths(graph, graph.length_m), wanted, demand, around=everywhere)
    drawn = Pipes(net.tail, net.head, graph.length_m[net.pieces], net.bore_m)
    found = _figures(largest_part(drawn), pipes_of_wntr(real))
    row = np.array([real.get_link(name).diameter for name in _pipe_names(real)])[net.pieces]
    weight = graph.length_m[net.pieces]
    found["same_bore_share"] = float(weight[_classes_apart(net.bore_m, row) == 0].sum())
    found["near_bore_share"] = float(weight[_classes_apart(net.bore_m, row) <= 1].sum())
    for name in ("same_bore_share", "near_bore_share"):
        found[name] /= float(weight.sum())
    return found


def heat_laid_again() -> dict[str, Any]:
    """Lay Schutterwald's heat again: its gas pipes are the streets, its heat consumers the ends."""
    from benchmarks.likeness.pipe_networks import Pipes, largest_part
    from gis.networks.network_tools import Paths, steiner_tree

    files = [
        data() / "city" / "schutterwald" / name
        for name in ("sw_heat.json", "gas_net_schutterwald_1bar.json")
    ]
    missing = [str(path) for path in files if not path.exists()]
    if missing:
        return {"missing": f"no network at {missing[0]}; set TWIN_TEST_DATA to the data folder"}
    import pandapipes

    heat, gas = (pandapipes.from_json(str(path)) for path in files)
    place = {name: row for row, name in enumerate(gas.junction.index)}
    at = gas.junction_geodata.loc[gas.junction.index, ["x", "y"]].to_numpy(dtype=np.float64)
    graph = trenches(
        at,
        np.zeros(len(at)),
        [place[node] for node in gas.pipe["from_junction"]],
        [place[node] for node in gas.pipe["to_junction"]],
        gas.pipe["length_km"].to_numpy() * 1000.0,
    )
    ends = [*heat.heat_consumer["from_junction"], *heat.circ_pump_pressure["flow_junction"]]
    spots = heat.junction_geodata.reindex(ends)[["x", "y"]].dropna().to_numpy(dtype=np.float64)
    from scipy.spatial import cKDTree

    away, nearest = cKDTree(at).query(spots)
    pieces = steiner_tree(Paths(graph, graph.length_m), np.unique(nearest))
    length = graph.length_m[pieces]
    drawn = Pipes(graph.tail[pieces], graph.head[pieces], length, np.full(pieces.size, 0.1))
    supply = heat_pipes(heat.pipe)
    found = _figures(largest_part(drawn), supply)
    found["farthest_end_m"] = float(away.max())
    return {key: value for key, value in found.items() if not key.startswith("diameter")}


def heat_pipes(pipe: pd.DataFrame) -> Pipes:
    """Return the largest part of the pipes of a pandapipes network: those of the supply side."""
    from benchmarks.likeness.pipe_networks import Pipes, largest_part

    return largest_part(
        Pipes(
            pipe["from_junction"].to_numpy(),
            pipe["to_junction"].to_numpy(),
            pipe["length_km"].to_numpy() * 1000.0,
            pipe["diameter_m"].to_numpy(),
        )
    )


def data() -> Path:
    """Return the folder of real cities."""
    return Path(os.environ.get("TWIN_TEST_DATA", ROOT.parent / "shared" / "data"))


def compared(drawn: Pipes, real: Pipes) -> dict[str, float]:
    """Return all figures of a likeness, and the gaps of meshedness and leaves."""
    from gis.likeness import likeness

    found = asdict(likeness(drawn, real))
    found["meshedness_gap"] = abs(found["meshedness"] - found["meshedness_real"])
    found["leaf_gap"] = abs(found["leaf_share"] - found["leaf_share_real"])
    return found


def _figures(drawn: Pipes, real: Pipes) -> dict[str, float]:
    found = compared(drawn, real)
    found["length_error_share"] = float(drawn.length_m.sum() / real.length_m.sum() - 1.0)
    return found


def _classes_apart(bore_m: np.ndarray, real_m: np.ndarray) -> np.ndarray:
    """Return how many nominal bores apart two columns of diameters are."""
    from benchmarks.likeness.pipe_networks import NOMINAL_M, nominal_m

    ours, theirs = (np.searchsorted(NOMINAL_M, nominal_m(one)) for one in (bore_m, real_m))
    return np.abs(ours - theirs)


def _pipe_names(real: WaterNetworkModel) -> list[str]:
    return list(real.pipe_name_list)


def _trenches_of(real: WaterNetworkModel) -> tuple[TrenchGraph, np.ndarray]:
    """Return a real network's pipes as streets, and the mean demand at each of its nodes."""
    place = {name: row for row, name in enumerate(real.node_name_list)}
    nodes = [real.get_node(name) for name in real.node_name_list]
    junction = np.array([node.node_type == "Junction" for node in nodes])
    ground = np.array([getattr(node, "elevation", 0.0) or 0.0 for node in nodes])
    ground = np.where(junction, ground, np.median(ground[junction]))
    mean = np.array([node.base_demand if node.node_type == "Junction" else 0.0 for node in nodes])
    links = [real.get_link(name) for name in _pipe_names(real)]
    graph = trenches(
        np.array([node.coordinates for node in nodes], dtype=np.float64),
        ground,
        [place[link.start_node_name] for link in links],
        [place[link.end_node_name] for link in links],
        np.array([link.length for link in links]),
    )
    return graph, np.maximum(mean, 0.0)


def trenches(
    xy_m: np.ndarray,
    ground_m: np.ndarray,
    tail: Iterable[int],
    head: Iterable[int],
    length_m: np.ndarray,
) -> TrenchGraph:
    """Return pipes of a real network as streets under which pipes can lie."""
    import shapely

    from gis.networks.network_tools import TrenchGraph

    start, end = np.array(list(tail), dtype=np.int32), np.array(list(head), dtype=np.int32)
    none = np.zeros(0, dtype=np.int32)
    return TrenchGraph(
        xy_m=xy_m,
        elevation_m=ground_m,
        street_node=np.arange(len(xy_m), dtype=np.int32),
        tail=start,
        head=end,
        length_m=np.maximum(length_m, 0.1),
        street_edge=np.arange(start.size, dtype=np.int32),
        line=shapely.linestrings(np.stack([xy_m[start], xy_m[end]], axis=1)),
        building_node=none,
        building_piece=none,
    )


def pipes_of_wntr(net: WaterNetworkModel) -> Pipes:
    """Return the largest connected part of the pipes of a wntr network."""
    from benchmarks.likeness.pipe_networks import Pipes, largest_part

    place = {name: row for row, name in enumerate(net.node_name_list)}
    pipes = [pipe for _, pipe in net.pipes()]
    return largest_part(
        Pipes(
            np.array([place[pipe.start_node_name] for pipe in pipes]),
            np.array([place[pipe.end_node_name] for pipe in pipes]),
            np.array([pipe.length for pipe in pipes]),
            np.array([pipe.diameter for pipe in pipes]),
        )
    )
