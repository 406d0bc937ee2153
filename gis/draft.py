"""What passes between the steps of building a city: a draft, and the layout of one utility.

A `Draft` comes from a map (`gis.read.osm`) or from the town generator (`gis.generate.town.draw`);
`gis.assemble` turns it into a `City`:

    zones -> people and jobs -> networks -> facilities -> weather -> City

Each network has a layout in `gis.networks.<name>` (see `gis.networks.layouts`).
`gis.clean.street_tables` joins buildings to streets:

    attach_buildings(buildings, street_nodes, street_edges, *, limit_m=300.0)
        -> (buildings with street_edge_id, street_node_id and dense building_id, notes)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from gis.town_condition import DEFAULT_CONDITION

if TYPE_CHECKING:
    import geopandas as gpd

    from twin.city.bundle import DataSource
    from twin.core.arrays import Int32

REGISTER_YEAR = 2026
"""Year the asset register is drawn up where nobody says otherwise."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A city before people and pipes."""

    name: str
    crs: str
    """Metric CRS, such as `EPSG:32642`."""
    seed: int
    street_nodes: gpd.GeoDataFrame
    """Columns of `twin.city.tables.STREET_NODES`."""
    street_edges: gpd.GeoDataFrame
    """Columns of `twin.city.tables.STREET_EDGES`."""
    buildings: gpd.GeoDataFrame
    """Columns of `twin.city.tables.BUILDINGS` but `people`, `jobs`, `zone_id` and the
    nodes of networks, which come later; `street_edge_id` and `street_node_id` are set. And
    `people_guess`, where no population is declared."""
    centre_m: tuple[float, float]
    """Centre of the town (x, y) in `crs`."""
    register_year: int = REGISTER_YEAR
    """Year for which ages and book wear are given."""
    condition: str = DEFAULT_CONDITION
    """Class of town by the condition of its mains, of `gis.town_condition`."""
    people: int | None = None
    """Residents by the map or its maker; None lets them follow from `people_guess`."""
    facilities: gpd.GeoDataFrame | None = None
    """Mapped places of services as points in `crs` with `kind` of `FACILITY_KINDS`; None: none."""
    sites: gpd.GeoDataFrame | None = None
    """Mapped works of networks as points in `crs` with `kind` and `name`, see
    `gis.read.places.utility_sites`; None: none."""
    boiler_xy_m: tuple[float, float] | None = None
    """Where the boiler house stands; None lets `lay_heat` choose a site."""
    sources: tuple[DataSource, ...] = ()
    notes: tuple[str, ...] = ()
    """What was repaired or left out, one sentence each."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class UtilityLayout:
    """One utility network along the streets, with ids that count from 0 within the network."""

    nodes: gpd.GeoDataFrame
    """Columns of `twin.city.tables.UTIL_NODES`."""
    edges: gpd.GeoDataFrame
    """Columns of `twin.city.tables.UTIL_EDGES`."""
    building_node: Int32
    """Row of `nodes` that serves each building, -1 none, shape (n_buildings,)."""
    notes: tuple[str, ...] = ()
    """What was assumed or left out, one sentence each."""
