"""Every code of docs/city-codes.md has a failing example, and here is the message it gives.

The examples of a city's own tables stand in `tests/unit/city`; those of building and export here.
"""

import dataclasses
import json
import re

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gis.assemble import assemble
from gis.clean.few_buildings import few_buildings
from gis.clean.street_tables import build_streets
from gis.export.epanet import write_inp
from gis.export.picture import draw_city
from gis.from_map import draft_from_osm
from gis.generate.people.margins import KAZAKH_TOWN, controls_for
from gis.generate.town.draw import draw_town
from gis.networks.water.water_layout import lay_water
from gis.read.layers import read_layers
from gis.read.osm import read_map
from gis.read.recipe import RecipeForm, read_recipe
from gis.read.tables import read_table, rows_by_key
from gis.read.weather_files import read_weather
from tests.builders import CRS, grid_city
from tests.builders_map import buildings, grid_tables, streets, write_map, write_osm
from tests.docs.pages import ROOT
from tests.unit.city import test_quality, test_validate
from tests.unit.gis.clean.test_simplify import arms, boulevard, ring
from tests.unit.gis.networks.test_mapped_sites import FAR, OPTIONS, TOWER, WORKS, sites
from twin.city.bundle import load_city, save_city
from twin.city.quality import check
from twin.city.validate import validate
from twin.core.errors import CityDataError, Fault

PAGE = (ROOT / "docs" / "city-codes.md").read_text()
CODES = sorted(set(re.findall(r"\b[EW]-[A-Z]+(?:-[A-Z]+)*\b", PAGE)))


def told(work, *args, **options):
    """Return the faults that a piece of work ends with."""
    with pytest.raises(CityDataError) as error:
        work(*args, **options)
    return list(error.value.faults)


def far_town(folder, _):
    write_map(folder)
    far = gpd.GeoDataFrame({"building": ["yes"]}, geometry=[shapely.box(80, 51, 80.1, 51.1)])
    far.set_crs("EPSG:4326").to_file(folder / "far.geojson")
    return told(draft_from_osm, folder)


def bow_tie(*_):
    city = grid_city()
    city.zones.loc[0, "geometry"] = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    return validate(city)


def margins(**changed):
    return lambda *_: told(controls_for, dataclasses.replace(KAZAKH_TOWN, **changed), 1000)


def nobody_home(*_):
    draft = draw_town(2_500, 1)
    return told(
        assemble, dataclasses.replace(draft, buildings=draft.buildings.assign(use="office"))
    )


def mapped_works(*works):
    """Return an example in which a map shows works of a water network."""

    def notes(*_):
        return lay_water(*grid_tables(), **OPTIONS, sites=sites(*works)).notes

    return notes


def dry(folder, _):
    city = grid_city()
    heat = city.util_edges[city.util_edges["network"] == "heat"]
    return told(write_inp, dataclasses.replace(city, util_edges=heat), folder / "water.inp")


def no_osmium(folder, monkeypatch):
    monkeypatch.setattr("gis.read.pbf.importlib.util.find_spec", lambda _: None)
    (folder / "town.osm.pbf").write_bytes(b"map")
    return told(read_map, folder / "town.osm.pbf")


def recipe_with(line):
    def example(folder, _):
        (folder / "town.yaml").write_text(
            "streets: [{file: a.shp}]\nbuildings: [{file: b.shp}]\n" + line
        )
        return told(read_recipe, folder / "town.yaml")

    return example


def newer(folder, _):
    manifest = save_city(grid_city(), folder / "grid") / "city.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"schema_version": 99}))
    return told(load_city, folder / "grid")


def other_folder(folder, _):
    (folder / "town").mkdir()
    return told(save_city, grid_city(), folder / "town")


def no_year(folder, _):
    rows = {"month": [1, 1], "day": [1, 1], "hour": [0, 0], "t_c": [-9.0, -8.0]}
    pd.DataFrame(rows).to_csv(folder / "year.csv", index=False)
    return told(read_weather, folder / "year.csv")


def hamlet_on_a_long_street(*_):
    line = shapely.LineString([(0, 0), (12_000, 0)])
    table = {"road_class": ["local"], "length_m": [line.length]}
    edges = gpd.GeoDataFrame(table, geometry=[line], crs=CRS)
    return few_buildings(edges, gpd.GeoDataFrame(geometry=[shapely.box(0, 9, 9, 19)], crs=CRS))


def mended(rows, house_at=(50.0, 20.0)):
    def example(*_):
        houses = buildings([(house_at, (10.0, 10.0), {})])
        return build_streets(
            streets(rows), houses, join_crossings=True, seed=1, register_year=2026
        )[2]

    return example


def read_as(text, encoding):
    def example(folder, _):
        (folder / "table.csv").write_bytes(text.encode(encoding))
        return told(read_table, folder / "table.csv", wanted=["NR"])

    return example


