"""The tables of a city bundle: every column with type, unit, bounds and meaning.

Ids are dense (row i has id i). `uid` is a stable name that survives another import. A column
group's `*_source` is `observed`, `imputed` or `synthetic`, with a `confidence` from 0 to 1.
"""

from __future__ import annotations

from twin.city.networks import UTILITIES, UTILITY_NAMES
from twin.core.columns import Column, Table

SOURCES = ("observed", "imputed", "synthetic")
ROAD_CLASSES = ("trunk", "arterial", "collector", "local", "service")
BUILDING_USES = (
    "house",
    "apartment",
    "school",
    "kindergarten",
    "health",
    "public",
    "retail",
    "office",
    "industrial",
    "utility",
    "ancillary",
)
FACILITY_KINDS = (
    *(kind for network in UTILITIES for kind in network.facilities.values()),
    "depot",
    "fire_station",
    "hospital",
    "clinic",
    "police",
    "city_hall",
)


def _node_kinds() -> tuple[str, ...]:
    """Return the roles of nodes of all mains, each once."""
    return tuple(dict.fromkeys(kind for network in UTILITIES for kind in network.node_kinds))


def _materials() -> tuple[str, ...]:
    """Return the materials of all mains, each once."""
    return tuple(dict.fromkeys(name for network in UTILITIES for name in network.hazards))


STREET_NODES = Table(
    "street_nodes",
    "Where streets meet, cross or end",
    (
        Column("street_node_id", "int32", "dense id"),
        Column("uid", "str", "stable name"),
        Column("x_m", "float64", "easting in the bundle's CRS", "m"),
        Column("y_m", "float64", "northing in the bundle's CRS", "m"),
        Column("elevation_m", "float64", "ground height", "m", -450, 6000),
    ),
    id_column="street_node_id",
    geometry="Point",
)

STREET_EDGES = Table(
    "street_edges",
    "Pieces of street between two nodes",
    (
        Column("street_edge_id", "int32", "dense id"),
        Column("uid", "str", "stable name"),
        Column("tail", "int32", "street node it leaves", low=0),
        Column("head", "int32", "street node it enters", low=0),
        Column("length_m", "float64", "length along the line", "m", 0.1, 100_000),
        Column("road_class", "str", "rank of the street", choices=ROAD_CLASSES),
        Column("lanes", "int32", "lanes per direction", "", 1, 8),
        Column("speed_ms", "float64", "free-flow speed", "m/s", 0.5, 40),
        Column("capacity_vehph", "float64", "capacity per direction", "veh/h", 1, 20_000),
        Column("oneway", "bool", "whether traffic runs from tail to head only"),
        Column("built_year", "int32", "year of the last full pavement", "", 1900, 2100),
        Column("wear_book", "float64", "wear in the register", "share", 0, 1),
        Column("source", "str", "where geometry and class come from", choices=SOURCES),
        Column("attributes_source", "str", "where lanes, speed, year come from", choices=SOURCES),
        Column("confidence", "float64", "of the attributes", "share", 0, 1),
    ),
    id_column="street_edge_id",
    geometry="LineString",
    references={"tail": "street_nodes", "head": "street_nodes"},
)

BUILDINGS = Table(
    "buildings",
    "Buildings with people, work or services in them; sheds and garages are `ancillary`",
    (
        Column("building_id", "int32", "dense id"),
        Column("uid", "str", "stable name"),
        Column("use", "str", "what it serves", choices=BUILDING_USES),
        Column("floors", "int32", "storeys above ground", "", 1, 60),
        Column("footprint_m2", "float64", "ground area", "m2", 1, 1_000_000),
        Column("floor_area_m2", "float64", "area of all storeys", "m2", 1, 5_000_000),
        Column("dwellings", "int32", "homes in it", "", 0, 5000),
        Column("people", "int32", "residents", "", 0, 20_000),
        Column("jobs", "int32", "work or school places filled", "", 0, 100_000),
        Column("built_year", "int32", "year of construction", "", 1700, 2100),
        Column("zone_id", "int32", "zone it lies in", low=0),
        Column("street_edge_id", "int32", "street it stands at", low=0),
        Column("street_node_id", "int32", "nearest node of that street", low=0),
        *(
            Column(network.node_column, "int32", network.building_node, low=-1, absent=-1)
            for network in UTILITIES
        ),
        Column("source", "str", "where the outline comes from", choices=SOURCES),
        Column("use_source", "str", "where the use comes from", choices=SOURCES),
        Column("floors_source", "str", "where floors come from", choices=SOURCES),
        Column("year_source", "str", "where the year comes from", choices=SOURCES),
        Column("confidence", "float64", "of use, floors and year", "share", 0, 1),
    ),
    id_column="building_id",
    geometry="Polygon",
    references={
        "zone_id": "zones",
        "street_edge_id": "street_edges",
        "street_node_id": "street_nodes",
        **{network.node_column: "util_nodes" for network in UTILITIES},
    },
)

ZONES = Table(
    "zones",
    "Districts: units of reporting and of trips",
    (
        Column("zone_id", "int32", "dense id"),
        Column("uid", "str", "stable name"),
        Column("name", "str", "name for people"),
        Column("street_node_id", "int32", "street node its trips start and end at", low=0),
        Column("people", "int32", "residents", "", 0),
        Column("jobs", "int32", "work and school places filled", "", 0),
        Column("source", "str", "where the outline comes from", choices=SOURCES),
    ),
    id_column="zone_id",
    geometry="Polygon",
    references={"street_node_id": "street_nodes"},
)

