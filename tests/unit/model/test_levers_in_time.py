"""A lever that changes with time comes into force when its year opens."""

from tests.fixtures_city import small_city
from twin.model.city_model import CityModel
from twin.scenario import scenario_from_text


def test_the_bill_of_a_later_year_is_in_force_from_its_first_day():
    scenario = scenario_from_text(
        "{scenario: s, question: q, city: {synthesise: {}}, start: 2026-12-30, days: 4, "
        "levers: {tariff: {bill_kzt_per_person_month: {2026: 1000, 2027: 9000}}}}"
    )
    model = CityModel(small_city(), scenario, seed=1)
    bills = []
    for _ in range(4):
        model.step()
        bills.append(model.state.today.settings.tariff.bill_kzt_per_person_month)
    # the year opens at the midnight that ends 31 December, the second day
    assert bills == [1000.0, 9000.0, 9000.0, 9000.0]
