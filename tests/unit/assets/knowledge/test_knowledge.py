"""What policies see: never the true rate, always what is on record."""

import copy
import dataclasses

import numpy as np
import pandas as pd
import pytest

from tests.builders import grid_city
from tests.builders_worn import worn_town
from twin.assets import Assets
from twin.assets.exposure import is_fed
from twin.assets.knowledge import Knowledge, KnowledgeNumbers
from twin.assets.works import carry_out, offer_links
from twin.city.actions import SetInspection
from twin.city.networks import STREET, UTILITIES, code_of
from twin.city.work_options import WorkOption
from twin.parameters import InspectionParams, KnowledgeParams, WorkParams

WATER, HEAT = code_of("water"), code_of("heat")
CITY = grid_city(6, 6)


def known(city=CITY, seed=1, links=0, **register):
    assets = Assets(city, 2026, seed=seed)
    offer_links(assets, links)
    numbers = KnowledgeNumbers(KnowledgeParams(**register), InspectionParams(), WorkParams())
    return assets, Knowledge(assets, city, numbers)


def assert_equal_views(one, other):
    for field in dataclasses.fields(one):
        np.testing.assert_array_equal(
            getattr(one, field.name), getattr(other, field.name), err_msg=field.name
        )


def test_hidden_differences_change_nothing_that_policies_see():
    assets, knowledge = known(record_years=0.0)
    before = knowledge.view(0)
    assets.arrays.factor[:] *= np.linspace(0.1, 10.0, len(assets))
    assert_equal_views(knowledge.view(0), before)
    true = knowledge.truth(0).failures_per_year
    assert (true != before.failures_per_year)[assets.start[1] :].mean() > 0.9


def test_the_truth_is_the_rate_by_which_assets_fail():
    assets, knowledge = known()
    true = knowledge.truth(0).failures_per_year
    np.testing.assert_allclose(true, assets.failures_per_year(), rtol=0.05)


def test_views_keep_what_they_showed():
    assets, knowledge = known()
    view = knowledge.view(0)
    copied = copy.deepcopy(view)
    assets.age(3650.0, np.ones(len(assets.tables.classes)), 0)
    knowledge.note_years(10.0)
    knowledge.note_break(40)
    carry_out(assets, 45, WorkOption.REPLACE, WorkParams())
    knowledge.note_work(45, WorkOption.REPLACE)
    assert_equal_views(view, copied)


def test_a_break_on_record_raises_the_estimate_of_its_main_most_and_of_its_class_too():
    assets, knowledge = known(record_years=10.0)
    row = int(assets.start[WATER]) + 6
    before = knowledge.view(0).failures_per_year
    for _ in range(4):
        knowledge.note_break(row)
    after = knowledge.view(0).failures_per_year
    ratio = np.divide(after, before, out=np.ones(before.size), where=before > 0.0)
    assert knowledge.view(0).failures_so_far[row] >= 4
    assert ratio.argmax() == row
    assert ratio[row + 1] > 1.0
    np.testing.assert_allclose(ratio[assets.arrays.network == STREET.code], 1.0)


def test_years_without_breaks_lower_the_estimate():
    _, knowledge = known(record_years=0.0)
    before = knowledge.estimate()[0]
    knowledge.note_years(5.0)
    mains = np.isfinite(knowledge.assets.diameter_m) & ~knowledge.assets.is_pump
    assert (knowledge.estimate()[0][mains] < before[mains]).all()


def test_records_begin_with_the_years_before_the_run():
    assets, knowledge = known(record_years=8.0)
    assert knowledge.recorded_years.max() == 8.0
    expected, breaks = knowledge.expected.sum(), knowledge.breaks.sum()
    assert breaks == pytest.approx(expected, abs=5.0 * np.sqrt(expected) + 0.5 * expected)
    assert (knowledge.recorded_years <= assets.arrays.age_years).all()


def test_a_main_laid_new_has_no_records_but_its_class_keeps_them():
    assets, knowledge = known(record_years=10.0)
    row = int(assets.start[WATER]) + 6
    for _ in range(30):
        knowledge.note_break(row)
    level = knowledge.estimate()[2][row]
    carry_out(assets, row, WorkOption.REPLACE, WorkParams())
    knowledge.note_work(row, WorkOption.REPLACE)
    view = knowledge.view(1)
    assert (view.failures_so_far[row], view.recorded_years[row], view.age_years[row]) == (0, 0, 0)
    assert knowledge.estimate()[2][row] == pytest.approx(level)
    assert view.failures_per_year[row] < view.failures_per_year[row + 1]


