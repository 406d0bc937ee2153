"""Small cities made in memory: every table filled, nothing read from disk."""

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString, Point, box

from gis.networks.layouts import with_network
from twin.city.bundle import City, DataSource
from twin.city.networks import UTILITY_NAMES

CRS = "EPSG:32642"
BLOCK_M = 100.0


def grid_city(nx=4, ny=4, people_per_building=12) -> City:
    """Return a grid of `nx` x `ny` street nodes with a block of flats at every street edge.

    Water and heat are drawn here; every other network lies as `gis.networks.<name>` lays it.
    """
    xs, ys = np.meshgrid(np.arange(nx) * BLOCK_M, np.arange(ny) * BLOCK_M)
    xy = np.column_stack([xs.ravel(), ys.ravel()])
    index = np.arange(nx * ny).reshape(ny, nx)
    pairs = [(int(a), int(b)) for row in index for a, b in itertools.pairwise(row)]
    pairs += [(int(a), int(b)) for col in index.T for a, b in itertools.pairwise(col)]
    streets = _streets(xy, pairs)
    zones = _zones(xy, nx, ny)
    buildings = _buildings(xy, pairs, people_per_building, zones)
    households, persons = _people(buildings)
    nodes, edges, water_of, heat_of = _utilities(xy, pairs)
    near = buildings["street_node_id"].to_numpy()
    buildings["water_node"] = water_of[near].astype(np.int32)
    buildings["heat_node"] = heat_of[near].astype(np.int32)
    zones["people"] = np.bincount(
        buildings["zone_id"], weights=buildings["people"], minlength=len(zones)
    ).astype(np.int32)
    zones["jobs"] = np.bincount(
        buildings["zone_id"], weights=buildings["jobs"], minlength=len(zones)
    ).astype(np.int32)
    kinds = ["depot", "fire_station", "hospital", "city_hall", "heat_source", "water_source"]
    city = City(
        name=f"grid-{nx}x{ny}",
        crs=CRS,
        seed=1,
        street_nodes=_frame(
            {
                "street_node_id": np.arange(len(xy), dtype=np.int32),
                "uid": [f"n{i}" for i in range(len(xy))],
                "x_m": xy[:, 0],
                "y_m": xy[:, 1],
                "elevation_m": np.full(len(xy), 300.0),
            },
            [Point(p) for p in xy],
        ),
        street_edges=streets,
        zones=zones,
        buildings=buildings,
        facilities=_frame(
            {
                "facility_id": np.arange(len(kinds), dtype=np.int32),
                "uid": kinds,
                "kind": kinds,
                "street_node_id": np.zeros(len(kinds), dtype=np.int32),
                "source": "synthetic",
            },
            [Point(xy[0])] * len(kinds),
        ),
        util_nodes=nodes,
        util_edges=edges,
        households=households,
        persons=persons,
        weather=_weather(),
        sources=(DataSource("generator", "BSD-3-Clause"),),
    )
    for network in UTILITY_NAMES:
        if not len(city.network_edges(network)):
            city = with_network(city, network)
    return city


def _frame(columns, shapes):
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


def _lines(xy, pairs):
    return [LineString([xy[a], xy[b]]) for a, b in pairs]


def _streets(xy, pairs):
    n = len(pairs)
    return _frame(
        {
            "street_edge_id": np.arange(n, dtype=np.int32),
            "uid": [f"e{i}" for i in range(n)],
            "tail": np.array([a for a, _ in pairs], dtype=np.int32),
            "head": np.array([b for _, b in pairs], dtype=np.int32),
            "length_m": np.full(n, BLOCK_M),
            "road_class": "local",
            "lanes": np.ones(n, dtype=np.int32),
            "speed_ms": np.full(n, 10.0),
            "capacity_vehph": np.full(n, 600.0),
            "oneway": np.zeros(n, dtype=bool),
            "built_year": (1995 + np.arange(n) % 25).astype(np.int32),
            "wear_book": np.full(n, 0.6),
            "source": "synthetic",
            "attributes_source": "synthetic",
            "confidence": 1.0,
        },
        _lines(xy, pairs),
    )


