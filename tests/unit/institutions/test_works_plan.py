"""What a season's money buys, in the order of the policy."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts.test_levers import city_view
from twin.city.actions import RankRenewals
from twin.city.networks import NETWORKS, code_of
from twin.city.work_options import WorkOption
from twin.institutions.contracts import Contract
from twin.institutions.work_reasons import reason
from twin.institutions.works_plan import Terms, by_network, in_order, plan_works, schedule
from twin.policy import levers

N = 12
SEEN = city_view(n_assets=N).assets
NETWORK = SEEN.network.astype(np.int32)
PRICE = np.full(N, 5e6)
WATER, HEAT = code_of("water"), code_of("heat")


def terms(**changes):
    return Terms(PRICE, NETWORK, np.full(N, -1, dtype=np.int32), **changes)


def ranking(score=None, option=WorkOption.REPLACE, **changes):
    score = np.arange(N, dtype=float) if score is None else np.asarray(score, dtype=float)
    options = np.full(N, option, dtype=np.uint8)
    return RankRenewals(score=score, option=options, order="age", seen=SEEN, **changes)


def assets_of(works):
    return [work.asset for work in works]


def test_the_best_ranked_are_bought_while_money_lasts():
    works = plan_works(ranking(), 12e6, terms())
    assert assets_of(works) == [N - 1, N - 2]
    assert [work.cost_kzt for work in works] == [5e6, 5e6]


def test_a_work_that_is_too_dear_is_passed_over_for_the_next():
    option = np.full(N, WorkOption.REPLACE, dtype=np.uint8)
    option[3] = WorkOption.LINE
    ranked = dataclasses.replace(ranking(), option=option)
    works = plan_works(ranked, 8e6, terms())
    assert [(work.asset, work.option) for work in works] == [
        (N - 1, WorkOption.REPLACE),
        (3, WorkOption.LINE),
    ]


def test_nan_is_never_done_and_an_empty_rank_plans_nothing():
    score = np.full(N, np.nan)
    score[4] = 1.0
    assert assets_of(plan_works(ranking(score), 1e9, terms())) == [4]
    assert plan_works(RankRenewals(), 1e9, terms()) == []
    assert plan_works(ranking(), 0.0, terms()) == []


def test_without_options_everything_is_laid_new_at_its_price():
    works = plan_works(RankRenewals(score=np.arange(N, dtype=float)), 6e6, terms())
    assert [(work.asset, work.option, work.cost_kzt) for work in works] == [
        (N - 1, WorkOption.REPLACE, 5e6)
    ]


def dearer(factor):
    """Return terms under which every work is let at a factor on its cost at norm."""
    return {
        "let": lambda _, norm_kzt: Contract(factor * norm_kzt, (factor - 1.0) * norm_kzt),
        "least_kzt": lambda norm_kzt: factor * norm_kzt,
    }


def test_options_cost_their_contract_upon_what_the_view_says():
    works = plan_works(ranking(option=WorkOption.LINE), 1e9, terms(**dearer(1.2)))
    assert {work.cost_kzt for work in works} == {1.2 * 0.5 * 5e6}
    assert [work.overrun_kzt for work in works] == pytest.approx([0.2 * 0.5 * 5e6] * N)


def test_each_work_is_let_at_its_own_price_and_a_dear_contract_is_passed_over():
    rigged = {"let": lambda row, norm: Contract(norm * (3.0 if row == N - 1 else 1.0), 0.0)}
    works = plan_works(ranking(), 12e6, terms(**rigged))
    assert [(work.asset, work.cost_kzt) for work in works] == [(N - 2, 5e6), (N - 3, 5e6)]


def test_a_department_buys_for_its_part_and_leaves_the_others_theirs():
    part = tuple(11e6 if kind.name == "water" else 0.0 for kind in NETWORKS)
    works = plan_works(ranking(), 1e9, terms(department_kzt=part))
    assert by_network(works, NETWORK) == {
        kind.name: 10e6 if kind.name == "water" else 0.0 for kind in NETWORKS
    }


def test_what_cannot_be_done_this_season_is_never_bought_whatever_its_option():
    price = np.where(np.arange(N) == N - 1, np.inf, PRICE)
    ranked = ranking(option=WorkOption.LINE)
    works = plan_works(ranked, 3e6, dataclasses.replace(terms(), price_kzt=price))
    assert assets_of(works) == [N - 2]


def test_an_order_of_rows_lays_them_new_in_that_order_and_no_others():
    works = plan_works(in_order([3, 8, 1], N), 1e9, terms())
    assert [(work.asset, work.option) for work in works] == [
        (row, WorkOption.REPLACE) for row in (3, 8, 1)
    ]
    assert works[0].reason == "order of an investor's contract"


def test_money_reserved_for_a_network_reaches_it_though_others_rank_higher():
    score = np.where(NETWORK == HEAT, 0.0, 10.0) + np.arange(N) * 0.01
    works = plan_works(ranking(score), 20e6, terms())
    assert by_network(works, NETWORK)["heat"] == 0.0
    shares = tuple(0.5 if kind.name == "heat" else 0.0 for kind in NETWORKS)
    works = plan_works(ranking(score, network_shares=shares), 20e6, terms())
    assert by_network(works, NETWORK)["heat"] == 10e6
    assert sum(work.cost_kzt for work in works) == 20e6


def test_what_a_reserve_leaves_joins_the_common_purse():
    shares = tuple(1.0 if kind.name == "heat" else 0.0 for kind in NETWORKS)
    works = plan_works(ranking(network_shares=shares), 1e9, terms())
    assert sorted(assets_of(works)) == list(range(N))


def test_a_street_is_paved_at_a_part_of_its_price_with_the_main_laid_under_it():
    street = int(np.flatnonzero(NETWORK == 0)[0])
    over = np.full(N, -1, dtype=np.int32)
    main = int(np.flatnonzero(NETWORK == WATER)[-1])
    over[main] = street
    score = np.where(np.arange(N) == main, 2.0, 1.0)
    how = dataclasses.replace(terms(coordinated_price=0.5), street_edge=over)
    works = plan_works(ranking(score), 8e6, how)
    assert [(work.asset, work.cost_kzt) for work in works] == [(main, 5e6), (street, 2.5e6)]
    assert works[1].reason == "paved with the main laid under it"
    lined = plan_works(ranking(score, option=WorkOption.LINE), 8e6, how)
    assert street not in assets_of(lined)[:2] or lined[1].cost_kzt == 2.5e6


@given(
    st.lists(st.floats(0.0, 1.0), min_size=N, max_size=N),
    st.floats(0.0, 80e6),
    st.tuples(st.floats(0.0, 0.33), st.floats(0.0, 0.33), st.floats(0.0, 0.33)),
)
def test_a_plan_never_costs_more_than_the_fund_and_names_no_asset_twice(score, fund, shares):
    shares = (*shares, *[0.0] * len(NETWORKS))[: len(NETWORKS)]
    works = plan_works(ranking(score, network_shares=shares), fund, terms(**dearer(0.97)))
    assert sum(work.cost_kzt for work in works) <= fund
    assert len(set(assets_of(works))) == len(works)
    left = fund - sum(work.cost_kzt for work in works)
    undone = set(range(N)) - set(assets_of(works))
    assert not undone or left < 0.97 * 5e6 * (1 + 1e-9)


def test_works_are_spread_over_the_season_and_end_within_it():
    works = plan_works(ranking(), 1e9, terms())
    schedule(works, 120, 100, SEEN.length_m, 40.0)
    starts = [work.start_day for work in works]
    assert starts == sorted(starts)
    assert starts[0] == 120
    assert max(work.end_day for work in works) < 220
    assert all(work.planned_day == 120 for work in works)


def test_works_wait_for_their_approval():
    works = plan_works(ranking(), 1e9, terms())
    wait = np.arange(N, dtype=np.int64)
    schedule(works, 120, 100, SEEN.length_m, 40.0, wait_days=wait)
    assert all(work.start_day >= 120 + work.asset for work in works)
    assert max(work.end_day for work in works) < 220


def test_a_reason_names_order_record_people_and_gain():
    ranked = ranking()
    words = reason(ranked, 5, WorkOption.REPLACE)
    assert words == (
        "order age; laying new; no year on record, taken as 55 years old; 0.06 failures a year "
        "estimated; 5 on record in 5 years; 250 residents depend on it; spares 25,200 KZT a year"
    )
    upper = dataclasses.replace(ranked, order="omniscient")
    assert "an upper bound that sees true rates, no policy" in reason(upper, 5, WorkOption.REPLACE)
    found = np.full(N, -1, dtype=np.int32)
    found[5] = 1
    poor = dataclasses.replace(ranked, seen=dataclasses.replace(SEEN, found_poor=found))
    assert "; found poor; " in reason(poor, 5, WorkOption.LINE)


def test_a_reason_without_a_view_is_the_order_alone():
    assert reason(RankRenewals(score=np.ones(3), order="book"), 1, WorkOption.REPLACE) == (
        "order book"
    )


def test_heat_mains_are_reached_by_value_where_they_spare_most_per_kzt():
    view = city_view(n_assets=N)
    harm = np.where(NETWORK == HEAT, 1e8, 1e6)
    assets = dataclasses.replace(view.assets, harm_kzt=harm)
    lever = levers["renewal"](order="consequence", least_age_years=0)
    decided = lever.decide(dataclasses.replace(view, assets=assets))
    score = next(one for one in decided if isinstance(one, RankRenewals)).score
    assert NETWORK[int(np.nanargmax(score))] == HEAT


@pytest.mark.parametrize("option", [WorkOption.LINE, WorkOption.REPLACE, WorkOption.DECOMMISSION])
def test_every_option_has_words(option):
    assert "; " in reason(ranking(option=option), 2, option)
