from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.generate.people.margins import KAZAKH_TOWN, SIZES, Controls, controls_for, fit_two_ways
from gis.generate.people.occupations import dealt
from gis.generate.people.population import fit_report, populate
from gis.generate.people.zones import draw_zones
from gis.generate.town.draw import draw_town
from twin.core.errors import CityDataError

PEOPLE = 6_000


@pytest.fixture(scope="module")
def buildings():
    draft = draw_town(PEOPLE, 1)
    _, zone_id = draw_zones(draft.buildings, draft.street_nodes, PEOPLE)
    return draft.buildings.assign(zone_id=zone_id)


@pytest.fixture(scope="module")
def population(buildings):
    return populate(buildings, people=PEOPLE, seed=1)


def test_total_is_exact_and_margins_are_met(population):
    report = fit_report(population)
    assert len(population.persons) == PEOPLE
    assert population.people.sum() == PEOPLE
    assert report.largest_error_share == 0.0
    assert len(report.cells) == 2 * len(KAZAKH_TOWN.age_low) + SIZES.size + 1


def test_margins_are_those_of_the_census(population):
    persons, households = population.persons, population.households
    assert (persons["age"] < 16).mean() == pytest.approx(0.294, abs=0.001)
    assert persons["age"].mean() == pytest.approx(32.0, abs=0.7)
    large = households["size"] >= 5
    assert households.loc[large, "size"].sum() / PEOPLE == pytest.approx(0.26, abs=0.004)
    assert persons["female"].mean() == pytest.approx(0.513, abs=0.01)


def test_no_household_is_of_children_alone(population):
    adults = population.persons[population.persons["age"] >= 18]
    assert adults["household_id"].nunique() == len(population.households)


def test_children_live_with_people_a_generation_older(population):
    persons = population.persons
    oldest = persons.groupby("household_id")["age"].max().astype(int)
    children = persons[persons["age"] < 16]
    gap = oldest.loc[children["household_id"]].to_numpy() - children["age"].to_numpy().astype(int)
    assert np.median(gap) == pytest.approx(32, abs=6)
    assert (gap >= 14).mean() > 0.97


def test_persons_are_sorted_and_agree_with_households(population):
    persons, households = population.persons, population.households
    assert (np.diff(persons["building_id"]) >= 0).all()
    assert (np.diff(persons["household_id"]) >= 0).all()
    counted = np.bincount(persons["household_id"], minlength=len(households))
    assert np.array_equal(counted, households["size"])
    homes = households["building_id"].to_numpy()[persons["household_id"]]
    assert np.array_equal(homes, persons["building_id"])


def test_people_live_where_dwellings_are(population, buildings):
    assert (population.people[buildings["dwellings"].to_numpy() == 0] == 0).all()
    in_houses = population.people[(buildings["use"] == "house").to_numpy()]
    assert (in_houses > 0).mean() > 0.9


def test_pupils_go_to_school_and_workers_to_work(population, buildings):
    persons = population.persons
    use = buildings["use"].to_numpy(dtype=object)
    pupils = persons[persons["occupation"] == "pupil"]
    assert set(use[pupils["work_building"]]) == {"school"}
    away = persons["work_building"] < 0
    workers = persons[(persons["occupation"] == "employed") & ~away]
    assert not {"house", "apartment", "ancillary"} & set(use[workers["work_building"]])
    assert len(workers) > 0.5 * (persons["occupation"] == "employed").sum()
    idle = persons["occupation"].isin(["retired", "home", "unemployed", "student"])
    assert (persons.loc[idle, "work_building"] == -1).all()
    filled = np.bincount(persons.loc[~away, "work_building"], minlength=len(buildings))
    assert np.array_equal(filled, population.jobs)


