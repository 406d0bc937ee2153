"""How a city's layers look: one table of colours, for pictures and for QGIS.

QGIS reads a layer's default style from the table `layer_styles` of a GeoPackage.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, final
from xml.sax.saxutils import quoteattr

from twin.city.networks import UTILITIES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@final
@dataclass(frozen=True, slots=True)
class Style:
    """Colours of a layer by the values of one column."""

    shape: str
    """`Point`, `LineString` or `Polygon`."""
    column: str
    """Column whose values are distinguished; empty where all rows look alike."""
    colours: Mapping[str, str]
    """`#rrggbb` by value; the value `` means all others."""
    width: Mapping[str, float]
    """Line width or point size in mm by value; `` for all others."""


STREETS = Style(
    "LineString",
    "road_class",
    {"trunk": "#6b4a3a", "arterial": "#d08a2e", "collector": "#8a8a8a", "local": "#c0c0c0",
     "service": "#cccccc", "": "#c0c0c0"},
    {"trunk": 1.6, "arterial": 1.4, "collector": 1.2, "service": 0.5, "": 0.9},
)  # fmt: skip
BUILDINGS = Style(
    "Polygon",
    "use",
    {"house": "#e3d3b4", "apartment": "#c9a77c", "school": "#7fb069", "kindergarten": "#a7c957",
     "health": "#d1495b", "public": "#7d8cc4", "retail": "#e59500", "office": "#9aa5d1",
     "industrial": "#8d8d99", "utility": "#5c5c66", "ancillary": "#e9e6df", "": "#d9d2c5"},
    {"": 0.05},
)  # fmt: skip
_NODE_COLOURS = {
    kind: colour
    for network in UTILITIES
    for kind, colour in {**network.end_kinds, **network.other_node_kinds}.items()
}
_WORKS_COLOURS = {
    kind: _NODE_COLOURS[node_kind]
    for network in UTILITIES
    for node_kind, kind in network.facilities.items()
}
PIPES = Style(
    "LineString",
    "network",
    {**{network.name: network.colour for network in UTILITIES}, "": "#6a3d9a"},
    {"": 0.5},
)
PIPE_NODES = Style(
    "Point",
    "kind",
    {**_NODE_COLOURS, "": "#9e9e9e"},
    {**dict.fromkeys(_NODE_COLOURS, 4.0), "": 0.6},
)
ZONES = Style("Polygon", "", {"": "#ffffff"}, {"": 0.1})
FACILITIES = Style(
    "Point",
    "kind",
    {"hospital": "#e7298a", "clinic": "#f4a6cc",
     "fire_station": "#ff7f00", "police": "#1a4fa3", "city_hall": "#6a3d9a",
     "depot": "#6c757d", **_WORKS_COLOURS, "": "#444444"},
    {"": 4.5},
)  # fmt: skip
OFFENDERS = {
    shape: Style(shape, "", {"": "#e60073"}, {"": 1.0 if shape == "LineString" else 2.5})
    for shape in ("Point", "LineString", "Polygon")
}
STYLE_OF = {
    "zones": ZONES,
    "buildings": BUILDINGS,
    "street_edges": STREETS,
    "street_nodes": Style("Point", "", {"": "#777777"}, {"": 0.5}),
    "util_edges": PIPES,
    "util_nodes": PIPE_NODES,
    "facilities": FACILITIES,
}
"""By table, in drawing order."""

_SYMBOL = {"Point": "marker", "LineString": "line", "Polygon": "fill"}
_TABLE = """CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT, f_table_catalog TEXT,
f_table_schema TEXT, f_table_name TEXT, f_geometry_column TEXT, styleName TEXT, styleQML TEXT,
styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT, ui TEXT,
update_time DATETIME DEFAULT '2026-01-01T00:00:00Z')"""
_INSERT = """INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,
f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner)
VALUES ('', '', ?, ?, ?, ?, '', 1, '', '')"""


def qml(style: Style) -> str:
    """Return a style as QGIS writes it."""
    values = [value for value in style.colours if value]
    symbols = [_symbol(style, value, number) for number, value in enumerate([*values, ""])]
    if not style.column:
        symbols = [_symbol(style, "", 0)]
        renderer = '<renderer-v2 type="singleSymbol">'
        categories = ""
    else:
        renderer = f'<renderer-v2 type="categorizedSymbol" attr={quoteattr(style.column)}>'
        rows = [
            f'<category render="true" symbol="{number}" value={quoteattr(value)} '
            f"label={quoteattr(value or 'other')}/>"
            for number, value in enumerate([*values, ""])
        ]
        categories = f"<categories>{''.join(rows)}</categories>"
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        f'<qgis version="3.34.0" styleCategories="Symbology">{renderer}{categories}'
        f"<symbols>{''.join(symbols)}</symbols></renderer-v2></qgis>"
    )


def _symbol(style: Style, value: str, number: int) -> str:
    """Return one symbol of a renderer."""
    colour = style.colours.get(value, style.colours[""])
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    rgb = f"{red},{green},{blue},255"
    width = style.width.get(value, style.width[""])
    options = {
        "Point": {"color": rgb, "name": "circle", "size": width, "outline_style": "no"},
        "LineString": {"line_color": rgb, "line_width": width, "capstyle": "round"},
        "Polygon": {"color": rgb, "outline_color": "90,90,90,255", "outline_width": width},
    }[style.shape]
    layer = {"Point": "SimpleMarker", "LineString": "SimpleLine", "Polygon": "SimpleFill"}
    fields = "".join(
        f'<Option type="QString" name="{name}" value="{given}"/>' for name, given in options.items()
    )
    return (
        f'<symbol type="{_SYMBOL[style.shape]}" name="{number}" alpha="1">'
        f'<layer class="{layer[style.shape]}" enabled="1" pass="0">'
        f'<Option type="Map">{fields}</Option></layer></symbol>'
    )


def add_styles(path: Path, styles: Mapping[str, Style]) -> None:
    """Write default styles of layers, by name, into a GeoPackage that has none."""
    with sqlite3.connect(path) as database:
        database.execute(_TABLE)
        column = dict(database.execute("SELECT table_name, column_name FROM gpkg_geometry_columns"))
        for layer, style in styles.items():
            database.execute(_INSERT, (layer, column[layer], layer, qml(style)))
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles')"
        )
    database.close()
