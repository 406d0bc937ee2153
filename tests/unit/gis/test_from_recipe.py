"""A town's own files become a city: own column names, own units, sheets, totals, census, grid."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from gis.from_recipe import build_from_recipe
from gis.generate.impute.dwellings import dwelling_m2
from gis.generate.people.census import census_margins
from gis.generate.people.margins import KAZAKH_TOWN
from gis.generate.people.population import fit_report, populate
from gis.read.layers import read_layers
from gis.read.recipe import read_recipe
from tests.builders_map import grid_map
from twin.city.validate import validate
from twin.cli.app import main
from twin.core.errors import CityDataError

RECIPE = """\
name: gridville
crs: EPSG:32642
streets:
  - file: roads.shp
    columns: {highway: CLASS, maxspeed: V_MPH}
    values: {highway: {street: residential, main: tertiary, highroad: secondary}}
    units: {maxspeed: mph}
buildings:
  - file: houses.gpkg
    columns: {osm_id: NR, building: KIND}
    constant: {amenity: ""}
    sheets:
      - {file: register.csv, key: NR, of: NR, columns: {levels: FLOORS, start_date: BUILT}}
landuse:
  - {file: landuse.geojson, columns: {landuse: landuse}}
totals: {people: 2500}
"""
AGES = "age,men,women\n0,300,290\n16,350,340\n30,400,420\n60,150,250\n"
SIZES = "size,households\n1,200\n2,300\n3,250\n4,175\n5,50\n"


@pytest.fixture
def folder(tmp_path):
    streets, buildings, landuse = grid_map()
    kind = {"residential": "street", "tertiary": "main", "secondary": "highroad"}
    roads = streets[["geometry"]].assign(CLASS=streets["highway"].map(kind), V_MPH=25)
    roads.to_file(tmp_path / "roads.shp")
    houses = buildings[["geometry"]].assign(
        NR=np.arange(len(buildings)), KIND=buildings["building"].to_numpy()
    )
    houses.to_file(tmp_path / "houses.gpkg")
    landuse[["landuse", "geometry"]].to_crs("EPSG:4326").to_file(tmp_path / "landuse.geojson")
    register = pd.DataFrame({"NR": np.arange(len(buildings)), "FLOORS": 4, "BUILT": 1971})
    register.to_csv(tmp_path / "register.csv", index=False)
    (tmp_path / "ages.csv").write_text(AGES)
    (tmp_path / "sizes.csv").write_text(SIZES)
    return tmp_path


def write(folder, text):
    path = folder / "recipe.yaml"
    path.write_text(text)
    return path


def test_own_names_values_and_units_become_ours(folder):
    raw = read_layers(read_recipe(write(folder, RECIPE)), folder)
    assert set(raw.streets["highway"]) == {"residential", "tertiary", "secondary"}
    assert raw.streets["maxspeed"].astype(float).to_numpy() == pytest.approx(40.23, abs=0.01)
    assert set(raw.buildings["levels"]) == {"4"}
    assert set(raw.buildings["start_date"]) == {"1971"}
    assert len(raw.landuse)
    assert [source.path for source in raw.sources] == ["roads.shp", "houses.gpkg",
                                                       "landuse.geojson"]  # fmt: skip


def test_a_recipe_gives_a_whole_city(folder):
    text = RECIPE.replace("people: 2500", "people: 2500, floor_area_m2: 70000")
    grid = "x,y,pop\n500150,5760300,500\n500750,5760300,1500\n530000,5760300,99\n"
    (folder / "grid.csv").write_text(grid)
    text += (
        "population_grid:\n  {file: grid.csv, x: x, y: y, crs: EPSG:32642, people: pop,\n"
        "   cell_m: 1200}\n"
        "census:\n  age_sex: {file: ages.csv, age_from: age, men: men, women: women}\n"
        "  households: {file: sizes.csv, size: size, households: households}\n"
    )
    city = build_from_recipe(write(folder, text))
    assert [fault for fault in validate(city) if fault.code.startswith("E-")] == []
    assert city.name == "gridville"
    assert len(city.persons) == 2500
    assert (city.buildings["floors_source"] == "observed").all()
    west = city.buildings.geometry.centroid.x < 500_450
    assert city.buildings.loc[west, "people"].sum() == pytest.approx(625, abs=40)
    assert (city.persons["age"] >= 60).sum() == 400
    told = " ".join(city.notes)
    assert "99 in cells without homes were left out" in told
    assert "W-POP-MISMATCH: the population grid has 2,000 people" in told
    assert "70,000 m2 are given" in told


def test_storeys_follow_from_floor_area_where_they_are_not_told(folder):
    register = pd.read_csv(folder / "register.csv")
    _, buildings, _ = grid_map()
    register["AREA"] = 3.0 * buildings.area.to_numpy()
    register.to_csv(folder / "register.csv", index=False)
    text = RECIPE.replace("{levels: FLOORS, start_date: BUILT}", "{floor_area: AREA}")
    raw = read_layers(read_recipe(write(folder, text)), folder)
    assert set(raw.buildings["levels"]) == {"3"}


def test_a_workbook_is_read_too(folder):
    frame = pd.read_csv(folder / "register.csv")
    pyogrio.write_dataframe(frame, folder / "register.xlsx", driver="XLSX")
    raw = read_layers(read_recipe(write(folder, RECIPE.replace(".csv", ".xlsx"))), folder)
    assert set(raw.buildings["levels"]) == {"4"}


def test_census_tables_are_met_to_the_person(folder):
    recipe = read_recipe(write(folder, RECIPE + (
        "census:\n  age_sex: {file: ages.csv, age_from: age, men: men, women: women}\n"
        "  households: {file: sizes.csv, size: size, households: households}\n"
    )))  # fmt: skip
    margins, counted = census_margins(recipe.census, folder, 2500)
    assert counted == 2500
    _, buildings, _ = grid_map()
    homes = buildings.assign(use="house", floor_area_m2=100.0, dwellings=1, zone_id=0)
    population = populate(homes, people=2500, seed=1, margins=margins)
    assert fit_report(population, margins).largest_error_share == 0.0
    old = population.persons["age"] >= 60
    assert (population.persons["female"][old]).sum() == 250


KNOWN = """\
census:
  education: {below_school: 0.101, school: 0.3, vocational: 0.35, higher: 0.25}
  activity: {student: 0.05, employed: 0.6, unemployed: 0.04, home: 0.15, retired: 0.16}
  digital_share: 0.81
  wage_kzt_month: 310000
