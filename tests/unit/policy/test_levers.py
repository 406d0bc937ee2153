"""What single levers decide."""

import numpy as np
import pytest
from pydantic import ValidationError

from tests.contracts.test_levers import city_view
from twin.city.actions import (
    RankRenewals,
    RankRepairs,
    SetBudget,
    SetConduct,
    SetCrews,
    SetDetection,
)
from twin.policy import levers


def act(kind, action, year_index=0, **fields):
    decided = levers[kind](**fields).decide(city_view(year_index=year_index))
    return next(item for item in decided if isinstance(item, action))


def test_budget_is_per_person_and_grows():
    plan = act("budget", SetBudget, network_kzt_per_person_year=10_000, growth_share_per_year=0.1)
    assert plan.planned_kzt == 140e6
    later = act(
        "budget",
        SetBudget,
        year_index=2,
        network_kzt_per_person_year=10_000,
        growth_share_per_year=0.1,
    )
    assert later.planned_kzt == pytest.approx(140e6 * 1.21)


def test_negative_budget_is_refused():
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        levers["budget"](network_kzt_per_person_year=-1)


@pytest.mark.parametrize(
    ("order", "best"), [("age", 5), ("breaks", 5), ("book", 5), ("risk", 5), ("people", 5)]
)
def test_renewal_orders_put_the_worst_first(order, best):
    score = act("renewal", RankRenewals, order=order, least_age_years=0).score
    assert int(np.nanargmax(score)) == best


def test_young_assets_are_never_renewed():
    score = act("renewal", RankRenewals, least_age_years=30).score
    assert np.isnan(score[:3]).all()
    assert not np.isnan(score[3:]).any()


@pytest.mark.parametrize(
    ("order", "first"), [("first_come", 2), ("complaints", 2), ("severity", 2), ("people", 2)]
)
def test_dispatch_orders(order, first):
    assert int(act("dispatch", RankRepairs, order=order).score.argmax()) == first


def test_crews_follow_the_order_of_networks():
    crews = act("dispatch", SetCrews, water_crews=3, heat_crews=2, street_crews=1).crews
    assert crews == (1, 3, 2)


def test_sensors_without_upkeep_fall_silent():
    working = [
        act("detection", SetDetection, year_index=y, sensor_share=0.6, upkeep_share=0).sensor_share
        for y in range(5)
    ]
    assert working == pytest.approx([0.6, 0.4, 0.2, 0.0, 0.0])
    kept = act("detection", SetDetection, year_index=4, sensor_share=0.6)
    assert kept.sensor_share == 0.6
    assert kept.cost_kzt > 0


def test_institutions_are_at_the_norm_by_default():
    assert levers["institutions"]().decide(city_view()) == (SetConduct(),)
