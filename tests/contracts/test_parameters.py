"""What every registered parameter must do; those that no quick test can read are listed."""

import pytest

from twin.core.errors import ScenarioError
from twin.core.parameter_set import Parameters, nested
from twin.core.parameters import Grade
from twin.scenario import override, scenario_from_text, scenario_schema

HEAD = """
scenario: contract
question: Can each number be set?
city: {synthesise: {people: 2000, seed: 1}}
start: 2026-01-01
days: 30
"""
BASE = scenario_from_text(HEAD)
NUMBERS = dict(Parameters.of({}).items())


@pytest.fixture(params=list(NUMBERS))
def path(request):
    return request.param


def moved(path):
    """Another value of a number, with what must change along where a day's trips are full."""
    number, known = NUMBERS[path], NUMBERS[path].facts
    share = 0.01 * (known.high - known.low)
    tries = [0.97 * number, 1.03 * number, number + share, number - share]
    for more in ({}, {f"{path.rpartition('.')[0]}.midday": 0.0}):
        for value in tries:
            if value == number or not known.low <= value <= known.high:
                continue
            try:
                Parameters.of({**more, path: value})
            except ScenarioError:
                continue
            return {**more, path: value}
    raise AssertionError(path)


def written(values):
    """The scenario with numbers set as a file has them."""
    return HEAD + "\n".join(["parameters:", *_lines(nested(values), "  ")])


def _lines(values, indent):
    for name, value in values.items():
        if isinstance(value, dict):
            yield f"{indent}{name}:"
            yield from _lines(value, f"{indent}  ")
        else:
            yield f"{indent}{name}: {value!r}"


def test_it_has_unit_bounds_grade_and_a_source_or_a_reason(path):
    known = NUMBERS[path].facts
    assert known.unit
    assert known.source.strip()
    assert known.low <= NUMBERS[path] <= known.high
    assert known.low < known.high
    assert isinstance(known.grade, Grade)


def test_a_file_sets_it_and_the_hash_changes(path):
    values = moved(path)
    scenario = scenario_from_text(written(values))
    assert dict(scenario.parameter_items) == values
    assert dict(scenario.parameters.items())[path] == values[path]
    assert scenario.hash != BASE.hash
    assert scenario_from_text(written({path: float(NUMBERS[path])})).hash == BASE.hash


def test_an_arm_and_a_sweep_set_it(path):
    values = moved(path)
    changes = "".join(f"    parameters.{name}: {value!r}\n" for name, value in values.items())
    arm = scenario_from_text(f"{HEAD}arms:\n  moved:\n{changes}").arm("moved")
    assert dict(arm.parameter_items) == values
    swept = override(BASE, {f"parameters.{name}": value for name, value in values.items()})
    assert swept.hash == arm.hash


def test_values_out_of_bounds_are_refused_with_place_unit_and_default(path):
    known = NUMBERS[path].facts
    line = len(written({path: 0}).splitlines())
    for wrong in (known.low - 1.0, known.high + 1.0):
        with pytest.raises(ScenarioError, match=rf"scenario.yaml:{line}:\d+: parameters") as caught:
            scenario_from_text(written({path: wrong}))
        message = str(caught.value)
        assert f"parameters.{path} = " in message
        assert f"[{known.unit}]" in message
        assert f"default {NUMBERS[path]:g}" in message


def test_a_misspelt_name_points_to_it(path):
    *maps, last = path.split(".")
    wrong = ".".join([*maps, f"{last[:-1]}_x{last[-1]}"])
    with pytest.raises(ScenarioError, match="is not a known key") as caught:
        scenario_from_text(written({wrong: 1.0}))
    assert "Did you mean" in str(caught.value)


def test_it_stands_in_the_schema_with_its_facts(path):
    schema = scenario_schema()
    place = schema["properties"]["parameters"]
    for name in path.split("."):
        place = schema["$defs"][place["$ref"].rsplit("/", 1)[1]]["properties"][name]
    known = NUMBERS[path].facts
    assert (place["default"], place["minimum"], place["maximum"]) == (
        NUMBERS[path],
        known.low,
        known.high,
    )
    assert (place["unit"], place["grade"], place["source"]) == (
        known.unit,
        known.grade.value,
        known.source,
    )
