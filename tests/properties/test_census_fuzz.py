"""Census tables and grids with any cells: counted to the person, or refused with place and cure."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.generate.people.census import census_margins, home_weights
from gis.read.recipe import CensusForm, GridForm
from twin.core.errors import CityDataError

NUMBERS = st.integers(0, 10**7).map(str)
STRANGE = st.sampled_from(
    ["", "-5", "nan", "1e400", "н/д", "12 лет", "1.5", "#REF!", "0", " 7 ", "7,0"]
)
AGES = st.sampled_from(["0", "0-4", "5", "5-9", "18", "65+", "80 and over", "120", "9999", "total",
                        "Итого", "-1", "x", "", "5"])  # fmt: skip
CELLS = st.one_of(NUMBERS, NUMBERS, STRANGE)
EDGE_M = 1000.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("census")


def as_number(text):
    """Return a cell as whole people, None where it is no such number."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if np.isfinite(value) and value >= 0 else None


def require_whole(error):
    assert all(fault.where and fault.what and fault.mend for fault in error.faults)


def table(path, header, rows):
    path.write_text("\n".join(";".join(row) for row in [header, *rows]) + "\n", encoding="utf-8")
    return path


@settings(max_examples=120)
@given(rows=st.lists(st.tuples(AGES, CELLS, CELLS), max_size=6))
def test_people_of_an_age_table_are_counted_or_refused(folder, rows):
    table(folder / "age.csv", ("age", "men", "women"), rows)
    form = CensusForm(
        age_sex={"file": "age.csv", "age_from": "age", "men": "men", "women": "women"}
    )
    try:
        margins, people = census_margins(form, folder, None)
    except CityDataError as error:
        require_whole(error)
        return
    kept = [row for row in rows if any(row) and row[0].casefold() not in {"total", "итого"}]
    count = [as_number(cell) for row in kept for cell in row[1:]]
    assert None not in count
    assert people == round(sum(count))
    assert sum(margins.age_share) == pytest.approx(1.0)
    assert margins.age_low[0] == 0
    assert margins.age_low[-1] <= 110
    assert list(margins.age_low) == sorted(set(margins.age_low))
    assert all(0.0 <= share <= 1.0 for share in margins.female_share)


@settings(max_examples=80)
@given(
    rows=st.lists(st.tuples(st.sampled_from([*"01238", "12", "8+", "x", ""]), CELLS), max_size=6)
)
def test_households_are_counted_or_refused(folder, rows):
    table(folder / "homes.csv", ("size", "homes"), rows)
    form = CensusForm(households={"file": "homes.csv", "size": "size", "households": "homes"})
    try:
        margins, people = census_margins(form, folder, None)
    except CityDataError as error:
        require_whole(error)
        return
    kept = [row for row in rows if any(row)]
    assert people == round(sum(int(size.strip("+")) * as_number(count) for size, count in kept))
    assert sum(margins.size_share) == pytest.approx(1.0)


PLACES = st.one_of(st.floats(-EDGE_M, 2 * EDGE_M).map(lambda x: f"{x:.1f}"), STRANGE)


@settings(max_examples=120)
@given(rows=st.lists(st.tuples(PLACES, PLACES, CELLS), max_size=8), spots=st.integers(1, 5))
def test_people_of_a_grid_are_put_into_homes_or_left_out_by_number_or_refused(folder, rows, spots):
    table(folder / "grid.csv", ("x", "y", "people"), rows)
    shapes = [shapely.box(200.0 * k, 0, 200.0 * k + 10, 10) for k in range(spots)]
    homes = gpd.GeoDataFrame({"dwellings": [1] * spots}, geometry=shapes, crs="EPSG:32642")
    form = GridForm(file="grid.csv", people="people", x="x", y="y", crs="EPSG:32642")
    try:
        weight, people, note = home_weights(form, folder, homes)
    except CityDataError as error:
        require_whole(error)
        return
    count = [as_number(row[2]) for row in rows if any(row)]
    assert None not in count
    assert weight.sum() == pytest.approx(people, abs=0.51)
    assert (weight >= 0.0).all()
    assert people <= round(sum(count))
    assert f"{sum(count) - people:,.0f}"[:1] in note