def test_lining_lowers_rate_and_book_wear_and_is_done_once():
    assets, knowledge = known()
    works = WorkParams()
    row = int(assets.start[WATER]) + 6
    rate, book = assets.failures_per_year()[row], assets.arrays.wear_book[row]
    seen = knowledge.view(0)
    carry_out(assets, row, WorkOption.LINE, works)
    knowledge.note_work(row, WorkOption.LINE)
    after = knowledge.view(0)
    assert assets.failures_per_year()[row] == pytest.approx(works.lining_failures_share * rate)
    assert assets.arrays.wear_book[row] == pytest.approx(book * (1 - works.lining_price_share))
    assert after.failures_per_year[row] == pytest.approx(
        works.lining_failures_share * seen.failures_per_year[row], rel=0.02
    )
    assert np.isfinite(seen.option_cost_kzt[WorkOption.LINE, row])
    assert np.isinf(after.option_cost_kzt[WorkOption.LINE, row])


def test_options_have_the_prices_of_their_parameters():
    assets, knowledge = known()
    view, works = knowledge.view(0), WorkParams()
    price = assets.renewal_cost_kzt
    cost = view.option_cost_kzt
    row = int(assets.start[HEAT]) + 3
    assert cost[WorkOption.REPAIR, row] == 0.0
    assert cost[WorkOption.REPLACE, row] == price[row]
    assert cost[WorkOption.LINE, row] == pytest.approx(works.lining_price_share * price[row])
    assert np.isinf(cost[WorkOption.LINE, : assets.start[1]]).all(), "streets are not lined"
    assert np.isinf(cost[1:, assets.is_pump]).all()
    taken = np.isfinite(cost[WorkOption.DECOMMISSION])
    np.testing.assert_allclose(
        cost[WorkOption.DECOMMISSION, taken], works.decommission_price_share * price[taken]
    )


def test_only_mains_whose_loss_cuts_nobody_off_can_be_taken_out():
    assets, knowledge = known()
    can = np.isfinite(knowledge.view(0).option_cost_kzt[WorkOption.DECOMMISSION])
    assert can[assets.rows("water")].any(), "the grid has loops"
    rows = assets.rows("heat")
    assert not can[rows.start], "all heat comes through the first main"


def test_all_mains_that_can_be_taken_out_can_go_in_one_season():
    assets, knowledge = known()
    can = np.isfinite(knowledge.view(0).option_cost_kzt[WorkOption.DECOMMISSION])
    people = CITY.buildings["people"].to_numpy(dtype=float)
    for network in UTILITIES:
        assert can[assets.rows(network.name)].sum() > 1
        assert is_fed(CITY, network, people, can[assets.rows(network.name)])


def test_taking_a_main_out_adds_harm_elsewhere_and_is_for_good():
    assets, knowledge = known()
    view = knowledge.view(0)
    row = int(np.flatnonzero(np.isfinite(view.option_cost_kzt[WorkOption.DECOMMISSION]))[0])
    assert view.option_elsewhere_kzt[WorkOption.DECOMMISSION, row] <= 0.0
    carry_out(assets, row, WorkOption.DECOMMISSION, WorkParams())
    knowledge.note_work(row, WorkOption.DECOMMISSION)
    after = knowledge.view(1)
    assert after.people_served[row] == after.failures_per_year[row] == 0.0
    assert np.isinf(after.option_cost_kzt[1:, row]).all()
    assert assets.break_now(row, 0) is None
    assets.mend(row)
    assert assets.break_now(row, 0) is None
    assert assets.condition().length_m[row] == 0.0
    assert knowledge.truth(1).failures_per_year[row] == 0.0


def ringed(city):
    """The town with a link between the two far ends of its heat mains, at junctions."""
    edges = city.util_edges
    heat = edges[edges["network"] == "heat"]
    first = int(heat["tail"].min())
    ends = first + 6 * 6 - 6, first + 6 * 6 - 1
    pattern = heat.iloc[[-1]].assign(util_edge_id=np.int32(len(edges)), uid="link")
    link = pattern.assign(tail=np.int32(ends[0]), head=np.int32(ends[1]))
    return dataclasses.replace(city, util_edges=pd.concat([edges, link], ignore_index=True))