def _zones(xy, nx, ny):
    split = (nx - 1) * BLOCK_M / 2
    low, high = xy.min(axis=0) - 50, xy.max(axis=0) + 50
    shapes = [box(low[0], low[1], split, high[1]), box(split, low[1], high[0], high[1])]
    return _frame(
        {
            "zone_id": np.arange(2, dtype=np.int32),
            "uid": ["z0", "z1"],
            "name": ["West", "East"],
            "street_node_id": np.array([0, nx * ny - 1], dtype=np.int32),
            "people": np.zeros(2, dtype=np.int32),
            "jobs": np.zeros(2, dtype=np.int32),
            "source": "synthetic",
        },
        shapes,
    )


def _buildings(xy, pairs, people, zones):
    n = len(pairs)
    middle = np.array([(xy[a] + xy[b]) / 2 for a, b in pairs])
    split = zones.geometry.iloc[0].bounds[2]
    use = np.where(np.arange(n) % 5 == 4, "office", "apartment")
    home = use == "apartment"
    return _frame(
        {
            "building_id": np.arange(n, dtype=np.int32),
            "uid": [f"b{i}" for i in range(n)],
            "use": use.astype(object),
            "floors": np.full(n, 2, dtype=np.int32),
            "footprint_m2": np.full(n, 200.0),
            "floor_area_m2": np.full(n, 400.0),
            "dwellings": np.where(home, people // 3, 0).astype(np.int32),
            "people": np.where(home, people, 0).astype(np.int32),
            "jobs": np.where(home, 0, 20).astype(np.int32),
            "built_year": (1965 + np.arange(n) % 40).astype(np.int32),
            "zone_id": (middle[:, 0] > split).astype(np.int32),
            "street_edge_id": np.arange(n, dtype=np.int32),
            "street_node_id": np.array([a for a, _ in pairs], dtype=np.int32),
            "water_node": np.zeros(n, dtype=np.int32),
            "heat_node": np.zeros(n, dtype=np.int32),
            "source": "synthetic",
            "use_source": "synthetic",
            "floors_source": "synthetic",
            "year_source": "synthetic",
            "confidence": 1.0,
        },
        [box(x + 5, y + 5, x + 15, y + 25) for x, y in middle],
    )


def _people(buildings):
    homes = np.repeat(buildings["building_id"].to_numpy(), buildings["people"].to_numpy())
    n = homes.size
    person = np.arange(n)
    household = person // 3
    offices = buildings.loc[buildings["use"] == "office", "building_id"].to_numpy()
    works = person % 3 == 0
    persons = pd.DataFrame(
        {
            "person_id": person.astype(np.int32),
            "household_id": household.astype(np.int32),
            "building_id": homes.astype(np.int32),
            "age": np.where(works, 40, np.where(person % 3 == 1, 35, 10)).astype(np.uint8),
            "female": person % 2 == 0,
            "education": (person % 4).astype(np.uint8),
            "occupation": np.where(works, "employed", np.where(person % 3 == 1, "home", "pupil")),
            "digital_access": person % 5 != 0,
            "work_building": np.where(works, offices[person % len(offices)], -1).astype(np.int32),
            "source": "synthetic",
        }
    )
    households = pd.DataFrame(
        {
            "household_id": np.arange(household.max() + 1, dtype=np.int32),
            "building_id": homes[::3].astype(np.int32),
            "size": np.bincount(household).astype(np.int32),
            "income_kzt_month": 200_000.0 + 1000.0 * np.arange(household.max() + 1),
            "source": "synthetic",
        }
    )
    return households, persons


def _utilities(xy, pairs):
    """Water along every street from a pumped reservoir; heat along every street from one source."""
    n = len(xy)
    above = 1.0
    places = np.vstack([xy, [[-50.0, 0.0]], [xy[-1] + 10], xy, [[-50.0, 20.0]]])
    kinds = ["junction"] * n + ["reservoir", "tank"] + ["junction"] * n + ["source"]
    network = ["water"] * (n + 2) + ["heat"] * (n + 1)
    size = len(kinds)

    def only(kind, value):
        return np.array([value if one == kind else np.nan for one in kinds])

    elevation = np.full(size, 300.0 - above)
    elevation[n + 1] = 330.0
    nodes = _frame(
        {
            "util_node_id": np.arange(size, dtype=np.int32),
            "uid": [f"u{i}" for i in range(size)],
            "network": network,
            "kind": kinds,
            "street_node_id": np.array(
                [*range(n), -1, -1, *range(n), -1],
                dtype=np.int32,
            ),
            "elevation_m": elevation,
            "head_m": only("reservoir", 300.0),
            "tank_diameter_m": only("tank", 8.0),
            "tank_min_m": only("tank", 0.5),
            "tank_max_m": only("tank", 6.0),
            "tank_init_m": only("tank", 4.0),
            "capacity_w": only("source", 5e6),
            "supply_pressure_pa": only("source", 6e5),
            "lift_pa": only("source", 4e5),
            "design_supply_c": only("source", 95.0),
            "design_return_c": only("source", 70.0),
            "design_outdoor_c": only("source", -31.0),
            "source": "synthetic",
        },
        [Point(p) for p in places],
    )
    water = [("pump", n, 0), ("pipe", n - 1, n + 1), *(("pipe", a, b) for a, b in pairs)]
    first = n + 2
    heat = [("pipe", size - 1, first), *(("pipe", first + a, first + b) for a, b in pairs)]
    rows = [("water", *row) for row in water] + [("heat", *row) for row in heat]
    return nodes, _util_edges(places, rows, pairs), np.arange(n), first + np.arange(n)


def _util_edges(places, rows, pairs):
    count = len(rows)
    network = np.array([row[0] for row in rows], dtype=object)
    kind = np.array([row[1] for row in rows], dtype=object)
    heat = network == "heat"
    pump = kind == "pump"
    under = [-1, -1, *range(len(pairs)), -1, *range(len(pairs))]
    material = np.where(pump, "pump", np.where(heat, "steel", "cast_iron"))
    return _frame(
        {
            "util_edge_id": np.arange(count, dtype=np.int32),
            "uid": [f"p{i}" for i in range(count)],
            "network": network,
            "kind": kind,
            "tail": np.array([row[2] for row in rows], dtype=np.int32),
            "head": np.array([row[3] for row in rows], dtype=np.int32),
            "length_m": np.full(count, BLOCK_M),
            "diameter_m": np.where(heat, 0.15, 0.2),
            "material": material.astype(object),
            "hazen_williams_c": np.where(heat | pump, np.nan, 110.0),
            "roughness_m": np.where(heat, 5e-4, np.nan),
            "loss_w_m2k": np.where(heat, 1.2, np.nan),
            "pump_head_m": np.where(pump, 40.0, np.nan),
            "pump_flow_m3s": np.where(pump, 0.01, np.nan),
            "built_year": np.full(count, 1985, dtype=np.int32),
            "wear_book": np.full(count, 0.9),
            "street_edge_id": np.array(under, dtype=np.int32),
            "source": "synthetic",
            "attributes_source": "synthetic",
            "confidence": 1.0,
        },
        [LineString([places[row[2]], places[row[3]]]) for row in rows],
    )


def _weather():
    hour = np.arange(8760)
    season = -14.0 * np.cos(2 * np.pi * hour / 8760) + 3.0
    daily = 4.0 * np.sin(2 * np.pi * (hour % 24 - 9) / 24)
    return pd.DataFrame(
        {"hour_of_year": hour.astype(np.int32), "temp_c": season + daily, "source": "synthetic"}
    )
