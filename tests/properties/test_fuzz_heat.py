"""Fifty drawn heat networks keep their laws, and agree with pandapipes where it has all."""

import json
from pathlib import Path

import pytest

from tests.fuzz.heat.draw import draw_network
from tests.fuzz.heat.fuzz import Bench
from tests.fuzz.workers import Here

pytest.importorskip("pandapipes", reason="pandapipes is a development dependency")

CASES = Path(__file__).parents[1] / "fuzz" / "cases" / "heat"
SEED, NETWORKS = 7, 50
KNOWN_FAULTS = ("flagged",)


def test_drawn_networks_keep_their_laws_and_agree_with_pandapipes():
    with Bench(Here) as bench:
        found = {
            number: new
            for number in range(NETWORKS)
            if (new := [fault for fault in bench.faults(draw_network(SEED, number))
                        if not fault[0].startswith(KNOWN_FAULTS)])
        }  # fmt: skip
    assert found == {}


def test_a_network_without_consumers_is_solved():
    tables = draw_network(SEED, 0)
    with Bench(Here) as bench:
        assert bench.faults(tables | {"consumers": []}) == []


def test_a_low_load_that_is_short_of_pressure_converges():
    tables = json.loads((CASES / "low_load_short_of_pressure.json").read_text())
    with Bench(Here) as bench:
        assert bench.faults(tables) == []


def test_flows_that_run_away_do_not_count_as_converged():
    tables = json.loads((CASES / "two_sources_run_away.json").read_text())
    with Bench(Here) as bench:
        assert [fault for fault, _ in bench.faults(tables)] == ["flagged: not converged"]