FACILITIES = Table(
    "facilities",
    "Places a service works from",
    (
        Column("facility_id", "int32", "dense id"),
        Column("uid", "str", "stable name"),
        Column("kind", "str", "what it is", choices=FACILITY_KINDS),
        Column("street_node_id", "int32", "street node it is reached from", low=0),
        Column("source", "str", "where it comes from", choices=SOURCES),
    ),
    id_column="facility_id",
    geometry="Point",
    references={"street_node_id": "street_nodes"},
)

UTIL_NODES = Table(
    "util_nodes",
    "Nodes of the mains. A heat node represents its supply and return pair",
    (
        Column("util_node_id", "int32", "dense id over all networks"),
        Column("uid", "str", "stable name"),
        Column("network", "str", "network it belongs to", choices=UTILITY_NAMES),
        Column("kind", "str", "role", choices=_node_kinds()),
        Column("street_node_id", "int32", "street node it lies at, -1 along a street", low=-1),
        Column(
            "elevation_m", "float64", "height of the pipe, or of a tank's floor", "m", -450, 6000
        ),
        *(column for network in UTILITIES for column in network.node_columns),
        Column("source", "str", "where it comes from", choices=SOURCES),
    ),
    id_column="util_node_id",
    geometry="Point",
)

UTIL_EDGES = Table(
    "util_edges",
    "Pipes and pumps. A heat edge is one trench with a supply and a return pipe alike",
    (
        Column("util_edge_id", "int32", "dense id over all networks"),
        Column("uid", "str", "stable name"),
        Column("network", "str", "network it belongs to", choices=UTILITY_NAMES),
        Column("kind", "str", "what it is", choices=("pipe", "pump")),
        Column("tail", "int32", "util node it leaves", low=0),
        Column("head", "int32", "util node it enters", low=0),
        Column("length_m", "float64", "length", "m", 0.1, 100_000),
        Column("diameter_m", "float64", "inner diameter", "m", 0.01, 3.0),
        Column("material", "str", "pipe material; `pump` for pumps", choices=_materials()),
        *(column for network in UTILITIES for column in network.edge_columns),
        Column("built_year", "int32", "year of laying", "", 1900, 2100),
        Column("wear_book", "float64", "wear in the register", "share", 0, 1),
        Column(
            "recorded_years",
            "float64",
            "years before the first day for which its breaks are on record; 0 none",
            "years",
            0,
            200,
            absent=0,
        ),
        Column("recorded_breaks", "int32", "breaks in those years", low=0, absent=0),
        Column("valve_shut", "bool", "a closed valve stops its flow on the first day", absent=0),
        Column("street_edge_id", "int32", "street it lies under, -1 none", low=-1),
        Column("source", "str", "where the route comes from", choices=SOURCES),
        Column(
            "attributes_source", "str", "where diameter, material, year come from", choices=SOURCES
        ),
        Column("confidence", "float64", "of the attributes", "share", 0, 1),
    ),
    id_column="util_edge_id",
    geometry="LineString",
    references={"tail": "util_nodes", "head": "util_nodes", "street_edge_id": "street_edges"},
)

HOUSEHOLDS = Table(
    "households",
    "Households",
    (
        Column("household_id", "int32", "dense id"),
        Column("building_id", "int32", "home", low=0),
        Column("size", "int32", "persons", "", 1, 30),
        Column("income_kzt_month", "float64", "money income", "KZT/month", 0, 1e9),
        Column("source", "str", "where it comes from", choices=SOURCES),
    ),
    id_column="household_id",
    references={"building_id": "buildings"},
)

PERSONS = Table(
    "persons",
    "People, sorted by building",
    (
        Column("person_id", "int32", "dense id"),
        Column("household_id", "int32", "household", low=0),
        Column("building_id", "int32", "home", low=0),
        Column("age", "uint8", "age", "years", 0, 120),
        Column("female", "bool", "sex"),
        Column(
            "education",
            "uint8",
            "0 below school leaving, 1 school, 2 vocational, 3 higher",
            "",
            0,
            3,
        ),
        Column(
            "occupation",
            "str",
            "main activity",
            choices=("child", "pupil", "student", "employed", "unemployed", "home", "retired"),
        ),
        Column("digital_access", "bool", "uses the internet for services"),
        Column("work_building", "int32", "work or school, -1 none or out of town", low=-1),
        Column("source", "str", "where it comes from", choices=SOURCES),
    ),
    id_column="person_id",
    references={
        "household_id": "households",
        "building_id": "buildings",
        "work_building": "buildings",
    },
)

WEATHER = Table(
    "weather",
    "A typical year, hour by hour (8,760 rows, 1 January 00:00 first)",
    (
        Column("hour_of_year", "int32", "dense id", "h", 0, 8759),
        Column("temp_c", "float64", "air temperature", "C", -70, 60),
        Column("source", "str", "where it comes from", choices=SOURCES),
    ),
    id_column="hour_of_year",
)

TABLES: tuple[Table, ...] = (
    STREET_NODES,
    STREET_EDGES,
    ZONES,
    BUILDINGS,
    FACILITIES,
    UTIL_NODES,
    UTIL_EDGES,
    HOUSEHOLDS,
    PERSONS,
    WEATHER,
)
