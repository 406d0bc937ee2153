"""One small city lived through a year: its indicators are frozen.

If a change is meant to move them, say so in CHANGELOG.md and write them anew:
`python -m tests.golden.test_grid_city`. An indicator that is not frozen yet is not compared; the
same command adds it, and the difference must be its line alone.
"""

import json
import math
from pathlib import Path

import pytest

from tests.builders import grid_city
from twin.model.city_model import CityModel
from twin.scenario import scenario_from_text

FROZEN = Path(__file__).with_name("grid_city.json")
TEXT = """
scenario: golden
question: Does the same city still live the same year?
city: {synthesise: {people: 5000, seed: 1}}
start: 2026-01-01
years: 1
shocks: [{kind: cold_spell, date: 2026-01-20, days: 4, temp_c: -34}]
levers:
  budget: {network_kzt_per_person_year: 60000}
  renewal: {ring_fence_share: 0.3}
  detection: {sensor_share: 0.2}
indicators: [breaks_per_km_year]
"""


def lived():
    """Return the run's indicators by kind, NaN as null."""
    model = CityModel(grid_city(5, 5), scenario_from_text(TEXT), seed=7)
    model.run_for(365)
    rows = model.result().indicators
    run = rows[rows["period"] == "run"].set_index("indicator")["value"]
    return {kind: None if math.isnan(value) else float(value) for kind, value in run.items()}


def moved(found, frozen):
    """Return frozen indicators that are gone or have another value; new ones do not count."""
    same = {
        kind
        for kind, value in frozen.items()
        if kind in found
        and found[kind] == (value if value is None else pytest.approx(value, rel=1e-6))
    }
    return {kind: (frozen[kind], found.get(kind)) for kind in frozen if kind not in same}


def test_indicators_of_the_golden_year_are_as_frozen():
    assert moved(lived(), json.loads(FROZEN.read_text())) == {}


def test_a_new_indicator_moves_nothing_and_one_that_is_gone_or_other_is_named():
    frozen = {"a": 1.0, "b": None, "c": 2.0}
    assert moved({"a": 1.0, "b": None, "c": 2.0, "new": 5.0}, frozen) == {}
    assert moved({"a": 1.1, "b": 0.0}, frozen) == {
        "a": (1.0, 1.1),
        "b": (None, 0.0),
        "c": (2.0, None),
    }


if __name__ == "__main__":
    FROZEN.write_text(json.dumps(lived(), indent=1, sort_keys=True) + "\n")
