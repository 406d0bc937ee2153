"""Fifty drawn street networks: gap, balance, costs and objective found anew are those given."""

from tests.fuzz.traffic.draw import draw_network
from tests.fuzz.traffic.fuzz import Bench
from tests.fuzz.workers import Here

SEED, NETWORKS = 7, 50


def test_drawn_networks_have_the_gap_balance_and_objective_that_are_given():
    with Bench(Here) as bench:
        found = {
            number: new
            for number in range(NETWORKS)
            if (new := bench.faults(draw_network(SEED, number)))
        }
    assert found == {}
