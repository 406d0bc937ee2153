"""How each network is laid in a town without data of it: a folder `gis/networks/<name>` each.

`joined` puts layouts of several networks into the tables of a city; `with_network` adds one network
to a city that was built before it existed.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
from typing import TYPE_CHECKING, Protocol

import geopandas as gpd
import numpy as np

from gis.draft import Draft
from gis.generate.typical_weather import AKMOLA
from twin.city.networks import UTILITIES
from twin.city.tables import UTIL_EDGES, UTIL_NODES
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gis.draft import UtilityLayout
    from gis.generate.typical_weather import Climate
    from twin.city.bundle import City
    from twin.core.arrays import Int32
    from twin.core.columns import Table


class Lay(Protocol):
    """Lay a network along the streets of a draft."""

    def __call__(
        self, draft: Draft, buildings: gpd.GeoDataFrame, climate: Climate
    ) -> UtilityLayout:
        """Return the network; `buildings` hold `people` and `jobs`."""


def layout_of(network: str) -> Lay | None:
    """Return the function `lay` of `gis.networks.<network>`; None where there is no such folder.

    A network without a layout is absent from towns whose data do not have it.
    """
    name = f"gis.networks.{network}"
    if importlib.util.find_spec(name) is None:
        return None
    lay: Lay = importlib.import_module(name).lay
    return lay


def joined(
    layouts: Mapping[str, UtilityLayout], buildings: gpd.GeoDataFrame, crs: str
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return all networks as one table of nodes and one of edges; set the nodes of buildings."""
    nodes: list[gpd.GeoDataFrame] = []
    edges: list[gpd.GeoDataFrame] = []
    shift = 0
    for network in UTILITIES:
        if network.name not in layouts:
            continue
        layout = layouts[network.name]
        nodes.append(layout.nodes)
        edges.append(_shifted_edges(layout.edges, shift))
        buildings[network.node_column] = _shifted(layout.building_node, shift)
        shift += len(layout.nodes)
    return _stacked(UTIL_NODES, nodes, crs), _stacked(UTIL_EDGES, edges, crs)


def with_network(city: City, network: str, climate: Climate = AKMOLA) -> City:
    """Return a city with one more network, laid along its streets; the others stay as they are.

    Raises
    ------
    CityDataError
        If the city has the network already, or nothing lays it.
    """
    kind = next((one for one in UTILITIES if one.name == network), None)
    lay = layout_of(network) if kind else None
    if kind is None or lay is None or len(city.network_edges(network)):
        what = "has the network already" if kind and lay else f"{network!r} has no layout"
        mend = "name a network with a folder gis/networks/<name> that the city lacks"
        raise CityDataError(Fault(city.name, what, mend, "E-NO-NETWORK"))
    buildings = city.buildings.copy()
    centre = buildings.geometry.union_all().centroid
    draft = Draft(
        name=city.name,
        crs=city.crs,
        seed=city.seed,
        street_nodes=city.street_nodes,
        street_edges=city.street_edges,
        buildings=buildings,
        centre_m=(centre.x, centre.y),
    )
    layout = lay(draft, buildings, climate)
    shift = len(city.util_nodes)
    buildings[kind.node_column] = _shifted(layout.building_node, shift)
    edges = [city.util_edges, _shifted_edges(layout.edges, shift)]
    return dataclasses.replace(
        city,
        buildings=buildings,
        util_nodes=_stacked(UTIL_NODES, [city.util_nodes, layout.nodes], city.crs),
        util_edges=_stacked(UTIL_EDGES, edges, city.crs),
        notes=(*city.notes, *layout.notes),
    )


def _shifted(node: Int32, shift: int) -> Int32:
    """Return node rows moved behind another network's, -1 staying -1."""
    moved: Int32 = np.where(node >= 0, node + shift, -1).astype(np.int32)
    return moved


def _shifted_edges(edges: gpd.GeoDataFrame, shift: int) -> gpd.GeoDataFrame:
    """Return edges whose nodes moved behind another network's."""
    moved = edges.copy()
    for end in ("tail", "head"):
        moved[end] = moved[end].to_numpy() + shift
    return moved


def _stacked(table: Table, frames: Sequence[gpd.GeoDataFrame], crs: str) -> gpd.GeoDataFrame:
    """Put frames of a table under each other and number them anew."""
    columns = {
        column.name: np.concatenate([frame[column.name].to_numpy() for frame in frames])
        for column in table.columns
    }
    columns[table.id_column] = np.arange(sum(len(frame) for frame in frames), dtype=np.int32)
    shapes = np.concatenate([np.asarray(frame.geometry.values) for frame in frames])
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)
