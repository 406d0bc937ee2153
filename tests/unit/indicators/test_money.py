"""Money, by hand."""

import math

import pytest

from tests.unit.indicators.worked import value_of


def test_emergency_share_is_repairs_over_repairs_and_renewal():
    spent = {"repair_kzt": 30.0, "renewal_kzt": 10.0, "detection_kzt": 60.0}
    assert value_of("emergency_share", **spent) == 0.75
    assert math.isnan(value_of("emergency_share", detection_kzt=60.0))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("budget_kzt_per_person_year", "received_kzt"),
        ("repair_kzt_per_person_year", "repair_kzt"),
        ("renewal_kzt_per_person_year", "renewal_kzt"),
    ],
)
def test_money_is_per_resident_and_year(kind, name):
    # 2000 KZT in 1461 person-days, four person-years
    assert value_of(kind, person_days=1461.0, **{name: 2000.0}) == pytest.approx(500.0)
    assert math.isnan(value_of(kind, **{name: 2000.0}))


def test_collection_rate_is_paid_over_billed():
    assert value_of("collection_rate", billed_kzt=400.0, paid_kzt=380.0) == 0.95
    assert math.isnan(value_of("collection_rate", paid_kzt=380.0))