def test_pupils_go_to_near_schools(population, buildings):
    persons = population.persons
    pupils = persons[persons["occupation"] == "pupil"]
    at = np.stack([buildings.centroid.x, buildings.centroid.y], axis=1)
    home = at[pupils["building_id"]]
    own = np.hypot(*(home - at[pupils["work_building"]]).T).mean()
    shuffled = np.hypot(*(home - at[np.roll(pupils["work_building"], 997)]).T).mean()
    assert own < 0.92 * shuffled


def test_internet_falls_with_age_and_rises_with_education(population):
    persons = population.persons[population.persons["age"] >= 25]
    young = persons.loc[persons["age"] < 40, "digital_access"].mean()
    old = persons.loc[persons["age"] >= 65, "digital_access"].mean()
    assert young > old + 0.25
    middle = persons[persons["age"].between(30, 60)]
    by_education = middle.groupby("education")["digital_access"].mean()
    assert by_education[3] > by_education[1]
    grown = population.persons["age"] >= 14
    assert population.persons.loc[grown, "digital_access"].mean() == pytest.approx(0.74, abs=0.02)


def test_incomes_are_positive_and_unequal_as_told(population):
    households = population.households
    per_head = np.sort((households["income_kzt_month"] / households["size"]).to_numpy())
    assert (per_head > 0).all()
    rank = np.arange(1, per_head.size + 1)
    gini = 2 * (rank * per_head).sum() / (per_head.size * per_head.sum()) - 1 - 1 / per_head.size
    assert 0.2 < gini < 0.45


def test_seed_decides_who_lives_where(buildings, population):
    again = populate(buildings, people=PEOPLE, seed=1)
    other = populate(buildings, people=PEOPLE, seed=2)
    assert population.persons.equals(again.persons)
    assert population.households.equals(again.households)
    assert not population.persons.equals(other.persons)


@pytest.mark.parametrize("people", [1, 2, 9, 37, 400])
def test_few_people_fit_too(buildings, people):
    population = populate(buildings, people=people, seed=1)
    assert len(population.persons) == people
    assert fit_report(population).largest_error_share == 0.0


def test_shares_that_do_not_add_to_one_are_all_told():
    wrong = replace(KAZAKH_TOWN, size_share=(0.5,) * 8, female_share=(2.0,) * 18)
    with pytest.raises(CityDataError, match=r"size_share: E-MARGIN-TOTAL adds to 4\.0") as caught:
        controls_for(wrong, PEOPLE)
    assert len(caught.value.faults) == 2


def test_margins_of_different_totals_are_refused():
    right = controls_for(KAZAKH_TOWN, PEOPLE)
    wrong = Controls(people=PEOPLE + 1, age_sex=right.age_sex, households=right.households)
    with pytest.raises(CityDataError, match="not to 6001") as caught:
        wrong.require_consistent()
    assert len(caught.value.faults) == 2
    with pytest.raises(CityDataError, match="add to 3 and 4"):
        fit_two_ways(np.ones((2, 2)), np.array([1, 2]), np.array([2, 2]))


def test_margins_without_enough_adults_are_refused(buildings):
    children = replace(
        KAZAKH_TOWN, age_share=(0.99, *(0.0,) * 16, 0.01), size_share=(0.0, *(0.0,) * 6, 1.0)
    )
    with pytest.raises(CityDataError, match="without an adult"):
        populate(buildings, people=PEOPLE, seed=1, margins=children)


def test_margins_that_exclude_each_other_are_refused():
    with pytest.raises(CityDataError, match="cannot be met together"):
        fit_two_ways(np.eye(2), np.array([3, 1]), np.array([1, 3]))


def test_nobody_and_no_dwelling_are_refused(buildings):
    with pytest.raises(CityDataError, match="people: E-VALUE = 0 is below 1"):
        populate(buildings, people=0, seed=1)
    with pytest.raises(CityDataError, match="are 0 in all buildings"):
        populate(buildings.assign(dwellings=0), people=10, seed=1)


