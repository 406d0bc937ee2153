"""Networks of a city as networkx graphs, for exploration and export; solvers use arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx

if TYPE_CHECKING:
    import geopandas as gpd


def pipe_graph(crs: str, nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame) -> nx.MultiGraph:
    """Return the pipes of one network, rows of `util_nodes` and `util_edges`."""
    graph = nx.MultiGraph(crs=crs)
    graph.add_nodes_from(zip(nodes["util_node_id"], nodes.to_dict("records"), strict=True))
    graph.add_edges_from(
        zip(
            edges["tail"],
            edges["head"],
            edges["util_edge_id"],
            edges.to_dict("records"),
            strict=True,
        )
    )
    return graph


def street_graph(crs: str, nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame) -> nx.MultiDiGraph:
    """Return the streets, one edge for each direction in which cars may drive."""
    graph = nx.MultiDiGraph(crs=crs)
    graph.add_nodes_from(zip(nodes["street_node_id"], nodes.to_dict("records"), strict=True))
    for record in edges.to_dict("records"):
        graph.add_edge(record["tail"], record["head"], key=record["street_edge_id"], **record)
        if not record["oneway"]:
            graph.add_edge(record["head"], record["tail"], key=record["street_edge_id"], **record)
    return graph
