"""Columns of a population, and who is counted as heard, in numbers worked out by hand."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from twin.citizens import (
    BehaviourParams,
    Channel,
    CitizenDay,
    Population,
    Signals,
    participation_rate,
    reporting_by,
)
from twin.citizens.columns import OCCUPATIONS
from twin.city.networks import NETWORKS
from twin.core.errors import CityDataError
from twin.core.streams import Stream
from twin.kernels.rng import normal

SEED = 4


def city():
    """Return six people in three households and four buildings, rows out of order."""
    persons = pd.DataFrame(
        {
            "person_id": [5, 4, 3, 2, 1, 0],
            "household_id": [2, 2, 1, 1, 0, 0],
            "building_id": [3, 3, 0, 0, 1, 1],
            "age": [70, 18, 17, 40, 30, 60],
            "female": [True, False, True, False, True, False],
            "education": [0, 1, 2, 3, 0, 1],
            "occupation": ["retired", "student", "pupil", "employed", "home", "unemployed"],
            "digital_access": [False, True, True, True, False, True],
        }
    )
    households = pd.DataFrame(
        {"income_kzt_month": [100.0, 300.0, 500.0, 900.0], "size": [2, 3, 1, 1]}
    )
    return SimpleNamespace(persons=persons, households=households, buildings=range(4))


@pytest.fixture
def people():
    return Population.from_city(city(), SEED)


def test_rows_are_sorted_and_bring_their_columns_along(people):
    assert people.get("person_id").tolist() == [2, 3, 0, 1, 4, 5]
    assert people.get("building").tolist() == [0, 0, 1, 1, 3, 3]
    assert people.get("household").tolist() == [1, 1, 0, 0, 2, 2]
    assert people.get("age").tolist() == [40, 17, 60, 30, 18, 70]
    assert people.get("female").tolist() == [0, 1, 0, 1, 0, 1]
    assert people.get("education").tolist() == [3, 2, 1, 0, 1, 0]
    assert people.get("digital_access").tolist() == [1, 1, 1, 0, 1, 0]
    words = [OCCUPATIONS[code] for code in people.get("occupation")]
    assert words == ["employed", "pupil", "unemployed", "home", "student", "retired"]
    assert people.get("income_kzt_month").tolist() == [100.0, 100.0, 50.0, 50.0, 500.0, 500.0]
    assert people.building_start.tolist() == [0, 2, 4, 4, 6]
    assert (people.n_buildings, people.n_households, people.day) == (4, 4, -1)
    assert people.bytes_per_citizen == sum(
        people.get(name).dtype.itemsize for name in people.column_names
    )


def test_first_values_are_those_of_the_draws(people):
    draws = [normal(SEED, int(Stream.INITIAL_TRUST), i, 0) for i in people.get("person_id")]
    shift = 0.1 * np.array(draws)
    assert (np.abs(shift) < 0.4).all()
    assert people.get("disposition") == pytest.approx(shift, rel=1e-5)
    assert people.get("trust") == pytest.approx(0.5 + shift, rel=1e-5)
    assert people.get("satisfaction") == pytest.approx(0.6 + shift, rel=1e-5)
    civic = [normal(SEED, int(Stream.CIVIC_PROPENSITY), i, 0) for i in people.get("person_id")]
    assert people.get("civic_propensity") == pytest.approx(civic, rel=1e-5)
    assert (people.get("expectation") == 1.0).all()
    assert (people.get("last_report_day") == -1).all()
    for name in ("fatigue", "awaiting", "affected_days", "outage_days", "reports_made"):
        assert not people.get(name).any()


def test_first_trust_stays_inside_its_bounds_however_wide_the_spread():
    params = BehaviourParams(disposition_spread=0.2, initial_trust=0.9)
    many = city()
    many.persons = pd.concat([many.persons] * 200, ignore_index=True)
    many.persons["person_id"] = np.arange(len(many.persons))
    people = Population.from_city(many, SEED, params)
    # 0.1 to the edge less half a hundredth
    assert people.get("disposition").max() == pytest.approx(0.095)
    assert people.get("disposition").min() == pytest.approx(-0.095)
    assert people.get("trust").max() == pytest.approx(0.995)


def test_households_have_the_mean_trust_of_their_members(people):
    people.set("trust", [0.1, 0.3, 0.5, 0.9, 0.2, 0.2])
    households = people.households()
    assert households.household_id.tolist() == [0, 1, 2, 3]
    assert households.income_kzt_month.tolist() == [100.0, 300.0, 500.0, 900.0]
    assert households.trust == pytest.approx([0.7, 0.2, 0.2, 0.5])  # the last one stands empty


def test_participation_is_over_adults_and_the_window_counts_the_last_day(people):
    # adults are rows 0, 2, 3, 4, 5; the child's report does not count
    people.day = 400
    people._columns["last_report_day"][:] = [36, 399, 35, -1, 400, 0]
    assert participation_rate(people) == 2 / 5
    assert participation_rate(people, 366) == 3 / 5
    assert participation_rate(people, 1) == 1 / 5
    assert participation_rate(people, 1000) == 4 / 5


def test_groups_are_heard_by_their_exposure(people):
    people.set("affected_days", [4, 9, 0, 6, 10, 0])
    people.set("reports_made", [1, 9, 0, 3, 2, 0])
    table = reporting_by(people, "female")
    men, women = table.loc[0], table.loc[1]
    # men: rows 0, 2, 4; women: rows 3, 5 (row 1 is 17)
    assert (men["adults"], men["affected"], men["affected_days"], men["reports"]) == (3, 2, 14, 3)
    assert men["reports_per_affected"] == 1.5
    assert men["reports_per_100_affected_days"] == pytest.approx(300 / 14)
    assert (women["adults"], women["affected"], women["reports_per_affected"]) == (2, 1, 3.0)
    assert women["reports_per_100_affected_days"] == 50.0
    people.set("affected_days", 0)
    table = reporting_by(people, "female")
    assert table[["reports_per_affected", "reports_per_100_affected_days"]].isna().all(axis=None)


def test_fifths_of_income_are_by_rank_and_equal_incomes_share_one(people):
    people.set("income_kzt_month", [1.0, 99.0, 2.0, 3.0, 4.0, 5.0])
    table = reporting_by(people, "income_quintile")
    assert table.index.tolist() == [1, 2, 3, 4, 5]
    assert table["adults"].tolist() == [1] * 5
    people.set("income_kzt_month", 7.0)
    assert reporting_by(people, "income_quintile").index.tolist() == [3]


@pytest.mark.parametrize(
    ("column", "value", "match"),
    [
        ("age", 121, r"row 0 is 121, outside 0 to 120 years"),
        ("reports_made", 65_536, r"outside 0 to 65535"),
        ("last_report_day", -2, r"outside -1 to"),
        ("household", 1, r"citizens\.household: .*is fixed"),
        ("person_id", 1, r"citizens\.person_id: .*is fixed"),
    ],
)
def test_values_that_do_not_fit_a_column_are_refused(people, column, value, match):
    with pytest.raises(CityDataError, match=match):
        people.set(column, value)


def test_bounds_fit_their_columns(people):
    for column, value in (("age", 120), ("age", 0), ("trust", 1.0), ("reports_made", 65_535)):
        people.set(column, value)
        assert (people.get(column) == value).all()
    people.set("trust", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5])
    with pytest.raises(CityDataError, match=r"row 2 is -1"):
        people.set("trust", [0.0, 0.1, -1.0, 0.3, 0.4, 0.5])


BOUNDS = {
    "age": (0, 120),
    "female": (0, 1),
    "education": (0, 3),
    "occupation": (0, 6),
    "digital_access": (0, 1),
    "income_kzt_month": (0, 1e9),
    "civic_propensity": (-6, 6),
    "disposition": (-0.5, 0.5),
    "trust": (0, 1),
    "satisfaction": (0, 1),
    "expectation": (0, 1),
    "fatigue": (0, 1),
    "last_report_day": (-1, 2**31 - 1),
    "affected_days": (0, 2**16 - 1),
    "outage_days": (0, 2**16 - 1),
    "reports_made": (0, 2**16 - 1),
}


@pytest.mark.parametrize("column", BOUNDS)
def test_a_column_takes_its_bounds_and_nothing_beyond(people, column):
    for value, beyond in zip(BOUNDS[column], (-0.25, 0.25), strict=True):
        people.set(column, value)
        with pytest.raises(CityDataError, match=rf"citizens\.{column}: row 0 is"):
            people.set(column, value + beyond)


def test_hazards_stay_until_a_column_they_depend_on_is_set(people):
    people.set_hazards("loud", np.arange(6.0))
    assert people.get("voice_hazard").tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert people.has_hazards_of("loud")
    assert not people.has_hazards_of("quiet")
    people.set("trust", 0.4)
    assert people.has_hazards_of("loud")
    for name in ("age", "education", "digital_access", "income_kzt_month", "civic_propensity"):
        people.set_hazards("loud", np.arange(6.0))
        people.set(name, 1)
        assert not people.has_hazards_of("loud")


def test_a_saved_state_is_a_copy_and_brings_back_the_day(people):
    people.day = 6
    people.set("trust", 0.25)
    people.set_hazards("loud", np.ones(6))
    state = people.save_state()
    people.set("trust", 0.75)
    people.day = 9
    people.load_state(state)
    assert (people.day, people.get("trust").tolist()) == (6, [0.25] * 6)
    assert not people.has_hazards_of("loud")


def test_blocks_of_work_end_where_a_building_ends(people):
    start = people.block_start()
    assert (start[0], start[-1]) == (0, 6)
    assert (np.diff(start) >= 0).all()
    assert set(start.tolist()) <= set(people.building_start.tolist())


def test_a_selection_sets_its_own_rows_and_follows_the_population(people):
    old = people.select(people.get("age") >= 60)
    assert old.rows.tolist() == [2, 5]
    old.set("trust", [0.1, 0.9])
    assert people.get("trust")[[2, 5]].tolist() == pytest.approx([0.1, 0.9])
    assert old.agg("trust", np.sum) == pytest.approx(1.0)
    assert old.select(np.array([False, True])).rows.tolist() == [5]
    people.set("trust", 0.5)
    assert old.get("trust").tolist() == [0.5, 0.5]
    rows = old.rows
    rows[:] = 0
    assert old.rows.tolist() == [2, 5]


def test_groups_are_reduced_one_by_one(people):
    people.set("trust", [0.1, 0.3, 0.5, 0.9, 0.2, 0.4])
    by_home = people.groupby("building")
    assert len(by_home) == 3
    assert by_home.count().to_dict() == {0: 2, 1: 2, 3: 2}
    assert by_home.agg("trust", np.max).to_dict() == pytest.approx({0: 0.3, 1: 0.9, 3: 0.4})
    assert by_home.agg("trust", np.max).name == "trust"
    by_work = people.groupby("occupation").agg("age", np.mean)
    assert by_work["employed"] == 40.0
    assert by_work["retired"] == 70.0


def test_a_day_knows_its_reports_and_how_many_came_by_app():
    day = CitizenDay(np.zeros((3, 2)), np.array([5, 3, 2]), 8, 20, 0.5, 0.6)
    assert day.n_reports == 10
    assert day.digital_share == pytest.approx(0.3)
    assert [channel.value for channel in Channel] == [0, 1, 2]
    silent = dataclasses.replace(day, reports_by_channel=np.zeros(3, dtype=np.int64))
    assert np.isnan(silent.digital_share)


def test_on_a_calm_day_nothing_is_wrong():
    calm = Signals.calm(4)
    assert calm.severity.shape == (len(NETWORKS), 4)
    assert not calm.severity.any()
    assert calm.answered.tolist() == [0, 0, 0, 0]


def test_all_references_that_point_nowhere_are_named():
    wrong = city()
    wrong.persons["building_id"] = [4, 3, 0, -1, 1, 1]
    with pytest.raises(CityDataError, match=r"is 4, but there are 4 \(2 rows like it\)") as caught:
        Population.from_city(wrong, SEED)
    (fault,) = caught.value.faults
    assert fault.rows == (0, 3)


def test_sums_of_single_precision_do_not_drift(people):
    people.set("trust", 0.1)
    assert people.agg("trust", np.sum) == pytest.approx(6 * float(np.float32(0.1)), rel=1e-12)
