"""How a city shows itself in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pandas.api.types import is_numeric_dtype

from twin.city.glance import glance
from twin.city.networks import NETWORK_NAMES, STREET
from twin.core.errors import CityDataError
from twin.core.registry import nearest
from twin.drawing import card, explore_lines, map_lines
from twin.drawing.card import short
from twin.drawing.maps import Colouring

if TYPE_CHECKING:
    import geopandas as gpd

    from twin.city.bundle import City
    from twin.drawing import Page, Picture

_FACTS = ("kind", "name", "road_class", "material", "diameter_m", "length_m", "built_year")
_SYNTHETIC, _OBSERVED = "synthetic", "observed"


def city_card(city: City) -> str:
    """Return a city's figures as an HTML card."""
    facts = [
        (fact.what, str(int(fact.value)) if "year" in fact.what else short(fact.value, fact.unit))
        for fact in glance(city)
    ]
    remarks = [origin(city, network) for network in NETWORK_NAMES]
    return card(f"{city.name} ({city.crs})", facts, "; ".join(filter(None, remarks)))


def origin(city: City, network: str) -> str:
    """Return in words which share of a network's edges was not observed; empty without edges."""
    source = city.network_edges(network)["source"]
    if not len(source):
        return ""
    made = float((source == _SYNTHETIC).mean())
    imputed = float((source != _OBSERVED).mean()) - made
    if made == 1.0:
        return f"{network}: synthetic network, not surveyed"
    parts = [
        f"{share:.0%} {word}"
        for share, word in ((made, "synthetic"), (imputed, "imputed"))
        if share > 0.0
    ]
    return f"{network}: {', '.join(parts) or 'observed'}"


def _edges(city: City, network: str, column: str) -> gpd.GeoDataFrame:
    """Return the edges of a network that has a numeric column.

    Raises
    ------
    CityDataError
        If the network or the column is not known, or the column holds no numbers.
    """
    if network not in NETWORK_NAMES:
        message = f"{network!r} is not a network of a city. {nearest(network, list(NETWORK_NAMES))}"
        raise CityDataError(message)
    edges: gpd.GeoDataFrame = city.network_edges(network)
    numeric = [name for name in edges.columns if is_numeric_dtype(edges[name])]
    if column not in numeric:
        what = f"{column!r} is not a numeric column of the {network} network"
        message = f"{what}. {nearest(column, numeric)}"
        raise CityDataError(message)
    if not len(edges):
        message = f"{city.name} has no {network} network. Draw another network"
        raise CityDataError(message)
    return edges


def map_city(city: City, network: str, column: str) -> Picture:
    """Return a still map of a network over the streets; see `City.map`."""
    edges = _edges(city, network, column)
    return map_lines(
        edges.geometry,
        edges[column].to_numpy(dtype=np.float64),
        Colouring(column.replace("_", " ")),
        ground=None if network == STREET.name else city.street_edges.geometry,
        title=f"{city.name}: {network}",
        remark=origin(city, network),
    )


def explore_city(city: City, network: str, column: str) -> Page:
    """Return a network as a map to explore; see `City.explore`."""
    edges = _edges(city, network, column)
    return explore_lines(
        edges,
        column,
        Colouring(column.replace("_", " ")),
        shown=[name for name in _FACTS if name in edges.columns],
        title=f"{city.name}, {origin(city, network)}",
    )
