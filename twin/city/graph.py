"""A city's networks as networkx graphs, for exploration and export; solvers use arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx

from twin.city.networks import NETWORK_NAMES, STREET
from twin.core.errors import CityDataError
from twin.core.registry import nearest

if TYPE_CHECKING:
    from twin.city.bundle import City


def to_networkx(city: City, network: str) -> nx.Graph:
    """Return streets as MultiDiGraph, or a network of mains as MultiGraph."""
    if network == STREET.name:
        return _street_graph(city)
    if network not in NETWORK_NAMES:
        message = f"{network!r} is no network of a city. {nearest(network, list(NETWORK_NAMES))}"
        raise CityDataError(message)
    graph = nx.MultiGraph(crs=city.crs)
    nodes = city.util_nodes[city.util_nodes["network"] == network]
    graph.add_nodes_from(zip(nodes["util_node_id"], nodes.to_dict("records"), strict=True))
    edges = city.network_edges(network)
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


def _street_graph(city: City) -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph(crs=city.crs)
    nodes = city.street_nodes
    graph.add_nodes_from(zip(nodes["street_node_id"], nodes.to_dict("records"), strict=True))
    edges = city.street_edges
    for record in edges.to_dict("records"):
        graph.add_edge(record["tail"], record["head"], key=record["street_edge_id"], **record)
        if not record["oneway"]:
            graph.add_edge(record["head"], record["tail"], key=record["street_edge_id"], **record)
    return graph
