"""Registers as towns keep them: read right and counted, or refused with place, value and mend."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.networks.observed.pipe_table import known_register
from gis.read.layers import read_layers
from gis.read.recipe import RecipeForm, RegisterForm
from gis.read.tables import numbers, read_table
from tests.builders_tables import ENCODINGS, SEPARATORS, Dirt, written
from twin.core.errors import CityDataError

COUNT = 12
MATERIALS = {"сталь": "steel", "чугун": "cast_iron"}
STRANGE = ("н/д", "?", "-", "#N/A", "nan", "12 лет", "1e400", "1066", "9999", "0", "-5")

dirts = st.builds(
    Dirt,
    separator=st.sampled_from(SEPARATORS),
    encoding=st.sampled_from(ENCODINGS),
    blank_rows=st.integers(0, 3),
    total_rows=st.integers(0, 2),
    title_rows=st.integers(0, 2),
    float_ids=st.booleans(),
    decimal_comma=st.booleans(),
    spaces=st.booleans(),
    strange_cells=st.lists(st.sampled_from(STRANGE), max_size=4).map(tuple),
    stranger_ids=st.lists(st.sampled_from(("A-1", "999", "x y", "")), max_size=2).map(tuple),
    repeated=st.sampled_from((0, 0, 0, 1, 2)),
    empty_cells=st.integers(0, 3),
)


def encoding_for(dirt):
    return "cp1251" if dirt.encoding == "cp1251" else None


def explained(notes, text):
    return any(text in note for note in notes)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    boxes = [shapely.box(x, 0, x + 12, 10) for x in range(0, 20 * COUNT, 20)]
    houses = gpd.GeoDataFrame({"NR": range(1, COUNT + 1)}, geometry=boxes, crs="EPSG:32642")
    houses.to_file(folder / "houses.gpkg")
    line = shapely.LineString([(0, -5), (20 * COUNT, -5)])
    gpd.GeoDataFrame({"K": ["residential"]}, geometry=[line], crs="EPSG:32642").to_file(
        folder / "roads.gpkg"
    )
    return folder


@settings(max_examples=60)
@given(dirt=dirts, seed=st.integers(0, 99))
def test_a_pipe_register_is_read_right_or_refused(folder, dirt, seed):
    rng = np.random.default_rng(seed)
    years = rng.integers(1950, 2020, COUNT)
    rows = [(int(at + 1), "сталь" if at % 2 else "чугун", int(years[at])) for at in range(COUNT)]
    path = written(folder / "register.csv", ("№ трубы", "MAT", "YEAR"), rows, dirt, rng)
    form = RegisterForm(
        file=path.name, key="№ трубы", built_year="YEAR", material="MAT", materials=MATERIALS,
        encoding=encoding_for(dirt),
    )  # fmt: skip
    faults, notes = [], []
    names = tuple(str(at + 1) for at in range(COUNT))
    year, material = known_register(form, folder, names, faults, notes)
    check_faults(faults, dirt)
    if faults:
        return
    strange, bare = len(dirt.strange_cells), dirt.empty_cells
    assert year[strange + bare :].tolist() == years[strange + bare :].tolist()
    assert np.isnan(year[: strange + bare]).all()
    assert material.tolist() == [MATERIALS[row[1]] for row in rows]
    if strange:
        assert explained(notes, f"{strange} of {COUNT - bare} values are no year")
        assert all(explained(notes, repr(cell)) for cell in dirt.strange_cells)
    if bare:
        assert explained(notes, f"YEAR is guessed of {bare} pipe")
    lost = dirt.total_rows + sum(name != "" for name in dirt.stranger_ids)
    if lost:
        assert explained(notes, f"naming no link: {lost} row")


def check_faults(faults, dirt):
    """A fault has place, value and mend, and there is one only where there is a cause."""
    for fault in faults:
        assert fault.code.startswith("E-")
        assert "register" in fault.where
        assert fault.what
        assert fault.mend
    assert bool(faults) == bool(dirt.repeated), faults


@settings(max_examples=60)
@given(dirt=dirts, seed=st.integers(0, 99))
def test_a_sheet_of_houses_is_read_right_or_refused(folder, dirt, seed):
    rng = np.random.default_rng(seed)
    floors = rng.integers(1, 10, COUNT)
    area = np.round(rng.uniform(100, 900, COUNT), 1)
    rows = [(at + 1, float(area[at]), int(floors[at])) for at in range(COUNT)]
    path = written(folder / "houses.csv", ("NR", "ПЛОЩАДЬ", "FLOORS"), rows, dirt, rng)
    sheet = {"file": path.name, "key": "NR", "of": "NR", "encoding": encoding_for(dirt),
             "columns": {"floor_area": "ПЛОЩАДЬ", "levels": "FLOORS"}}  # fmt: skip
    recipe = RecipeForm.model_validate(
        {
            "streets": [{"file": "roads.gpkg", "columns": {"highway": "K"}}],
            "buildings": [
                {
                    "file": "houses.gpkg",
                    "columns": {"osm_id": "NR"},
                    "constant": {"building": "yes"},
                    "sheets": [sheet],
                }
            ],
        }
    )
    try:
        raw = read_layers(recipe, folder)
    except CityDataError as error:
        refused = error.faults
    else:
        refused = ()
    if refused:
        assert dirt.repeated
        assert all(fault.where and fault.what and fault.mend for fault in refused)
        return
    strange, bare = len(dirt.strange_cells), dirt.empty_cells
    given_floors = raw.buildings["levels"][strange + bare :]
    assert given_floors.tolist() == [str(one) for one in floors[strange + bare :]]
    assert not set(raw.buildings["levels"][: strange + bare]) & set(dirt.strange_cells)
    unread = [cell for cell in dirt.strange_cells if cell not in ("0", "nan")]
    assert all(explained(raw.notes, repr(cell)) for cell in unread)


@pytest.mark.parametrize(
    ("texts", "values", "bad"),
    [
        (["1,5", "2"], [1.5, 2.0], []),
        (["1 250", "3\u00a0400,5"], [1250.0, 3400.5], []),
        (["1,250", "900"], [np.nan, 900.0], [0]),
        (["1,250", "2,5"], [1.25, 2.5], []),
        (["1.250,75", "1,250.75"], [1250.75, 1250.75], []),
        (["1,250,000"], [1_250_000.0], []),
        (["", "x", "inf", "1_0"], [np.nan] * 4, [1, 2, 3]),
    ],
)
def test_numbers_are_read_as_they_are_written(texts, values, bad):
    value, is_bad = numbers(np.array(texts, dtype=object))
    assert value == pytest.approx(values, nan_ok=True)
    assert np.flatnonzero(is_bad).tolist() == bad


@settings(max_examples=60)
@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_a_fault(tmp_path_factory, raw):
    path = tmp_path_factory.getbasetemp() / "bytes.csv"
    path.write_bytes(raw)
    faults = ()
    try:
        read_table(path, wanted=["ID"])
    except CityDataError as error:
        faults = error.faults
    assert all(fault.code.startswith("E-") and fault.mend for fault in faults)
