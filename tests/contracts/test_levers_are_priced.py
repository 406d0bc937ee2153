"""Nothing is free: every field of every lever has a price that its cost follows, or a reason."""

import dataclasses

import pytest

from tests.builders_accounts import MoneyTown
from tests.builders_worn import POLICY, worn_scenario, worn_town
from tests.contracts.test_levers_act import FIELDS, turned_up, values_beside
from twin.city.actions import SetBudget, SetCollection, SetTariff
from twin.core.parameter_set import Parameters
from twin.institutions.lever_prices import FREE, PRICED
from twin.institutions.programmes import answers, operator_pay_kzt
from twin.model.accounts import yearly_programmes
from twin.model.city_model import CityModel
from twin.policy import Cadence, levers

NAMES = [".".join(pair) for pair in FIELDS]
BY_EVENT = {
    "collection.cut_off_months",
    "heat_loops.count",
    "inspection.method",
    "inspection.most_kzt_per_year",
    "inspection.share_per_year",
}
"""Priced by what happens; cut-offs and loops are tried below, inspections are not yet."""


@pytest.fixture(scope="module")
def state():
    return CityModel(worn_town(), worn_scenario(POLICY), seed=1).state


def cost_kzt_year(state, policy):
    """What a policy costs a year in the worn town, with a thousand reports."""
    before = state.today.settings
    for lever in worn_scenario(policy).levers.values():
        if lever.cadence is not Cadence.FOUNDING:
            for action in lever.decide(state.view()):
                state.today.adopt(action)
    settings, prices = state.today.settings, state.accounts.prices
    cost = sum(one.cost_kzt_year for one in yearly_programmes(state, 1.0))
    cost += answers(settings, prices, state.norm_settings, 1000.0).cost_kzt_year
    for one in state.accounts.operators:
        cost += operator_pay_kzt(settings, prices, one.network.code, one.fixed_kzt_year)
    state.today.settings = before
    return cost


def test_every_field_has_a_price_or_a_reason_and_not_both():
    assert sorted({*PRICED, *FREE}) == sorted(NAMES)
    assert not {*PRICED} & {*FREE}


def test_every_price_is_a_parameter_or_a_field_of_a_lever():
    known = {path for path, _ in Parameters.of({}).items()} | {f"levers.{name}" for name in NAMES}
    assert {path for paths in PRICED.values() for path in paths} <= known


@pytest.mark.parametrize("name", [name for name in NAMES if name in PRICED.keys() - BY_EVENT])
def test_what_is_priced_costs_more_or_less_when_it_is_moved(name, state):
    kind, field = name.split(".")
    full = turned_up(kind, state.city)
    base = cost_kzt_year(state, {**POLICY, kind: full})
    groups = values_beside(levers[kind].model_fields[field], full[field], state.city)
    moved = [value for group in groups for value in group]
    costs = [cost_kzt_year(state, {**POLICY, kind: {**full, field: one}}) for one in moved]
    assert any(abs(cost - base) > 1.0 for cost in costs), f"levers.{name} is free at {moved}"


def test_heat_loops_cost_what_their_pipes_cost(state):
    loops = {**POLICY["heat_loops"], "count": 1}
    fewer = CityModel(worn_town(), worn_scenario({**POLICY, "heat_loops": loops}), seed=1).state
    assert 0.0 < fewer.accounts.heat_loops_kzt < state.accounts.heat_loops_kzt


def test_cutting_off_costs_visits():
    def spent(months):
        town = MoneyTown(2, days=365)
        town.adopt(SetBudget(2e8, 0.5), SetTariff(20_000.0), SetCollection(months))
        for day in range(365):
            town.live(day, repairs=0)
        return town.ledger.total("cut-offs")

    assert spent(0) == 0
    assert spent(1) > spent(4) > 0


def test_a_setting_that_costs_nothing_at_the_norm_is_covered_by_a_standing_budget(state):
    neutral = dataclasses.replace(state.norm_settings)
    before, state.today.settings = state.today.settings, neutral
    extra = {one.name for one in yearly_programmes(state, 1.0) if one.extra_kzt_year}
    assert extra <= {"inspection"}  # made already, under the town's policy
    state.today.settings = before
