"""A turn of the year: who is born, dies, comes, goes; and what stays whole."""

import pickle
from copy import deepcopy

import numpy as np
import pytest

from tests.naive import demography as naive
from tests.unit.citizens.demography.people_town import SEED, founded, lived, years
from twin.citizens import CITIZENS
from twin.citizens.character import character
from twin.citizens.columns import OCCUPATIONS
from twin.citizens.demography import lose_jobs
from twin.citizens.demography.folk import EMPLOYED, FIRST_NEW_ID, UNEMPLOYED
from twin.citizens.demography.life import birth_rates, death_rates
from twin.parameters import LifeParams

CHILD, PUPIL = OCCUPATIONS.index("child"), OCCUPATIONS.index("pupil")
STILL = {
    "demography__moves__departures_per_1000_year": 0.0,
    "demography__moves__arrivals_per_1000_year": 0.0,
}


def ids(people):
    return set(people.get("person_id").tolist())


def test_the_books_of_people_balance():
    people, town = founded()
    for number in range(4):
        turn = lived(people, town, number)
        change = turn.births - turn.deaths + turn.arrivals - turn.departures
        assert len(turn.people) == len(people) + change
        assert min(turn.births, turn.deaths, turn.arrivals, turn.departures) > 0
        people = turn.people


def test_rows_are_sorted_ids_unique_and_households_whole():
    people, town = founded()
    people = years(5, people, town)
    rows = np.lexsort([people.get(name) for name in ("person_id", "household", "building")])
    assert (rows == np.arange(len(people))).all()
    assert len(ids(people)) == len(people)
    household, building = people.get("household"), people.get("building")
    assert (building == town.home[household]).all()
    oldest = np.zeros(people.n_households)
    np.maximum.at(oldest, household, people.get("age"))
    assert oldest[np.unique(household)].min() >= 18
    assert np.unique(people.household_ids()).size == people.n_households


def test_every_column_stays_within_its_bounds():
    people, town = founded()
    people = years(6, people, town)
    for column in CITIZENS.columns:
        values = people.get(column.name)
        assert column.low is None or values.min() >= column.low, column.name
        assert column.high is None or values.max() <= column.high, column.name


def test_incomes_are_what_members_earn():
    people, town = founded()
    turn = lived(people, town)
    earned = np.bincount(
        turn.people.get("household"),
        weights=turn.people.get("earning_kzt_month"),
        minlength=turn.size.size,
    )
    assert turn.income_kzt_month == pytest.approx(earned)
    assert turn.people.households().income_kzt_month == pytest.approx(earned)
    per_head = earned / np.maximum(turn.size, 1)
    assert turn.people.get("income_kzt_month") == pytest.approx(
        per_head[turn.people.get("household")], rel=1e-5
    )


def test_deaths_and_births_are_those_of_each_person_alone():
    people, town = founded(demography__households__join_per_year=0.0, **STILL)
    one = list(zip(*(people.get(name) for name in ("person_id", "age", "female")), strict=True))
    alive = [person for person in one if not naive.dies(person, town.life, SEED, 0)]
    older = [(i, int(age) + 1, female) for i, age, female in alive]
    ratio = town.life.births_medium
    mothers = [p for p in older if naive.bears(p, town.life, ratio, SEED, 0)]
    turn = lived(people, town)
    assert turn.deaths == len(one) - len(alive)
    assert turn.births == len(mothers)
    gone = {int(i) for i, _, _ in alive} - ids(turn.people)
    assert len(gone) == turn.departures  # children whose last adult died
    born = turn.people.get("age") == 0
    assert (turn.people.get("person_id")[born] >= FIRST_NEW_ID).sum() >= turn.births - len(gone)


def test_life_tables_are_those_of_their_sources():
    men, women = death_rates(LifeParams())

    def expectancy(rates):
        alive = np.concatenate([[1.0], np.cumprod(np.exp(-rates[:111]))])
        return (alive[:-1] + alive[1:]).sum() / 2.0

    assert expectancy(men) == pytest.approx(71.33, abs=0.1)
    assert expectancy(women) == pytest.approx(79.42, abs=0.1)
    assert birth_rates(LifeParams()).sum() == pytest.approx(2.63, abs=0.01)


def test_nobody_is_born_dies_or_moves_where_all_rates_are_nought():
    off = {f"demography__life__births_{low}_{low + 4}": 0.0 for low in range(15, 50, 5)}
    off |= {f"demography__life__deaths_at_60_{sex}": 0.0 for sex in ("men", "women")}
    off |= {f"demography__life__accident_deaths_{sex}": 0.0 for sex in ("men", "women")}
    off |= {"demography__life__infant_deaths": 0.0, "demography__moves__moves_per_year": 0.0}
    rates = ("leave_home_per_year", "split_per_year", "join_per_year")
    off |= {f"demography__households__{name}": 0.0 for name in rates}
    people, town = founded(**off, **STILL)
    adults = np.zeros(people.n_households)
    np.maximum.at(adults, people.get("household"), people.get("age"))
    stay = adults[people.get("household")] >= 17  # the others go to relatives
    turn = lived(people, town)
    assert ids(turn.people) == set(people.get("person_id")[stay].tolist())
    back = turn.row[stay]
    for name in ("building", "household", "trust", "efficacy", "civic_propensity"):
        np.testing.assert_array_equal(turn.people.get(name)[back], people.get(name)[stay])
    assert (turn.people.get("age")[back] == people.get("age")[stay] + 1).all()


