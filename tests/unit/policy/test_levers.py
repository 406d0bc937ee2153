"""What single levers decide."""

import dataclasses

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
    SetInspection,
)
from twin.city.work_options import WorkOption
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


@pytest.mark.parametrize("order", ["age", "breaks", "book", "risk", "people", "consequence"])
def test_renewal_orders_put_the_worst_first(order):
    score = act("renewal", RankRenewals, order=order, least_age_years=0).score
    assert int(np.nanargmax(score)) == 5


def test_an_order_by_chance_is_the_lot_of_the_view():
    score = act("renewal", RankRenewals, order="random", least_age_years=0).score
    np.testing.assert_array_equal(score, city_view().assets.lot)


@pytest.mark.parametrize("order", ["omniscient", "optimised"])
def test_upper_bounds_rank_by_the_truth_where_they_are_shown_it(order):
    view = city_view()
    hidden = dataclasses.replace(
        view.assets,
        failures_per_year=view.assets.failures_per_year[::-1],
        option_failures_per_year=view.assets.option_failures_per_year[:, ::-1],
    )
    lever = levers["renewal"](order=order, least_age_years=0)
    seen = [
        next(
            one
            for one in lever.decide(dataclasses.replace(view, truth=truth))
            if isinstance(one, RankRenewals)
        )
        for truth in (None, hidden)
    ]
    assert [int(np.nanargmax(one.score)) for one in seen] == [5, 0]
    assert seen[1].seen is hidden


def test_of_several_options_the_one_that_spares_most_per_kzt_is_chosen():
    both = act("renewal", RankRenewals, options=("line", "replace"), least_age_years=0)
    # lining spares 0.2 of the failures at half the price, laying new 0.4 at the whole
    assert set(both.option) == {WorkOption.LINE}
    one = act("renewal", RankRenewals, options=("replace",), least_age_years=0)
    assert set(one.option) == {WorkOption.REPLACE}
    third = act("renewal", RankRenewals, options=("replace", "decommission"), least_age_years=0)
    assert set(third.option) == {WorkOption.DECOMMISSION}


def test_what_cannot_be_done_or_spares_nothing_is_not_ranked():
    assert np.isnan(act("renewal", RankRenewals, options=("loop",)).score).all()
    view = city_view()
    equal = np.ones_like(view.assets.option_failures_per_year)
    useless = dataclasses.replace(view.assets, option_failures_per_year=equal)
    for order in ("age", "risk"):
        decided = levers["renewal"](order=order).decide(dataclasses.replace(view, assets=useless))
        score = next(one for one in decided if isinstance(one, RankRenewals)).score
        assert np.isnan(score).all()


def test_more_than_the_whole_purse_cannot_be_reserved():
    with pytest.raises(
        ValidationError, match=r"street_share 0.5 \+ water_share 0.6 .* reserves over 1"
    ):
        levers["renewal"](street_share=0.5, water_share=0.6)
    assert act("renewal", RankRenewals, water_share=0.25).network_shares[1] == 0.25
    assert act("renewal", RankRenewals).network_shares == ()


def test_an_unknown_order_is_refused():
    with pytest.raises(ValidationError, match="Input should be 'age', 'breaks'"):
        levers["renewal"](order="luck")


def test_inspections_need_a_method_and_no_inspection_is_the_default():
    with pytest.raises(ValidationError, match="needs a method: set method to cctv, acoustic or"):
        levers["inspection"](share_per_year=0.1)
    plan = act("inspection", SetInspection)
    assert (plan.method, plan.length_share, plan.score.size) == ("none", 0.0, 0)


@pytest.mark.parametrize(("choose", "best"), [("doubt", 5), ("age", 5), ("unrecorded", 5)])
def test_inspectors_go_where_they_are_sent(choose, best):
    plan = act("inspection", SetInspection, method="cctv", share_per_year=0.1, choose=choose)
    assert int(np.nanargmax(plan.score)) == best
    assert np.isnan(plan.score[city_view().assets.network == 0]).all()


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
