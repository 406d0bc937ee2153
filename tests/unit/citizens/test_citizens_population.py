"""The population as columns: reading, setting, choosing, grouping, exporting, resuming."""

import numpy as np
import pytest

from tests.naive.citizens import town
from twin.citizens import (
    CITIZENS,
    PaymentParams,
    Population,
    Signals,
    Voice,
    participation_rate,
    pay_bills,
    reporting_by,
    step_day,
)
from twin.citizens.day import day_arrays
from twin.core.errors import CityDataError

SEED = 3


@pytest.fixture
def people():
    return Population.from_city(town(600, 40), SEED)


def trouble(n_buildings, level=1.0):
    severity = np.full((3, n_buildings), level, dtype=np.float32)
    return Signals(severity, np.zeros(n_buildings, dtype=np.uint8))


def test_a_citizen_takes_96_bytes_at_most(people):
    assert people.bytes_per_citizen <= 96


def test_rows_are_sorted_by_building_and_pointed_to(people):
    start = people.building_start
    building = people.get("building")
    assert (np.diff(building) >= 0).all()
    for b in range(people.n_buildings):
        assert (building[start[b] : start[b + 1]] == b).all()


def test_tables_come_through_by_person_id():
    city = town(600, 40)
    frame = Population.from_city(city, SEED).to_pandas().sort_index()
    persons = city.persons.set_index("person_id")
    np.testing.assert_array_equal(frame["age"], persons["age"])
    np.testing.assert_array_equal(frame["occupation"].astype(str), persons["occupation"])
    income = city.households["income_kzt_month"] / city.households["size"]
    np.testing.assert_allclose(
        frame["income_kzt_month"], income[persons["household_id"]], rtol=1e-6
    )


def test_first_values_are_inside_the_bounds_of_their_columns(people):
    for column in CITIZENS.columns:
        values = people.get(column.name).astype(float)
        assert column.low is None or (values >= column.low).all(), column.name
        assert column.high is None or (values <= column.high).all(), column.name
    assert people.agg("trust", np.mean) == pytest.approx(0.5, abs=0.02)


def test_columns_read_are_not_writable(people):
    with pytest.raises(ValueError, match="read-only"):
        people.get("trust")[0] = 1.0


def test_select_set_agg_and_groupby_agree_with_pandas(people):
    frame = people.to_pandas()
    old = people.select(people.get("age") >= 65)
    assert len(old) == int((frame["age"] >= 65).sum())
    old.set("trust", 0.25)
    assert old.agg("trust", np.mean) == pytest.approx(0.25)
    frame = people.to_pandas()
    by = people.groupby("education")
    expected = frame.groupby("education")["trust"].mean()
    np.testing.assert_allclose(by.agg("trust", np.mean), expected, rtol=1e-5)
    np.testing.assert_array_equal(by.count(), frame.groupby("education").size())
    assert len(by) == len(expected)
    women = old.select(old.get("female") == 1)
    assert len(women) == int(((frame["age"] >= 65) & (frame["female"] == 1)).sum())
    assert set(people.groupby("occupation").count().index) <= set(frame["occupation"].unique())


def test_arrow_holds_all_columns_with_units(people):
    table = people.to_arrow()
    assert table.num_rows == len(people)
    assert table.schema.field("income_kzt_month").metadata[b"unit"] == b"KZT/month"
    assert table.column("occupation").to_pylist() == list(people.to_pandas()["occupation"])


def test_one_citizen_can_be_looked_at_but_not_changed(people):
    citizen = people[5]
    assert citizen.age == people.get("age")[5]
    assert citizen.occupation == people.to_pandas()["occupation"].iloc[5]
    assert "person_id" in repr(citizen)
    assert people[-1].person_id == people.get("person_id")[-1]
    assert people.select(people.get("age") > 50)[0].age > 50
    with pytest.raises(AttributeError, match=r"Population\.set"):
        citizen.trust = 1.0
    with pytest.raises(AttributeError, match="a citizen has no wage"):
        _ = citizen.wage
    with pytest.raises(IndexError, match="out of range"):
        _ = people[len(people)]


def test_wrong_settings_are_refused(people):
    with pytest.raises(CityDataError, match="is fixed"):
        people.set("building", 0)
    with pytest.raises(CityDataError, match=r"row 0 is 1\.5, outside 0 to 1"):
        people.set("trust", 1.5)
    with pytest.raises(CityDataError, match="outside"):
        people.set("trust", np.nan)
    with pytest.raises(CityDataError, match=r"give shape \(600,\)"):
        people.set("trust", np.zeros(3))
    with pytest.raises(CityDataError, match="is not a column"):
        people.get("wage")
    with pytest.raises(CityDataError, match="got a mask"):
        people.select(np.zeros(3))
    with pytest.raises(CityDataError, match="is not a grouping"):
        reporting_by(people, "shoe_size")