@given(st.integers(2, 6), st.integers(2, 6), st.lists(st.integers(0, 40), min_size=36, max_size=36))
def test_fit_meets_both_sums_in_whole_numbers(n_rows, n_columns, values):
    truth = np.array(values[: n_rows * n_columns]).reshape(n_rows, n_columns)
    fitted = fit_two_ways(np.ones(truth.shape), truth.sum(axis=1), truth.sum(axis=0))
    assert np.array_equal(fitted.sum(axis=1), truth.sum(axis=1))
    assert np.array_equal(fitted.sum(axis=0), truth.sum(axis=0))
    assert (fitted >= 0).all()


def test_fit_recovers_a_hidden_table_from_its_pattern():
    """A known joint table, hidden but for its margins and its odds ratios, comes back."""
    truth = np.array([[400, 30, 5], [60, 500, 80], [9, 100, 700]])
    scaled = truth * np.array([2.0, 0.5, 3.0])[:, None] * np.array([1.0, 4.0, 0.2])
    fitted = fit_two_ways(scaled, truth.sum(axis=1), truth.sum(axis=0))
    assert np.abs(fitted - truth).max() <= 1


def test_dealt_shares_are_met_to_one_person():
    group = np.repeat([0, 1], [100, 50])
    draw = np.linspace(0.999, 0.001, 150)
    choice = dealt(draw, group, np.array([[0.25, 0.75, 0.0], [0.1, 0.1, 0.8]]))
    table = pd.crosstab(group, choice).to_numpy()
    assert table.tolist() == [[25, 75, 0], [5, 5, 40]]


TOLD = replace(
    KAZAKH_TOWN,
    name="told",
    education_share=(0.05, 0.25, 0.45, 0.25),
    activity_share=(0.03, 0.05, 0.58, 0.04, 0.13, 0.17),
    digital_share=0.6,
    wage_kzt_month=310_000.0,
)


@pytest.fixture(scope="module")
def told(buildings):
    return populate(buildings, people=PEOPLE, seed=1, margins=TOLD)


def test_education_activity_and_internet_meet_what_was_told_to_one_person(told):
    report = fit_report(told, TOLD)
    assert report.largest_error_share == 0.0
    assert set(report.cells["margin"]) == {
        "age by sex",
        "people by household size",
        "internet for services",
        "education",
        "activity",
    }
    grown = told.persons[told.persons["age"] >= 16]
    assert (grown["occupation"] == "employed").mean() == pytest.approx(0.58, abs=1e-3)
    assert (grown["education"] == 3).mean() == pytest.approx(0.25, abs=1e-3)


def test_told_margins_leave_children_at_school_and_graduates_grown(told):
    persons = told.persons
    assert (persons.loc[persons["age"].between(6, 15), "occupation"] == "pupil").all()
    assert persons.loc[persons["education"] == 3, "age"].min() >= 18


def test_a_higher_wage_raises_incomes_in_proportion(buildings, told):
    fewer = populate(
        buildings, people=PEOPLE, seed=1, margins=replace(TOLD, wage_kzt_month=155_000.0)
    )
    more, less = (each.households["income_kzt_month"].sum() for each in (told, fewer))
    employed = (told.persons["occupation"] == "employed").sum()
    assert more - less == pytest.approx(155_000.0 * employed, rel=1e-3)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"education_share": (0.5, 0.6, 0.0, 0.0)}, "education_share: E-MARGIN-TOTAL adds to 1.1"),
        ({"activity_share": (0.5, 0.5)}, "activity_share: E-MARGIN has 2 shares for 6 groups"),
        ({"digital_share": 1.2}, "digital_share: E-MARGIN has a share outside 0 to 1"),
        ({"wage_kzt_month": -1.0}, "wage_kzt_month: E-MARGIN = -1.0"),
        ({"activity_share": (0.0, 0.0, 0.0, 0.0, 0.0, 1.0)}, "do not allow these shares"),
    ],
)
def test_margins_that_cannot_be_are_refused(buildings, changed, message):
    with pytest.raises(CityDataError, match=message):
        populate(buildings, people=PEOPLE, seed=1, margins=replace(TOLD, **changed))
