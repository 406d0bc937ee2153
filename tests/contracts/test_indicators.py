"""What every registered indicator must do; no exceptions listed."""

import math

import numpy as np
import pytest

from tests.unit.indicators.worked import assets_of
from twin.city.networks import NETWORKS
from twin.indicators import Period, Sums, indicators

EVERY_NETWORK = tuple((kind.name, 1000.0, 0.2, 0.4) for kind in NETWORKS)
"""A main of each network: length, physical wear and wear in the books."""


def _by_network(values):
    """Return values for every network; those that came later repeat them."""
    return np.resize(values, len(NETWORKS))


def period(*, days=365, scale=1.0):
    sums = Sums(
        days=days,
        person_days=14_000.0 * days,
        failures=_by_network([30.0, 20.0, 10.0]) * scale,
        repairs=_by_network([25.0, 18.0, 9.0]) * scale,
        renewed_m=_by_network([500.0, 400.0, 100.0]) * scale,
        known_failures=50.0 * scale,
        days_to_known=300.0 * scale,
        days_to_mended=400.0 * scale,
        travel_s=52 * 300.0 * scale,
        travels=52.0 * scale,
        service_person_days=_by_network([0.9, 0.95, 0.97]) * 14_000 * days,
        connected_person_days=np.full(len(NETWORKS), 14_000.0 * days),
        cold_person_hours=np.array([9e5, 2e5, 1e5]) * scale,
        danger_person_hours=np.array([2e5, 6e4, 2e4]) * scale,
        group_person_days=np.array([12_000.0, 2_400.0, 1_500.0]) * days,
        electric_heater_kwh=1e5 * scale,
        reports=_by_network([10.0, 20.0, 5.0]) * scale,
        reports_digital=9.0 * scale,
        billed_kzt=1e8,
        paid_kzt=9.5e7,
        received_kzt=2e8,
        repair_kzt=1e8,
        renewal_kzt=5e7,
        ambulance_person_days=14_000.0 * days,
        reach_person_days=np.array([0.6, 0.7, 0.9]) * 14_000 * days,
        ambulance_reached_person_days=0.95 * 14_000 * days,
        ambulance_s=400.0 * 14_000 * days,
        ambulance_busy_person_days=0.2 * 14_000 * days,
        calls=4_200.0 * scale,
        calls_within=np.array([0.6, 0.7, 0.9]) * 4_200 * scale,
        calls_answered=0.95 * 4_200 * scale,
        calls_s=400.0 * 4_000 * scale,
        fire_person_days=14_000.0 * days,
        fire_reach_person_days=np.array([0.5, 0.6, 0.8]) * 14_000 * days,
        votes=700.0,
        vote_adults=9_000.0,
        votes_lost=60.0,
        projects_chosen=8.0,
        projects_built=7.0,
        works=20.0,
        failed_works=2.0,
        overrun_kzt=1e7,
        refused_costs_kzt=1e6,
        money={
            "bills": 5e8,
            "bills paid": 4.8e8,
            "fuel": 1e8,
            "treatment": 3e7,
            "electricity": 1e7,
            "staff": 2e8,
            "overhead": 3e7,
            "interest": 1e6,
            "depreciation": 1e8,
            "all spending": 7e8,
        },
        flow={
            "water.produced_m3": 1e6,
            "water.leaked_m3": 2e5,
            "heat.supplied_mwh": 1e5,
            "heat.lost_mwh": 1.5e4,
            "heat.makeup_m3": 3e4,
            "heat.refill_m3": 2e2,
            "street.free_flow_vehh": 100.0,
            "street.travel_time_vehh": 110.0,
            "street.vehicles": 900.0,
            "street.unserved_trips": 3.0,
            "street.person_trips": 3e4,
            "street.car_trips": 8e3,
            "street.bus_trips": 5e3,
        },
    )
    return Period(
        sums,
        assets_of(EVERY_NETWORK),
        14_000,
        0.5,
        0.6,
        0.1,
        arrears_kzt=1e7,
        debt_kzt=2e6,
        idle=350,
        labour_force=7_000,
        payers=4_000,
        wear_official=0.5,
    )


@pytest.fixture(params=list(indicators))
def one(request):
    return indicators[request.param]


def test_it_gives_a_finite_number_on_a_lawful_year(one):
    assert math.isfinite(one.function(period()))


def test_it_gives_a_number_or_nan_on_an_empty_period(one):
    empty = Period(Sums(), assets_of(()), 0, math.nan, math.nan, math.nan)
    assert isinstance(float(one.function(empty)), float)


def test_it_says_what_it_means_in_which_unit_and_which_way_is_better(one):
    assert one.meaning.endswith(".")
    assert one.unit
    assert one.better in {"+", "-", ""}


def test_shares_stay_shares(one):
    if one.unit == "share":
        assert 0.0 <= one.function(period()) <= 1.0


def test_sums_add_up():
    total = period().sums
    total.add(period(days=365).sums)
    assert total.days == 730
    assert total.failures.tolist()[:3] == [60.0, 40.0, 20.0]
    assert total.flow["water.produced_m3"] == 2e6
