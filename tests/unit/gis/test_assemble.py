import logging
from dataclasses import replace

import numpy as np
import pytest

from gis.assemble import assemble
from gis.generate.town.draw import draw_town
from gis.generate.typical_weather import AKMOLA, typical_year
from tests.fixtures_city import SMALL_PEOPLE
from twin.city.tables import BUILDINGS, TABLES
from twin.city.validate import validate
from twin.core.errors import CityDataError


def test_city_has_no_errors(small_city):
    assert [fault for fault in validate(small_city) if fault.code.startswith("E-")] == []


def test_what_each_layout_notes_is_reported_while_the_city_is_built(caplog):
    with caplog.at_level(logging.INFO, logger="gis"):
        city = assemble(draw_town(3_000, 1))
    water = [note for note in city.notes if note.startswith("Water")]
    assert water
    assert all(f"{city.name}: {note}" in caplog.messages for note in water)


def test_tables_have_the_columns_of_the_bundle_and_no_more(small_city):
    for table in TABLES:
        names = [column.name for column in table.columns]
        names += ["geometry"] if table.geometry else []
        assert list(small_city.table(table.name).columns) == names


def test_people_and_jobs_add_up(small_city):
    assert len(small_city.persons) == SMALL_PEOPLE
    assert small_city.zones["people"].sum() == SMALL_PEOPLE
    assert small_city.buildings["people"].sum() == SMALL_PEOPLE
    placed = (small_city.persons["work_building"] >= 0).sum()
    assert small_city.zones["jobs"].sum() == small_city.buildings["jobs"].sum() == placed


def test_every_facility_stands_once_at_least(small_city):
    kinds = set(small_city.facilities["kind"])
    assert {
        "depot",
        "fire_station",
        "hospital",
        "city_hall",
        "heat_source",
        "water_source",
        "water_tank",
    } <= kinds


def test_utilities_are_numbered_through_and_keep_to_their_own(small_city):
    nodes, edges, buildings = (
        small_city.util_nodes,
        small_city.util_edges,
        small_city.buildings,
    )
    network = nodes["network"].to_numpy()
    assert (network[edges["tail"]] == edges["network"]).all()
    assert (network[edges["head"]] == edges["network"]).all()
    assert nodes["uid"].is_unique
    assert edges["uid"].is_unique
    wet = buildings["water_node"].to_numpy()
    warm = buildings["heat_node"].to_numpy()
    assert ((wet >= 0) == (buildings["use"] != "ancillary")).all()
    assert (network[wet[wet >= 0]] == "water").all()
    assert (network[warm[warm >= 0]] == "heat").all()
    flats = (buildings["use"] == "apartment").to_numpy()
    assert (warm[flats] >= 0).mean() > 0.8
    assert (warm[buildings["use"] == "house"] == -1).all()


def test_boiler_house_knows_the_design_cold(small_city):
    source = small_city.util_nodes[small_city.util_nodes["kind"] == "source"]
    assert source["design_outdoor_c"].to_numpy() == pytest.approx(AKMOLA.design_five_day_c)


def test_all_inputs_are_marked_as_made_up(small_city):
    shares = small_city.imputed_share()
    assert set(shares.values()) == {1.0}
    assert any("made up" in note for note in small_city.notes)


def test_people_follow_from_floor_area_where_not_told():
    draft = draw_town(3_500, 4)
    city = assemble(draft)
    assert len(city.persons) == pytest.approx(3_500, rel=0.03)
    assert any(
        "W-PEOPLE-GUESSED" in note
        and f"{len(city.persons):,} were guessed" in note
        and "give --people, or `totals" in note
        for note in city.notes
    )


def test_measured_weather_takes_the_place_of_a_drawn_year():
    year = typical_year(AKMOLA, seed=9).assign(source="observed")
    city = assemble(draw_town(3_000, 1), people=12_000, weather=year)
    assert np.array_equal(city.weather["temp_c"], year["temp_c"])
    assert set(city.weather["source"]) == {"observed"}
    assert any(note.startswith("W-POP-MISMATCH") for note in city.notes)


def test_draft_without_homes_is_refused():
    draft = draw_town(3_000, 1)
    sheds = draft.buildings.assign(use="ancillary")
    with pytest.raises(CityDataError, match="E-NO-DWELLINGS"):
        assemble(replace(draft, buildings=sheds), people=100)


def test_building_columns_are_those_of_the_table(small_city):
    floors = small_city.buildings["floors"]
    assert floors.dtype == np.int32
    assert BUILDINGS.column("floors").low <= floors.min()