def test_persons_pointing_nowhere_are_refused_all_at_once():
    city = town(50, 5)
    city.persons.loc[3, "building_id"] = 99
    city.persons.loc[4, "household_id"] = -5
    city.persons.loc[5, "occupation"] = "wizard"
    with pytest.raises(CityDataError, match=r"persons.building_id row 3: .*is 99") as caught:
        Population.from_city(city, SEED)
    assert len(caught.value.faults) == 3


def test_a_town_without_people_has_no_means():
    people = Population.from_city(town(0, 5), SEED)
    day = step_day(people, trouble(5), Voice(), 0, SEED)
    assert (len(people), day.n_affected, day.n_reports) == (0, 0, 0)
    assert np.isnan(day.trust_mean)
    assert np.isnan(participation_rate(people))


def test_resumed_and_unbroken_runs_are_the_same(people):
    voice = Voice(voice_share=0.2)
    for day in range(10):
        step_day(people, trouble(40), voice, day, SEED)
        if day == 4:
            saved = people.save_state()
    other = Population.from_city(town(600, 40), SEED)
    other.load_state(saved)
    for day in range(5, 10):
        step_day(other, trouble(40), voice, day, SEED)
    for name, values in people.save_state().items():
        np.testing.assert_array_equal(other.save_state()[name], values)
    with pytest.raises(CityDataError, match="another population"):
        Population.from_city(town(600, 30), SEED).load_state(saved)


def test_hazards_follow_the_columns_they_come_from(people):
    day_arrays(people, Voice())
    before = people.get("voice_hazard").copy()
    people.set("education", 3)
    day_arrays(people, Voice())
    assert not np.array_equal(before, people.get("voice_hazard"))


def test_participation_counts_adults_heard_in_the_window(people):
    assert participation_rate(people) == 0.0
    step_day(people, trouble(40), Voice(voice_share=0.3), 0, SEED)
    adult = people.select(people.get("age") >= 18)
    share = float((adult.get("reports_made") > 0).mean())
    assert participation_rate(people) == share > 0.1
    for day in range(1, 365):
        step_day(people, Signals.calm(40), Voice(voice_share=0.3), day, SEED)
    assert participation_rate(people) == share
    step_day(people, Signals.calm(40), Voice(voice_share=0.3), 365, SEED)
    assert participation_rate(people) == 0.0


@pytest.mark.parametrize("column", ["income_quintile", "education", "digital_access"])
def test_the_privileged_are_heard_more_at_equal_exposure(column):
    people = Population.from_city(town(20_000, 900), SEED)
    for day in range(3):
        step_day(people, trouble(900), Voice(voice_share=0.1), day, SEED)
    table = reporting_by(people, column)
    adults = people.select(people.get("age") >= 18)
    assert table["adults"].sum() == len(adults)
    assert table["reports"].sum() == adults.agg("reports_made", np.sum)
    rate = table["reports_per_100_affected_days"]
    assert rate.iloc[-1] > 1.1 * rate.iloc[0]


def test_collection_follows_the_rule_on_average():
    households = Population.from_city(town(30_000, 500), SEED).households()
    bill = 0.08 * households.income_kzt_month
    months = [pay_bills(households, bill, m, SEED) for m in range(12)]
    expected = 0.93 - 0.5 * 0.08 + 0.1 * households.trust.mean()
    paid = np.mean([(month.paid_kzt > 0).mean() for month in months])
    assert paid == pytest.approx(expected, abs=0.004)
    assert np.mean([month.collection_rate for month in months]) == pytest.approx(expected, abs=0.01)


def test_heavier_bills_and_lost_trust_lower_collection():
    people = Population.from_city(town(30_000, 500), SEED)
    rates = []
    for burden, trust in ((0.05, 0.5), (0.30, 0.5), (0.30, 0.0)):
        people.set("trust", trust)
        households = people.households()
        rates.append(pay_bills(households, burden * households.income_kzt_month, 0, SEED))
    assert rates[0].collection_rate > rates[1].collection_rate > rates[2].collection_rate
    # common draws: who pays the heavier bill also pays the lighter
    assert ((rates[1].paid_kzt == 0) | (rates[0].paid_kzt > 0)).all()


def test_nothing_billed_is_nothing_paid(people):
    households = people.households()
    none = pay_bills(households, np.zeros(people.n_households), 0, SEED)
    assert none.paid_kzt.sum() == 0.0
    assert np.isnan(none.collection_rate)
    sure = PaymentParams(base=1.0, burden_effect=0.0, trust_effect=0.0)
    bill = np.full(people.n_households, 900.0)
    assert pay_bills(households, bill, 0, SEED, sure).collection_rate == 1.0


def test_a_negative_bill_is_refused(people):
    with pytest.raises(CityDataError, match="smallest value -1"):
        pay_bills(people.households(), np.full(people.n_households, -1.0), 0, SEED)
