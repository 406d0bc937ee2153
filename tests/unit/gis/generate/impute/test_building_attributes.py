"""Use, floors, years and flats of buildings a map says little about."""

import numpy as np
import pytest

from gis.generate.impute.building_attributes import impute_buildings
from gis.generate.impute.building_uses import shape_of, uses
from gis.generate.impute.dwellings import DWELLING_PER_PERSON_M2, dwelling_m2
from tests.builders_map import buildings, grid_map, landuse

_NO_LAND = landuse([])


def imputed(rows, land=_NO_LAND, people=None, seed=1):
    """Return the table and the notes."""
    return impute_buildings(buildings(rows), land, people=people, seed=seed, register_year=2026)


def one(tags, size=(30.0, 20.0), land=_NO_LAND):
    """Return the row of a single building."""
    return imputed([((0.0, 0.0), size, tags)], land)[0].iloc[0]


@pytest.mark.parametrize(
    ("tags", "use"),
    [
        ({"building": "detached"}, "house"),
        ({"building": "apartments"}, "apartment"),
        ({"building": "kindergarten"}, "kindergarten"),
        ({"building": "garages"}, "ancillary"),
        ({"building": "yes", "amenity": "school"}, "school"),
        ({"building": "yes", "shop": "supermarket"}, "retail"),
        ({"building": "apartments", "shop": "bakery"}, "apartment"),
        ({"building": "yes", "healthcare": "clinic"}, "health"),
        ({"building": "yes", "office": "government"}, "office"),
    ],
)
def test_tags_decide_the_use(tags, use):
    row = one(tags)
    assert row["use"] == use
    assert row["use_source"] == "observed"


@pytest.mark.parametrize(
    ("kind", "use"),
    [("industrial", "industrial"), ("garages", "ancillary"), ("allotments", "ancillary")],
)
def test_land_use_decides_where_tags_do_not(kind, use):
    row = one({}, land=landuse([((-100, -100, 100, 100), kind)]))
    assert row["use"] == use
    assert row["use_source"] == "imputed"


def test_the_smallest_land_use_wins():
    land = landuse([((-50, -50, 50, 50), "garages"), ((-900, -900, 900, 900), "industrial")])
    assert one({}, land=land)["use"] == "ancillary"


def test_a_long_slab_is_flats_and_a_small_box_is_a_house():
    assert one({}, size=(90.0, 12.0))["use"] == "apartment"
    assert one({}, size=(10.0, 9.0))["use"] == "house"
    assert one({}, size=(5.0, 4.0))["use"] == "ancillary"


def test_a_small_box_beside_a_house_is_its_shed():
    table, _ = imputed([((0, 0), (10, 9), {}), ((15, 0), (6, 6), {})])
    assert table["use"].tolist() == ["house", "ancillary"]


def test_width_and_length_of_an_angled_block_are_those_of_its_wings():
    shape = shape_of(buildings([((0, 0), (60.0, 12.0), {})]).geometry)
    assert shape.width_m[0] == pytest.approx(12.0)
    assert shape.length_m[0] == pytest.approx(60.0)


@pytest.mark.parametrize(
    ("tags", "floors", "source"),
    [
        ({"levels": "9"}, 9, "observed"),
        ({"levels": "1;5"}, 5, "observed"),
        ({"levels": "2.5"}, 3, "observed"),
        ({"height": "15 m"}, 5, "observed"),
        ({"levels": "many"}, 2, "imputed"),
    ],
)
def test_floors_come_from_levels_then_height_then_the_rule(tags, floors, source):
    row = one({"building": "kindergarten", **tags})
    assert (row["floors"], row["floors_source"]) == (floors, source)
    assert row["floor_area_m2"] == row["floors"] * row["footprint_m2"]


def test_flats_take_the_floors_of_the_nearest_alike():
    table, _ = imputed([((0, 0), (90, 12), {"levels": "7"}), ((0, 60), (88, 12), {})])
    assert table["floors"].tolist() == [7, 7]


def test_a_tagged_year_is_observed_and_a_future_one_is_not_believed():
    assert one({"start_date": "~1961"})["built_year"] == 1961
    row = one({"building": "school", "start_date": "2091"})
    assert row["year_source"] == "imputed"
    assert 1955 <= row["built_year"] <= 1990