def roads(values):
    """Return what reading streets of these classes gives: faults, or notes."""

    def example(folder, _):
        lines = [shapely.LineString([(0, at), (999, at)]) for at in range(len(values))]
        gpd.GeoDataFrame({"CLASS": values}, geometry=lines, crs=CRS).to_file(folder / "a.gpkg")
        boxes = [shapely.box(500, 0, 509, 9)]
        gpd.GeoDataFrame({"KIND": ["house"]}, geometry=boxes, crs=CRS).to_file(folder / "b.gpkg")
        recipe = {
            "streets": [{"file": "a.gpkg", "columns": {"highway": "CLASS"}}],
            "buildings": [{"file": "b.gpkg", "columns": {"building": "KIND"}}],
        }
        try:
            return read_layers(RecipeForm.model_validate(recipe), folder).notes
        except CityDataError as error:
            return error.faults

    return example


def register_of_others(folder, _):
    (folder / "table.csv").write_text("NR,YEAR\n1,1980\nX,1990\n")
    return rows_by_key(read_table(folder / "table.csv"), "NR", ["1", "2"], "pipe")[2]


def cut_map(folder, _):
    pytest.importorskip("osmium")
    write_osm(folder / "town.osm", ways={10: [1, 2], 11: [3, 4], 12: [8, 9]})
    return read_map(folder / "town.osm").notes


ROUNDABOUT = [(ring(), {"junction": "roundabout"}), *((arm, {}) for arm in arms(ring()[:24:6]))]
CARRIAGEWAYS = [
    (line, {"oneway": "yes"} if row in (1, 2) else {}) for row, line in enumerate(boulevard())
]
DRIVEWAY = [([(0, 0), (100, 0)], {}), ([(80, 0), (80, -60)], {"highway": "service"})]

BUILT = {
    "E-EXTENT": (far_town, "km wide, over 300 km"),
    "E-GEOM-INVALID": (bow_tie, "is an invalid shape; 1 such"),
    "E-MARGIN": (margins(digital_share=1.2), "has a share outside 0 to 1"),
    "E-MARGIN-TOTAL": (margins(size_share=(0.5, 0.4, 0, 0, 0, 0, 0, 0)), "adds to 0.9"),
    "E-NO-DWELLINGS": (nobody_home, "has no home among"),
    "E-NO-NETWORK": (dry, "has no water network"),
    "E-NO-OSMIUM": (no_osmium, "urban-twin[osm]"),
    "E-PICTURE": (lambda at, _: told(draw_city, grid_city(), at / "a.pdf"), "ends in '.pdf'"),
    "E-RECIPE": (recipe_with("total: {people: 9}\n"), "town.yaml:3:1: E-RECIPE total: Extra"),
    "E-SCHEMA-NEWER": (newer, "has schema_version 99"),
    "E-UNREADABLE": (recipe_with("- a\n"), "town.yaml:3:1: E-UNREADABLE is not YAML"),
    "E-UNWRITABLE": (other_folder, "exists and is not a city bundle"),
    "E-WEATHER": (no_year, "occurs twice"),
    "E-ENCODING": (read_as("NR;ИМЯ\n1;дом\n", "cp1251"), "table.csv:1: E-ENCODING is not utf-8"),
    "E-VALUE-UNKNOWN": (roads(["lane", "lane"]), "none of its values is known as `highway`"),
    "W-VALUE-UNKNOWN": (roads(["lane", "primary"]), "1 of 2 values of `highway` is not known"),
    "W-ROW-UNMATCHED": (register_of_others, "naming no pipe: 1 row, NR 'X' 1"),
    "W-ACCESS-IGNORED": (
        mended([([(0, 0), (100, 0)], {"access:conditional": "no @ (22:00-06:00)"})]),
        "access:conditional 1",
    ),
    "W-MAP-INCOMPLETE": (cut_map, "1 ways have fewer than two nodes"),
    "W-FEW-BUILDINGS": (hamlet_on_a_long_street, "(99%) have no building within 60 m"),
    "W-PEOPLE-GUESSED": (lambda *_: assemble(draw_town(2_500, 1)).notes, "give --people"),
    "W-ROUNDABOUT": (mended(ROUNDABOUT), "roundabout"),
    "W-DUAL-CARRIAGEWAY": (mended(CARRIAGEWAYS, (50.0, 40.0)), "carriageway"),
    "W-STUB": (mended(DRIVEWAY), "lead to no building"),
    "W-SITE-OUTSIDE": (mapped_works(("water_source", "Far", FAR)), "over 1.5 km"),
    "W-SITE-SPARE": (
        mapped_works(("water_source", "Near", TOWER), ("water_source", "Intake", WORKS)),
        "are not used",
    ),
    "W-SITE-UNCLEAR": (mapped_works(("unclear", "", WORKS)), "pumping stations or tanks"),
}


def of_tables(cases, look):
    """Return examples of another test's table in the form of this one's."""
    return {
        code: (lambda *_, case=case: look(cases.broken(case[0])), case[1])
        for code, case in cases.CASES.items()
    }


EXAMPLES = of_tables(test_validate, validate) | of_tables(test_quality, check) | BUILT


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_the_page_has_an_example_with_its_message(code, tmp_path, monkeypatch):
    assert code in EXAMPLES, f"{code} stands in docs/city-codes.md and has no example"
    example, text = EXAMPLES[code]
    found = [one for one in example(tmp_path, monkeypatch) if code in str(one)]
    assert any(text in str(one) for one in found), found
    for fault in found:
        if isinstance(fault, Fault):
            assert fault.where
            assert fault.what
            assert fault.mend


def test_no_example_is_of_a_code_that_the_page_does_not_tell():
    assert sorted(EXAMPLES) == CODES
