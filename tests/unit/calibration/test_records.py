"""Records are read by a recipe; each row that is not used is listed with line and cure."""

import datetime as dt

import numpy as np
import pytest

from gis.synthesise import synthesise
from twin.calibration.calibrate import read_records
from twin.calibration.records.cells import day_of, laying_year, likely_unit, metres, year_of
from twin.core.errors import CityDataError


@pytest.fixture(scope="module")
def city():
    return synthesise(people=2_000, seed=1)


def add(folder, file, *rows):
    with (folder / file).open("a") as table:
        table.write("".join(f"{row}\n" for row in rows))


def reasons(found):
    return [(one.line, one.reason.code, one.reason.effect) for one in found.left_out.entries]


def test_whole_records_leave_nothing_out(folder, city):
    found = read_records(folder, city)
    assert len(found.pipes) == 60
    assert len(found.breaks) == 50
    assert found.left_out.lines() == []
    assert found.pipes.diameter_m[0] == pytest.approx(0.15)
    assert (found.breaks.pipe == np.arange(50)).all()


@pytest.mark.parametrize(
    ("row", "code", "what"),
    [
        (",CI,150,10,1960,north", "R-ID", "has no id"),
        ("5,CI,150,10,1960,north", "R-DUPLICATE", "pipe 5 is in line 7 already"),
        ("70,CI,150,,1960,north", "R-LENGTH", "length is not given"),
        ("70,CI,150,0.05,1960,north", "R-LENGTH", "likely km, not m"),
        ("70,CI,150,long,1960,north", "R-LENGTH", "'long' is no number"),
        ("70,CI,0.15,10,1960,north", "R-DIAMETER", "likely m or ft, not mm"),
        ("70,XX,150,10,1960,north", "R-MATERIAL", "'XX' is not known"),
        ("70,,150,10,1960,north", "R-MATERIAL", "material is not given"),
        ("70,CI,150,10,,north", "R-DATE", "year of laying is not given"),
        ("70,CI,150,10,2031,north", "R-DATE", "outside 1800 to 2016"),
    ],
)
def test_a_bad_pipe_is_listed_with_its_line(folder, city, row, code, what):
    add(folder, "mains.csv", row)
    found = read_records(folder, city)
    one = found.left_out.entries[0]
    assert (one.file, one.line, one.reason.code) == ("mains.csv", 62, code)
    assert what in one.what
    whole = one.reason.effect != "left out"
    assert len(found.pipes) == 60 + whole
    assert found.pipes.complete().sum() == 60


@pytest.mark.parametrize(
    ("row", "code", "n_breaks", "n_named"),
    [
        ("31/02/2005,3", "R-DATE", 50, 50),
        ("soon,3", "R-DATE", 50, 50),
        ("38500,3", "R-DATE", 50, 50),
        (",3", "R-DATE", 50, 50),
        ("01/01/2014,3", "R-PERIOD", 50, 50),
        ("03/04/2005,999", "R-PIPE", 51, 50),
        ("03/04/2005,", "R-NO-PIPE", 51, 50),
    ],
)
def test_a_bad_break_is_listed_with_its_line(folder, city, row, code, n_breaks, n_named):
    add(folder, "breaks.csv", row)
    found = read_records(folder, city)
    assert [(one.line, one.reason.code) for one in found.left_out.entries] == [(52, code)]
    assert len(found.breaks) == n_breaks
    assert (found.breaks.pipe >= 0).sum() == n_named


def test_a_break_before_its_pipe_is_of_an_earlier_main(folder, city):
    add(folder, "mains.csv", "70,CI,150,10,2009,north")
    add(folder, "breaks.csv", "05/06/2003,70", "05/06/2003,70")
    found = read_records(folder, city)
    assert found.breaks.is_of_earlier.sum() == 1
    assert [one[1] for one in reasons(found)] == ["R-DUPLICATE", "R-BEFORE-PIPE"]
    assert "laid in 2009, after the break" in found.left_out.lines()[-1]


def test_a_pipe_removed_before_it_was_laid_and_a_break_after_removal_are_listed(folder, city):
    text = (folder / "mains.csv").read_text().splitlines()
    ends = {1: "END", 3: "31.12.2001", 4: "1950-01-01", 5: "03/04/2001"}
    rows = [f"{row},{ends.get(at, '')}" for at, row in enumerate(text, start=1)]
    (folder / "mains.csv").write_text("\n".join(rows))
    recipe = (folder / "records.yaml").read_text()
    recipe = recipe.replace("district: AREA", "district: AREA, removed: END")
    (folder / "records.yaml").write_text(recipe)
    add(folder, "breaks.csv", "05/06/2007,1")
    found = read_records(folder, city)
    codes = [one[1] for one in reasons(found)]
    assert codes[:2] == ["R-DATE", "R-ORDER"]
    assert "R-AFTER-PIPE" in codes
    assert len(found.pipes) == 58


