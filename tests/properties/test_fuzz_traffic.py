"""Fifty drawn street networks: gap, balance, costs and objective found anew are those given."""

import json
from pathlib import Path

import pytest

from tests.fuzz.traffic.draw import draw_network
from tests.fuzz.traffic.fuzz import Bench
from tests.fuzz.workers import Here

CASES = Path(__file__).parents[1] / "fuzz" / "cases" / "traffic"
SEED, NETWORKS = 7, 50
KNOWN_FAULTS = ("flagged",)
"""Two classes on links beside each other may stop short of a gap of 1e-6, and report it."""


def test_drawn_networks_have_the_gap_balance_and_objective_that_are_given():
    with Bench(Here) as bench:
        found = {
            number: new
            for number in range(NETWORKS)
            if (new := [fault for fault in bench.faults(draw_network(SEED, number))
                        if not fault[0].startswith(KNOWN_FAULTS)])
        }  # fmt: skip
    assert found == {}


@pytest.mark.xfail(strict=True, reason="two classes on links side by side stop at a gap of 1.6e-5")
def test_two_classes_on_links_side_by_side_reach_the_gap():
    case = json.loads((CASES / "two_classes_side_by_side.json").read_text())
    with Bench(Here) as bench:
        assert bench.faults(case) == []
