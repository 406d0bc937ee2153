"""Who lives in the town, by hand."""

import math

from tests.unit.indicators.worked import value_of


def test_population_and_payers_are_those_of_the_end():
    assert value_of("population") == 100.0
    assert value_of("paying_households", payers=37) == 37.0


def test_births_deaths_and_moves_are_counted():
    moved = {"births": 18.0, "deaths": 7.0, "moved_in": 25.0, "moved_out": 31.0}
    for kind, number in moved.items():
        assert value_of(kind, **moved) == number
    assert value_of("births", **moved) == 18.0
    assert value_of("deaths", **moved) == 7.0
    assert value_of("moved_in", **moved) == 25.0
    assert value_of("moved_out", **moved) == 31.0
    assert value_of("moved_within", moved_within=12.0) == 12.0


def test_unemployment_is_of_those_who_work_or_seek_work():
    assert value_of("unemployment_rate", idle=6, labour_force=80) == 0.075
    assert math.isnan(value_of("unemployment_rate"))