def test_policies_share_luck_and_better_service_keeps_more_people():
    people, town = founded()
    happier, other = deepcopy(people), deepcopy(town)
    happier.set("satisfaction", np.minimum(people.get("satisfaction") + 0.2, 1.0))
    worse, better = lived(people, town), lived(happier, other)
    assert better.departures < worse.departures
    assert better.arrivals > worse.arrivals
    assert (better.births, better.deaths) == (worse.births, worse.deaths)
    founding = set(people.get("person_id").tolist())
    assert ids(worse.people) & founding <= ids(better.people)
    came = ids(worse.people) - founding
    assert len(came - ids(better.people)) <= 0.2 * len(came)


def test_outages_and_lost_jobs_drive_people_away():
    people, town = founded()
    calm = lived(people, deepcopy(town))
    dark = lived(people, deepcopy(town), outages=120.0)
    assert dark.departures > calm.departures
    hit, shocked = deepcopy(people), deepcopy(town)
    lost = lose_jobs(hit, shocked, 0.5, SEED, 100)
    after = lived(hit, shocked)
    assert after.departures > calm.departures
    assert lost == round(0.5 * int((people.get("occupation") == EMPLOYED).sum()))


def test_lost_jobs_are_lost_income_of_those_households():
    people, town = founded()
    before = people.households().income_kzt_month.copy()
    own = people.get("earning_kzt_month").astype(float).copy()
    was = people.get("occupation").copy()
    basic = town.basic_jobs
    number = lose_jobs(people, town, 0.3, SEED, 5)
    hit = (was == EMPLOYED) & (people.get("occupation") == UNEMPLOYED)
    assert hit.sum() == number
    assert town.basic_jobs == basic - number
    lost = np.bincount(
        people.get("household")[hit],
        weights=(1.0 - town.work.benefit_share) * own[hit],
        minlength=before.size,
    )
    after = people.households().income_kzt_month
    assert before - after == pytest.approx(lost, rel=1e-4, abs=1.0)


def test_local_jobs_follow_basic_jobs_by_the_multiplier():
    _, town = founded(demography__work__growth_medium=0.0)
    town.basic_jobs = 400.0
    for _ in range(60):
        jobs = town.jobs_after(1.0)
    assert jobs == round(400.0 * town.work.multiplier)


def test_projections_differ_in_births_alone_in_the_first_year():
    births = {}
    for projection in ("low", "medium", "high"):
        turn = lived(*founded(4000, 100, projection=projection))
        births[projection] = turn.births
    assert births["low"] < births["medium"] <= births["high"]


def test_children_go_to_school_and_leave_it():
    people, town = founded()
    people = years(3, people, town)
    here = people.get("person_id") < FIRST_NEW_ID  # newcomers are like the random first ones
    age, job = people.get("age")[here], people.get("occupation")[here]
    assert not (job[age >= 6] == CHILD).any()
    assert not (job[age >= 18] == PUPIL).any()


def test_half_a_year_moves_about_half_as_many():
    whole, half = lived(*founded(6000, 200)), lived(*founded(6000, 200), share=0.5)
    assert half.births == pytest.approx(0.5 * whole.births, rel=0.4)
    assert half.deaths == pytest.approx(0.5 * whole.deaths, rel=0.4)


def test_a_pickled_town_goes_on_alike():
    people, town = founded()
    people = years(2, people, town)
    kept = pickle.dumps((people, town))
    first = lived(people, town, 2)
    again = lived(*pickle.loads(kept), 2)  # noqa: S301 - our own bytes
    for name, values in first.people.save_state().items():
        np.testing.assert_array_equal(again.people.save_state()[name], values)


def test_a_saved_population_comes_back_after_people_moved_on():
    people, town = founded()
    later = years(2, people, town)
    later.day = 800
    saved = later.save_state()
    fresh, _ = founded()
    fresh.load_state(saved)
    assert (fresh.day, len(fresh)) == (800, len(later))
    assert (fresh.building_start == later.building_start).all()
    assert fresh.households().income_kzt_month.size == later.n_households
    for name, values in saved.items():
        np.testing.assert_array_equal(fresh.save_state()[name], values)


def test_newcomers_have_a_character_of_their_own_id():
    people, town = founded()
    turn = lived(people, town)
    new = turn.people.get("person_id") >= FIRST_NEW_ID
    key = turn.people.get("person_id")[new].astype(np.int32)
    drawn = character(key, SEED, town.behaviour, town.participation)
    assert turn.people.get("civic_propensity")[new] == pytest.approx(
        drawn["civic_propensity"], rel=1e-5
    )