def test_a_link_can_be_laid_and_spares_those_who_have_a_second_way_then():
    town = worn_town()
    city = ringed(town)
    assets, knowledge = known(city, links=1)
    bare, _ = known(town)
    view = knowledge.view(0)
    row = len(assets) - 1
    np.testing.assert_array_equal(view.people_served[:row], bare.people_served)
    assert view.people_served[row] == 0.0
    assert assets.failures_per_year()[row] == 0.0
    assert view.option_cost_kzt[WorkOption.LOOP, row] == assets.renewal_cost_kzt[row]
    elsewhere_kzt = view.option_elsewhere_kzt[WorkOption.LOOP, row]
    carry_out(assets, row, WorkOption.LOOP, WorkParams())
    knowledge.note_work(row, WorkOption.LOOP)
    after = knowledge.view(1)
    spared_kzt = (view.harm_kzt - after.harm_kzt)[:row]
    assert elsewhere_kzt == pytest.approx(
        view.option_failures_per_year[WorkOption.REPAIR, :row] @ spared_kzt
    )
    assert elsewhere_kzt > 0.0
    assert assets.failures_per_year()[row] > 0.0
    assert np.isinf(after.option_cost_kzt[WorkOption.LOOP, row])


def inspected(share=1.0, most_kzt=1e12, method="cctv", score=None):
    assets, knowledge = known(grid_city(12, 12))
    assets.arrays.age_years[:] = 60.0
    assets.arrays.factor[::2] *= 30.0
    score = np.ones(len(assets)) if score is None else score(assets)
    cost = knowledge.inspect(SetInspection(method, share, most_kzt, score), 0)
    return assets, knowledge, cost


def test_inspections_hit_and_err_at_their_rates():
    assets, knowledge, _ = inspected()
    params = InspectionParams()
    seen = knowledge.inspections.found_poor >= 0
    poor = assets.wear_phys() >= params.poor_wear
    found = knowledge.inspections.found_poor == 1
    assert found[seen & poor].mean() == pytest.approx(params.cctv.hit_share, abs=0.08)
    assert found[seen & ~poor].mean() == pytest.approx(params.cctv.false_alarm_share, abs=0.08)
    assert not seen[assets.arrays.network == STREET.code].any()
    assert not seen[assets.is_pump].any()


def test_inspections_stop_where_length_or_money_is_used_up_and_cost_by_the_metre():
    price = InspectionParams().acoustic.price_kzt_per_m
    assets, knowledge, cost = inspected(share=0.25, method="acoustic")
    seen = knowledge.inspections.found_poor >= 0
    mains = knowledge.inspections.buried()
    metres = assets.arrays.length_m
    assert metres[seen].sum() == pytest.approx(0.25 * metres[mains].sum(), abs=100.0)
    assert cost == pytest.approx(price * metres[seen].sum())
    _, _, capped = inspected(share=0.25, method="acoustic", most_kzt=cost / 3)
    assert capped <= cost / 3
    assert inspected(share=0.0)[2] == 0.0
    assert inspected(method="none")[2] == 0.0


def test_the_first_in_rank_are_inspected():
    def score(assets):
        return np.arange(len(assets), dtype=float)

    assets, knowledge, _ = inspected(share=0.1, score=score)
    seen = np.flatnonzero(knowledge.inspections.found_poor >= 0)
    assert seen.tolist() == list(range(int(seen[0]), len(assets)))


def test_a_result_counts_until_the_main_is_laid_new():
    assets, knowledge, _ = inspected()
    plain, _, _ = inspected(share=0.0)[1].estimate()
    now, _, _ = knowledge.estimate()
    found = knowledge.inspections.found_poor
    assert (now[found == 1] > plain[found == 1]).mean() > 0.95
    assert (now[found == 0] < plain[found == 0]).mean() > 0.95
    row = int(np.flatnonzero(found == 1)[0])
    carry_out(assets, row, WorkOption.REPLACE, WorkParams())
    knowledge.note_work(row, WorkOption.REPLACE)
    assert knowledge.inspections.found_poor[row] == -1