"""


def test_shares_and_pay_are_met_without_census_tables(folder):
    city = build_from_recipe(write(folder, RECIPE + KNOWN))
    grown = city.persons[city.persons["age"] >= 16]
    share = grown["education"].value_counts(normalize=True).sort_index().to_numpy()
    assert share == pytest.approx(np.array([0.101, 0.3, 0.35, 0.25]) / 1.001, abs=1e-3)
    doing = grown["occupation"].value_counts(normalize=True)
    assert doing["employed"] == pytest.approx(0.6, abs=1e-3)
    assert doing["retired"] == pytest.approx(0.16, abs=1e-3)
    assert "pupil" not in doing
    users = city.persons.loc[city.persons["age"] >= 14, "digital_access"]
    assert users.mean() == pytest.approx(0.81, abs=1e-3)
    assert any(
        "education, activity" in note and "patterns of census" in note for note in city.notes
    )


def test_pay_and_one_table_alone_may_be_told(folder):
    told = "{households: {file: sizes.csv, size: size, households: households}, wage_kzt_month: 1}"
    form = read_recipe(write(folder, RECIPE + f"census: {told}\n")).census
    margins, counted = census_margins(form, folder, None)
    assert (margins.wage_kzt_month, counted) == (1.0, 2500)
    assert margins.size_share[0] == pytest.approx(200 / 2500)
    assert margins.age_low == KAZAKH_TOWN.age_low


def test_all_shares_that_are_none_are_told_at_once_with_place_value_and_cure(folder):
    text = KNOWN.replace("0.101", "0.2").replace("0.6,", "60,").replace("0.81", "-0.1")
    with pytest.raises(CityDataError) as told:
        read_recipe(write(folder, RECIPE + text.replace("310000", "0")))
    assert {(fault.where.split(":", 1)[1], fault.code) for fault in told.value.faults} == {
        ("18:3", "E-MARGIN-TOTAL"), ("19:29", "E-RECIPE"), ("20:3", "E-RECIPE"),
        ("21:3", "E-RECIPE"),
    }  # fmt: skip
    message = str(told.value)
    assert "census.education: shares add to 1.1, not to 1" in message
    assert "give shares from 0 to 1 (not percent) that add to 1" in message
    assert "less than or equal to 1 (it is 60)" in message
    assert (
        "census.digital_share: Input should be greater than or equal to 0 (it is -0.1)" in message
    )
    assert "census.wage_kzt_month: Input should be greater than 0 (it is 0)" in message


def test_shares_that_the_ages_do_not_allow_are_refused(folder):
    text = RECIPE + "census: {activity: {pupil: 0.9, employed: 0.1}}\n"
    with pytest.raises(CityDataError, match=r"activity_share: E-MARGIN = 0, 0\.9, 0, 0\.1"):
        build_from_recipe(write(folder, text))


def test_a_sheet_of_an_ods_workbook_tells_more_of_the_buildings(folder):
    frame = pd.read_csv(folder / "register.csv")
    pyogrio.write_dataframe(frame, folder / "register.ods", driver="ODS")
    raw = read_layers(read_recipe(write(folder, RECIPE.replace(".csv", ".ods"))), folder)
    assert set(raw.buildings["levels"]) == {"4"}


def test_a_measured_year_is_the_weather_of_the_city(folder):
    hour = pd.date_range("2025-01-01", periods=8760, freq="h")
    temp_c = np.round(10.0 - 20.0 * np.cos(2 * np.pi * np.arange(8760) / 8760), 2)
    table = pd.DataFrame({"month": hour.month, "day": hour.day, "hour": hour.hour, "t_c": temp_c})
    table.to_csv(folder / "year.csv", index=False)
    city = build_from_recipe(write(folder, RECIPE + "weather: year.csv\n"))
    assert city.weather["temp_c"].to_numpy() == pytest.approx(temp_c)
    assert set(city.weather["source"]) == {"observed"}
    table.iloc[1:].to_csv(folder / "year.csv", index=False)
    with pytest.raises(CityDataError, match="E-WEATHER"):
        build_from_recipe(write(folder, RECIPE + "weather: year.csv\n"))


def test_a_grid_that_does_not_say_its_crs_or_lies_elsewhere_is_refused(folder):
    (folder / "grid.csv").write_text("x,y,pop\n30150,60300,500\n")
    grid = "population_grid: {file: grid.csv, x: x, y: y, people: pop}\n"
    with pytest.raises(CityDataError, match="E-CRS-MISSING is a table of points"):
        build_from_recipe(write(folder, RECIPE + grid))
    with pytest.raises(CityDataError, match="E-EMPTY has nobody where the homes are"):
        build_from_recipe(write(folder, RECIPE + grid.replace("y: y", "y: y, crs: EPSG:32642")))


def test_people_who_are_not_told_follow_from_the_floor_area_that_is(folder):
    text = RECIPE.replace("people: 2500", "floor_area_m2: 70000")
    city = build_from_recipe(write(folder, text))
    homes = city.buildings[city.buildings["use"].isin(["house", "apartment"])]
    space_m2 = dwelling_m2(homes["use"], homes["floor_area_m2"]).sum()
    assert len(city.persons) == pytest.approx(space_m2 / 25.0, abs=1)
    assert any("W-PEOPLE-GUESSED" in note for note in city.notes)


def test_people_of_a_grid_are_no_guess(folder):
    (folder / "grid.csv").write_text("x,y,pop\n500150,5760300,500\n500750,5760300,1500\n")
    grid = "{file: grid.csv, x: x, y: y, crs: EPSG:32642, people: pop, cell_m: 1200}"
    text = RECIPE.replace("totals: {people: 2500}", f"population_grid: {grid}")
    city = build_from_recipe(write(folder, text))
    assert len(city.persons) == 2000
    assert not any("W-PEOPLE-GUESSED" in note for note in city.notes)


def refused(folder, grid):
    with pytest.raises(CityDataError) as told:
        build_from_recipe(write(folder, RECIPE + f"population_grid: {{{grid}}}\n"))
    return [str(fault) for fault in told.value.faults]


def test_every_bad_row_of_a_grid_is_told(folder):
    rows = "500150,5760300,500\n500150,5760300,-1\n500150,,7\n500150,5760300,few\n"
    (folder / "grid.csv").write_text("x,y,pop\n" + rows)
    table = "file: grid.csv, x: x, y: y, people: pop, crs: EPSG:32642"
    faults = refused(folder, table)
    assert [fault.split("\n")[0].rsplit("grid.csv:", 1)[1] for fault in faults] == [
        "3: E-VALUE pop = '-1' is no cell with a count of people",
        "4: E-VALUE y = '' is no cell with a count of people",
        "5: E-VALUE pop = 'few' is no cell with a count of people",
    ]
    (folder / "grid.csv").write_text("x,y,pop\n" + "500150,5760300,\n" * 30)
    faults = refused(folder, table)
    assert len(faults) == 21
    assert "grid.csv:22: E-VALUE and 10 more rows" in faults[-1]
    (folder / "grid.csv").write_text("x,y,pop\n0,95,1\n")
    (fault,) = refused(folder, table.replace("32642", "4326"))
    assert "grid.csv:2: E-CRS-AREA" in fault


def test_cells_of_a_layer_are_looked_at_too(folder):
    cells = gpd.GeoDataFrame(
        {"pop": ["500", "many"]},
        geometry=[shapely.box(500_000, 5_760_000, 500_500, 5_760_500), None],
        crs="EPSG:32642",
    )
    cells.to_file(folder / "cells.gpkg")
    (fault,) = refused(folder, "file: cells.gpkg, people: pop")
    assert "cells.gpkg row 1: E-VALUE middle x = nan, middle y = nan, pop = 'many'" in fault
    cells.iloc[:1].to_parquet(folder / "cells.parquet")
    (fault,) = refused(folder, "file: cells.parquet, people: number")
    assert "E-COLUMN-MISSING has no column number" in fault
    for missing in ("none.gpkg", "none.parquet"):
        (fault,) = refused(folder, f"file: {missing}, people: pop")
        assert "E-UNREADABLE cannot be read as a layer" in fault


WRONG = {
    "a file that is not there": ("roads.shp", "road.shp", r"road\.shp: E-UNREADABLE cannot"),
    "an entry that is none": ("totals:", "total:", r"recipe\.yaml:16:1: E-RECIPE total: Extra"),
    "a column that is not there": ("V_MPH", "SPEED", "E-COLUMN-MISSING has no column SPEED"),
    "a tag that is none": ("maxspeed: V_MPH", "speed: V_MPH", "speed is no tag that is used here"),
    "a unit that is none": ("units: {maxspeed: mph}", "units: {maxspeed: knots}", "'knots' is not"),
    "the wrong unit": ("columns: {levels: FLOORS, start_date: BUILT}",
                       "columns: {height: BUILT}", "E-UNIT-SUSPECT half of all values"),
    "keys that do not meet": ("key: NR", "key: BUILT", "has no BUILT that names a feature"),
    "no tag that makes it a building": ("building: KIND", "levels: KIND", "has no `building`"),
    "a climate that is none": ("totals:", "climate: hot\ntotals:", "'hot' is not known"),
}  # fmt: skip


@pytest.mark.parametrize("what", list(WRONG))
def test_it_is_told_what_is_wrong(folder, what):
    old, new, match = WRONG[what]
    assert old in RECIPE
    with pytest.raises(CityDataError, match=match):
        build_from_recipe(write(folder, RECIPE.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("4,175", "4,700", r"E-MARGIN-TOTAL has 4,\d+ people, ages\.csv has 2,500"),
        ("0,300", "1,300", "E-MARGIN starts at age 1 and gives nobody of age 0"),
        ("16,350", "16,few", r"ages\.csv:3: E-MARGIN men = 'few' is no count of people"),
    ],
)
def test_census_tables_that_do_not_agree_are_refused(folder, old, new, match):
    for name, text in (("ages.csv", AGES), ("sizes.csv", SIZES)):
        (folder / name).write_text(text.replace(old, new))
    recipe = RECIPE + (
        "census:\n  age_sex: {file: ages.csv, age_from: age, men: men, women: women}\n"
        "  households: {file: sizes.csv, size: size, households: households}\n"
    )
    with pytest.raises(CityDataError, match=match):
        build_from_recipe(write(folder, recipe))


def test_broken_yaml_is_told_with_its_line(folder):
    with pytest.raises(CityDataError, match=r"recipe\.yaml:2:1?\d*: E-UNREADABLE is not YAML"):
        read_recipe(write(folder, "streets: [\n} 1"))


def test_the_command_wants_a_map_or_a_recipe(tmp_path, capsys):
    with pytest.raises(SystemExit) as left:
        main(["city", "build", "--out", str(tmp_path / "c")])
    assert left.value.code == 2
    assert "give either --osm or --recipe" in capsys.readouterr().err