def test_people_are_guessed_from_dwelling_space_by_the_chance_that_it_is_a_home():
    told, guessed = {"building": "apartments", "levels": "5"}, {"levels": "5"}
    table, _ = imputed(
        [
            ((0, 0), (90.0, 12.0), told),
            ((0, 60.0), (90.0, 12.0), guessed),
            ((0, 160.0), (10.0, 10.0), {"building": "house", "levels": "1"}),
            ((0, 260.0), (90.0, 12.0), {"building": "school"}),
        ]
    )
    slab = 90.0 * 12.0 * 5 * 0.75 / 25.0
    assert table["people_guess"].to_numpy() == pytest.approx(
        [0.9 * slab, 0.6 * slab, 0.9 * 100.0 * 0.9 / 25.0, 0.0]
    )


def test_no_school_is_put_on_a_jetty():
    homes = [((40.0 * i, 0.0), (90.0, 12.0), {"building": "apartments"}) for i in range(0, 60, 3)]
    jetty, palace = ((0.0, 60.0), (400.0, 6.0), {}), ((0.0, 120.0), (50.0, 50.0), {})
    table, _ = imputed([*homes, jetty, palace], people=6_000)
    assert table["use"].iloc[-1] == "school"
    assert table["use"].iloc[-2] != "school"


def _slabs(count, **tags):
    return [((0, 60.0 * i), (90.0, 12.0), tags) for i in range(count)]


def _space_m2(table):
    return dwelling_m2(table["use"], table["floor_area_m2"]).sum()


@pytest.mark.parametrize(
    ("each_m2", "shifted", "fewer"), [(16, True, False), (45, False, True), (75, True, True)]
)
def test_declared_people_bring_dwelling_space_into_the_usual_band(each_m2, shifted, fewer):
    rows = _slabs(40)
    free, _ = imputed(rows)
    people = int(_space_m2(free) / each_m2)
    table, notes = imputed(rows, people=people)
    each = _space_m2(table) / people
    assert 0.94 * DWELLING_PER_PERSON_M2[0] <= each <= 1.06 * DWELLING_PER_PERSON_M2[1]
    assert any("were multiplied by" in note for note in notes) == shifted
    assert any("taken for something else" in note for note in notes) == fewer
    assert (table["floors"] != free["floors"]).any() == shifted


def test_too_much_space_takes_out_as_few_homes_as_need_be_and_leaves_storeys():
    rows = _slabs(40, levels="5")
    one_m2 = 90.0 * 12.0 * 5 * 0.75
    people = int(40 * one_m2 / 45)
    table, notes = imputed(rows, people=people)
    gone = 40 - (table["use"] == "apartment").sum()
    assert (40 - gone) * one_m2 <= 30 * people < (41 - gone) * one_m2
    assert set(table["use"]) == {"apartment", "public"}
    assert table["people_guess"][table["use"] == "public"].eq(0.0).all()
    assert (table["floors"] == 5).all()
    each = (40 - gone) * one_m2 / people
    told = f"{gone} of 40 buildings taken for homes"
    assert any(told in note and f"have {each:.1f} m2" in note for note in notes)


def test_the_least_likely_homes_go_first_and_told_ones_never():
    told = [((500.0, 60.0 * i), (90.0, 12.0), {"building": "apartments"}) for i in range(4)]
    lived_in = [((900.0, 60.0 * i), (90.0, 12.0), {"building": "residential"}) for i in range(4)]
    counted = [((1300.0, 60.0 * i), (90.0, 12.0), {"flats": "60"}) for i in range(4)]
    row = [((2000.0 + 20.0 * i, 0.0), (20.0, 14.0), {}) for i in range(8)]
    likely = [*told, *lived_in, *counted, *_slabs(8, levels="5")]
    free, _ = imputed([*likely, *row])
    assert (free["use"] == "apartment").all()
    space = dwelling_m2(free["use"], free["floor_area_m2"])
    people = int((space.sum() - 0.3 * space[-8:].sum()) / 30.0)
    table, _ = imputed([*likely, *row], people=people)
    assert (table["use"].iloc[:-8] == "apartment").all()
    assert set(table["use"].iloc[-8:]) == {"apartment", "retail"}
    crowd, _ = imputed([*likely, *row], people=100)
    assert (crowd["use"].iloc[:12] == "apartment").all()
    assert (crowd["use"].iloc[-8:] == "retail").any()


def test_a_private_house_is_never_taken_out():
    cottages = [((25.0 * i, 40.0 * k), (12.0, 9.0), {}) for i in range(12) for k in range(4)]
    free, _ = imputed(cottages)
    assert (free["use"] == "house").all()
    table, notes = imputed(cottages, people=20)
    assert (table["use"] == "house").all()
    assert any(note.startswith("W-POP-MISMATCH") for note in notes)


