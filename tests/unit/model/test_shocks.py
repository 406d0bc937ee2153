"""Worn networks, burst mains, links on credit."""

import numpy as np
import pytest

from tests.builders import grid_city
from tests.builders_money import spent_kzt
from tests.unit.city.test_heat_loops import comb
from tests.unit.model.test_city_model import scenario
from twin.model.city_model import CityModel
from twin.model.shocks.largest_mains import largest_mains

__all__ = ["comb"]

BREAK = "{kind: main_break, network: heat, date: 2026-03-03, count: 2, most_share: 1.0%s}"


def made(city, extra, days=10):
    return CityModel(city, scenario(extra, days=days), seed=1)


def test_a_worn_network_is_as_worn_as_specified_from_the_first_day():
    shock = "shocks: [{kind: worn_network, network: heat, date: 2026-03-01, wear_book: 0.95}]"
    base, worn = made(grid_city(), ""), made(grid_city(), shock)
    rows = worn.state.assets.rows("heat")
    assert worn.state.assets.arrays.wear_book[rows] == pytest.approx(0.95)
    older = worn.state.assets.arrays.age_years[rows] - base.state.assets.arrays.age_years[rows]
    assert older == pytest.approx(0.05 * 25.0)
    assert (worn.state.wear_phys[rows] > base.state.wear_phys[rows]).all()
    water = worn.state.assets.rows("water")
    assert np.array_equal(
        worn.state.assets.arrays.age_years[water], base.state.assets.arrays.age_years[water]
    )


def test_a_network_more_worn_than_specified_stays_as_it_is():
    shock = "shocks: [{kind: worn_network, network: heat, date: 2026-03-01, wear_book: 0.5}]"
    base, same = made(grid_city(), ""), made(grid_city(), shock)
    assert np.array_equal(same.state.assets.arrays.age_years, base.state.assets.arrays.age_years)


def test_the_largest_mains_are_apart_and_feed_most(comb):
    one = largest_mains(comb, "heat", 1, 1.0)
    edges = comb.network_edges("heat").reset_index()
    assert edges.loc[int(one[0]), "tail"] == edges["tail"].max()  # the plant's outlet feeds all
    two = largest_mains(comb, "heat", 2, 0.5)
    assert two.size == 2
    assert int(one[0]) not in two


def test_burst_mains_are_shut_at_once_and_homes_behind_grow_cold(comb):
    model = made(comb, "shocks: [" + BREAK % "" + "]")
    model.run_for(2)
    assert not model.state.services[2].closed.any()
    model.step()
    row = int(model.state.shocks.mains[0][0])
    assert model.state.services[2].closed[row] == 1
    assert np.nanmin(model.flow_service["heat"].service) == 0.0
    events = model.result().events
    burst = events[(events["network"] == "heat") & (events["severity"] == 1.0)]
    assert (burst["known_day"] == burst["day"]).all()
    assert len(burst) >= 1


def test_mains_laid_new_hold(comb):
    model = made(comb, "shocks: [" + BREAK % ", sound_years: 100" + "]")
    model.run_for(3)
    assert not model.state.services[2].closed.any()


def test_links_are_paid_in_equal_parts_and_no_tenge_is_lost(comb):
    money = "budget: {network_kzt_per_person_year: 200000}"
    levers = "levers: {heat_loops: {count: 2, pay_years: 5}, " + money + "}"
    model, base = made(comb, levers, days=400), made(comb, "", days=400)
    assert model.state.n_loops == 2
    assert len(model.state.assets) == len(base.state.assets) + 2
    assert np.array_equal(
        model.state.assets.arrays.asset_id[:-2], base.state.assets.arrays.asset_id
    )
    model.run_for(400)
    office = model.state.institutions.municipality
    first_year = 306 / 365  # from 1 March
    owed = office.heat_loops_kzt / 5.0 * (first_year + 1.0)
    assert spent_kzt(office.ledger, "heat loops") == pytest.approx(owed, rel=0.01)
    assert model.state.accounts.imbalance() == 0
