"""A city at a glance."""

import pytest

from tests.builders import grid_city
from twin.city.glance import glance


def test_figures_are_those_of_the_tables(small_city):
    found = {fact.what: fact.value for fact in glance(small_city)}
    pipes = small_city.network_edges("water")
    pipes = pipes[pipes["kind"] == "pipe"]
    assert found["people"] == len(small_city.persons) == 3_000
    assert found["water, mains"] == pytest.approx(pipes["length_m"].sum() / 1000.0)
    assert found["water, people served"] == 1.0
    assert 0.0 < found["heat, people served"] < 1.0
    assert 21.0 <= found["homes, floor area per person"] <= 24.0
    assert 0.4 <= found["water, book wear"] <= 1.0


def test_shares_are_shares_and_every_figure_is_named_once(small_city):
    facts = glance(small_city)
    assert len({fact.what for fact in facts}) == len(facts)
    assert all(0.0 <= fact.value <= 1.0 for fact in facts if fact.unit == "share")


def test_a_city_of_blocks_tells_what_it_has():
    assert "streets" in {fact.what for fact in glance(grid_city())}