def test_which_homes_go_depends_on_no_order_of_the_rows():
    raw = buildings(_slabs(40, levels="5"))
    options = {"people": 3_500, "seed": 1, "register_year": 2026}
    first, _ = impute_buildings(raw, _NO_LAND, **options)
    turned, _ = impute_buildings(raw[::-1].reset_index(drop=True), _NO_LAND, **options)
    one_way = first.set_index("uid")["use"].sort_index()
    assert one_way.nunique() == 2
    assert one_way.equals(turned.set_index("uid")["use"].sort_index())


def test_a_population_no_floors_can_house_is_told():
    _, notes = imputed([((0, 0), (90, 12), {"levels": "5"})], people=9_000)
    assert any(note.startswith("W-POP-MISMATCH") for note in notes)


def test_schools_are_put_into_likely_buildings_far_from_each_other():
    blocks = [((40.0 * i, 0.0), (30.0, 12.0), {"levels": "5"}) for i in range(40)]
    halls = [((400.0 * i, 60.0), (45.0, 35.0), {}) for i in range(5)]
    table, notes = imputed([*blocks, *halls], people=2_000)
    placed = table[table["use"] == "school"].geometry.centroid.x
    assert 1 <= len(placed) < 5
    assert any("taken for school" in note for note in notes)


def test_the_same_seed_gives_the_same_table_whatever_the_order():
    _, raw, land = grid_map()
    raw["osm_id"] = [str(i) for i in range(len(raw))]
    options = {"people": 3000, "seed": 1, "register_year": 2026}
    first, _ = impute_buildings(raw, land, **options)
    turned, _ = impute_buildings(raw[::-1].reset_index(drop=True), land, **options)
    columns = ["use", "floors", "built_year", "dwellings"]
    one_way = first.set_index("uid")[columns].sort_index()
    assert one_way.equals(turned.set_index("uid")[columns].sort_index())
    other, _ = impute_buildings(raw, land, people=3000, seed=2, register_year=2026)
    assert (other["built_year"] != first["built_year"]).any()
    assert np.array_equal(other["use"], first["use"])


def test_broken_outlines_are_left_out_and_told():
    raw = buildings([((0, 0), (10, 9), {}), ((50, 0), (0.5, 0.5), {})])
    table, notes = impute_buildings(raw, _NO_LAND, people=None, seed=1, register_year=2026)
    assert len(table) == 1
    assert notes[0].startswith("1 outlines that are invalid")


def _uses(rows):
    """Return the uses of buildings given as (centre, size, tags)."""
    raw = buildings(rows)
    found, _ = uses(raw, landuse([]), shape_of(raw.geometry))
    return found


def test_buildings_wall_to_wall_are_blocks_of_flats():
    row = [((20.0 * k, 0.0), (20.0, 14.0), {}) for k in range(8)]
    alone = [((0.0, 900.0), (20.0, 14.0), {})]
    assert _uses([*row, *alone])["use"].tolist()[:8] == ["apartment"] * 8


@pytest.mark.parametrize(("size", "use"), [((10.0, 9.0), "house"), ((30.0, 25.0), "apartment")])
def test_a_residential_building_is_a_home_by_its_size(size, use):
    found = _uses([((0.0, 0.0), size, {"building": "residential"})])
    assert found["use"].tolist() == [use]
    assert found["use_confidence"].iloc[0] == pytest.approx(0.8)


@pytest.mark.parametrize(("tag", "use"), [("apartments", "apartment"), ("office", "retail")])
def test_what_could_be_a_shop_is_what_tagged_buildings_of_its_size_around_are(tag, use):
    around = [((60.0 * k, 0.0), (19.0, 19.0), {"building": tag}) for k in range(4)]
    found = _uses([*around, ((90.0, 70.0), (20.0, 20.0), {})])
    assert found["use"].iloc[-1] == use
    assert found["use_source"].iloc[-1] == "imputed"
    assert found["use_confidence"].iloc[-1] < 0.5


def test_an_undated_building_is_as_old_as_the_nearest_dated_one_like_it():
    flats = {"building": "apartments", "levels": "5"}
    rows = [
        ((0.0, 0.0), (60.0, 12.0), {**flats, "start_date": "1971"}),
        ((0.0, 60.0), (60.0, 12.0), flats),
        ((0.0, 120.0), (60.0, 12.0), {**flats, "levels": "9"}),
        ((0.0, 900.0), (60.0, 12.0), flats),
    ]
    table, _ = imputed(rows)
    assert table["built_year"].iloc[:2].tolist() == [1971, 1971]
    assert table["year_source"].tolist() == ["observed", "imputed", "imputed", "imputed"]
    sure = table["confidence"].to_numpy()
    assert sure[0] > sure[1] > sure[3]
    assert sure[2] == sure[3]
