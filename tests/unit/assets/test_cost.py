"""Prices of repair and renewal, worked out by hand from the declared rates."""

import numpy as np
import pytest

from tests.builders import grid_city
from twin.assets import Assets
from twin.assets.cost import renewal_kzt, repair_kzt
from twin.city.networks import NETWORKS, code_of

STREET, WATER, HEAT = (code_of(name) for name in ("street", "water", "heat"))
ROWS = np.array([STREET, WATER, HEAT], dtype=np.uint8)
WIDTHS_M = np.array([np.nan, 0.2, 0.5])


def test_a_repair_costs_its_base_and_more_by_diameter():
    found = repair_kzt(NETWORKS, ROWS, WIDTHS_M)
    assert found == pytest.approx([0.4e6, 1.6e6 + 6.0e6 * 0.2, 2.0e6 + 8.0e6 * 0.5])


def test_a_main_costs_by_length_and_diameter_and_a_street_by_length_and_lanes():
    length_m, lanes = np.array([100.0, 10.0, 20.0]), np.array([2.0, 0.0, 0.0])
    found = renewal_kzt(NETWORKS, ROWS, length_m, WIDTHS_M, lanes)
    water = 10.0 * (20_000.0 + 150_000.0 * 0.2)
    heat = 20.0 * (60_000.0 + 660_000.0 * 0.5)
    assert found == pytest.approx([100.0 * 2.0 * 15_000.0, water, heat])


def test_the_register_takes_these_prices_and_counts_lanes_of_both_directions():
    city = grid_city()
    city.street_edges.loc[0, "oneway"] = True
    city.street_edges.loc[1, "lanes"] = np.int32(3)
    assets = Assets(city, 2026, 1)
    assert assets.lanes[:3].tolist() == [1.0, 6.0, 2.0]
    assert assets.lanes[assets.start[1] :].sum() == 0.0
    assert assets.renewal_cost_kzt[:3] == pytest.approx([1.5e6, 9.0e6, 3.0e6])
    assert assets.repair_cost_kzt[:3] == pytest.approx(0.4e6)
    row = int(assets.start[WATER]) + 2
    width_m = float(city.network_edges("water")["diameter_m"].iloc[2])
    assert assets.repair_cost_kzt[row] == pytest.approx(1.6e6 + 6.0e6 * width_m)