def test_many_rows_of_one_kind_are_counted_and_the_first_shown(folder, city, tmp_path):
    add(folder, "breaks.csv", *["never,1"] * 30)
    found = read_records(folder, city)
    lines = found.left_out.lines()
    assert "breaks.csv: R-DATE 30 rows left out" in lines[0]
    assert lines[-1] == "  ... and 25 more"
    found.left_out.write(tmp_path / "out.csv")
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 31


def test_breaks_with_a_place_fall_on_the_nearest_main_and_local_coordinates_are_seen(folder, city):
    edges = city.network_edges("water")
    edges = edges[edges["kind"] == "pipe"]
    middle = edges.geometry.iloc[5].interpolate(0.5, normalized=True)
    rows = [f"2005-01-0{day},{x},{y}" for day, (x, y) in
            enumerate([(middle.x, middle.y), (12.5, 33.0)], start=1)]  # fmt: skip
    (folder / "breaks.csv").write_text("\n".join(["DATE,X,Y", *rows]))
    recipe = (folder / "records.yaml").read_text().split("breaks:")[1]
    recipe = "breaks:" + recipe.replace("pipe_id: PIPE", "x: X, y: Y")
    (folder / "records.yaml").write_text(recipe)
    found = read_records(folder, city)
    assert found.pipes.pipe_id[found.breaks.pipe[0]] == edges["uid"].iloc[5]
    assert found.breaks.pipe[1] == -1
    assert "not of this CRS" in found.left_out.entries[0].what


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("pipe_id: ID,", "pipe_id: NR,"), "has no column NR"),
        (("units:", "unit:"), "Extra inputs are not permitted"),
        (("DI: ductile_iron", "DI: gold"), "'gold' 1 are no materials of this network"),
        (("dates: day_first", "dates: left_first"), "records.yaml:10:3: E-RECIPE breaks.dates"),
        (("first_day: 1998-01-01", "first_day: 2012-12-31"), "has no break that can be used"),
        (("length: LEN,", "length: YEAR, diameter: YEAR,"), "is not YAML"),
        (("length: m}", "length: mm}"), None),
    ],
)
def test_a_wrong_recipe_is_refused_with_its_place(folder, city, change, message):
    recipe = (folder / "records.yaml").read_text()
    assert change[0] in recipe
    (folder / "records.yaml").write_text(recipe.replace(*change))
    if message is None:
        assert len(read_records(folder, city).pipes) == 60
        return
    with pytest.raises(CityDataError, match=message):
        read_records(folder, city)


def test_an_inventory_without_a_usable_pipe_is_refused(folder, city):
    (folder / "mains.csv").write_text("ID,MAT,DN,LEN,YEAR,AREA\n,CI,150,10,1960,n\n")
    with pytest.raises(CityDataError, match="has no pipe that can be used"):
        read_records(folder, city)


def test_a_recipe_that_names_nothing_to_learn_from_is_refused(folder, city):
    (folder / "records.yaml").write_text("network: water\n")
    with pytest.raises(CityDataError, match="names no records to learn from"):
        read_records(folder, city)


def test_a_network_without_a_law_that_is_fitted_is_refused(folder, city):
    recipe = (folder / "records.yaml").read_text()
    (folder / "records.yaml").write_text("network: street\n" + recipe)
    with pytest.raises(CityDataError, match="has no law that is fitted"):
        read_records(folder, city)


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2012-04-03", None, dt.date(2012, 4, 3)),
        ("2012/4/3 12:30", None, dt.date(2012, 4, 3)),
        ("03.04.2012", None, dt.date(2012, 4, 3)),
        ("13/04/2012", None, dt.date(2012, 4, 13)),
        ("04/13/2012", None, dt.date(2012, 4, 13)),
        ("03/04/2012", "month_first", dt.date(2012, 3, 4)),
        ("03/04/2012", "day_first", dt.date(2012, 4, 3)),
    ],
)
def test_days_in_three_formats_are_read(text, order, day):
    assert day_of(text, order) == day


def test_a_day_with_two_meanings_is_not_guessed():
    assert "two meanings" in day_of("03/04/2012", None)


def test_a_year_alone_and_a_first_of_january_are_the_middle_of_the_year():
    assert laying_year("1974", None) == laying_year("1974-01-01", None) == 1974.5
    assert laying_year("1974-07-01", None) == pytest.approx(year_of(dt.date(1974, 7, 1)))


def test_a_unit_in_a_cell_overrules_that_of_the_column():
    texts = np.array(["150", "150 mm", "0.15 m", '6"', "6 in", "x"], dtype=object)
    found = metres(texts, "mm")
    assert found[:5] == pytest.approx([0.15, 0.15, 0.15, 0.1524, 0.1524])
    assert np.isnan(found[5])
    assert likely_unit(0.00015, "mm", 0.01, 3.0).endswith("not mm")
