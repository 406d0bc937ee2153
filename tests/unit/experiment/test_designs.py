"""Designs: what they promise of their points, and every fault of one at once."""

import numpy as np
import pytest

from twin.core.errors import ArgumentError, ScenarioError
from twin.experiment.design import (
    apply,
    from_csv,
    from_records,
    full_factorial,
    latin_hypercube,
    morris,
    sobol,
    sobol_indices,
)
from twin.experiment.design.base import scenarios

SHARE = "levers.renewal.ring_fence_share"
PATIENCE = "parameters.citizens.behaviour.patience_days"
RANGES = {SHARE: (0.0, 0.8), "years": (1, 3)}


def column(design, path):
    return np.array([point[path] for point in design.points])


def test_a_full_factorial_has_every_combination_once():
    design = full_factorial({"a": [1, 2], "b": np.array([1.5, 2.5, 3.5])})
    assert len(design) == 6
    assert {tuple(point.values()) for point in design.points} == {
        (a, b) for a in (1, 2) for b in (1.5, 2.5, 3.5)
    }
    assert all(type(point["b"]) is float for point in design.points)


def test_each_part_of_a_range_holds_one_point_of_a_latin_hypercube(scenario):
    values = column(latin_hypercube(scenario, {SHARE: (0.2, 0.6)}, 20), SHARE)
    assert sorted(np.floor((values - 0.2) / 0.4 * 20).astype(int)) == list(range(20))


def test_whole_numbers_stay_whole_and_each_is_as_likely(scenario):
    years = column(sobol(scenario, RANGES, 64), "years")
    assert set(years.tolist()) == {1, 2, 3}
    assert all(type(point["years"]) is int for point in sobol(scenario, RANGES, 4).points)
    assert np.bincount(years)[1:].min() >= 20


@pytest.mark.parametrize("make", [latin_hypercube, sobol, morris, sobol_indices])
def test_a_design_is_a_function_of_its_seed(scenario, make):
    first, again = make(scenario, RANGES, 8, seed=3), make(scenario, RANGES, 8, seed=3)
    assert first == again
    assert first != make(scenario, RANGES, 8, seed=4)
    for point in first.points:
        assert 0.0 <= point[SHARE] <= 0.8


def test_sizes_of_the_designs_of_sensitivity(scenario):
    assert len(morris(scenario, RANGES, 8)) == 8 * 3
    assert len(sobol_indices(scenario, RANGES, 8)) == 8 * 4


def test_bad_ranges_come_at_once(scenario):
    with pytest.raises(ScenarioError, match=r"(?s)a: runs from 2 to 1.*b: has 'x'") as caught:
        latin_hypercube(scenario, {"a": (2, 1), "b": "x"}, 4)
    assert len(caught.value.faults) == 2
    with pytest.raises(ScenarioError, match="ranges: has no path"):
        sobol(scenario, {}, 4)
    with pytest.raises(ArgumentError, match="= 6 is no power of 2"):
        sobol(scenario, RANGES, 6)
    with pytest.raises(ArgumentError, match="= 6 is no power of 2"):
        sobol_indices(scenario, RANGES, 6)


def test_empty_designs_are_refused():
    with pytest.raises(ScenarioError, match="a: has no values"):
        full_factorial({"a": []})
    with pytest.raises(ScenarioError, match="which is no list"):
        full_factorial({"a": "text"})
    with pytest.raises(ScenarioError, match="table: has no points"):
        from_records([])
    with pytest.raises(ScenarioError, match="point 1: sets"):
        from_records([{"a": 1}, {"b": 1}])


def test_a_csv_file_is_a_design(tmp_path):
    path = tmp_path / "design.csv"
    path.write_text(f'{SHARE},start,x\n0.1,2026-02-01,"[1, 2]"\n0.2,2026-03-01,true\n')
    design = from_csv(path)
    assert design.points[0] == {SHARE: 0.1, "start": "2026-02-01", "x": [1, 2]}
    assert design.points[1]["x"] is True


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1\n", r"design.csv:2: has 1 values, the head 2"),
        ("a,a\n1,2\n", r"design.csv:1: names a twice"),
        ("a,\n1,2\n", r"design.csv:1: has a column without a name"),
        ("a\n", r"has no points"),
        ("", r"has no points"),
    ],
)
def test_faults_of_a_csv_file_have_lines(tmp_path, text, message):
    path = tmp_path / "design.csv"
    path.write_text(text)
    with pytest.raises(ScenarioError, match=message):
        from_csv(path)


def test_a_csv_file_that_is_none_is_named(tmp_path):
    with pytest.raises(ScenarioError, match="cannot be read"):
        from_csv(tmp_path / "nothing.csv")
    (tmp_path / "bytes.csv").write_bytes(b"a\n\xff\xfe\n")
    with pytest.raises(ScenarioError, match="is no CSV"):
        from_csv(tmp_path / "bytes.csv")


def test_levers_parameters_dates_and_arms_may_be_set(scenario):
    point = {"arm": "fence", PATIENCE: 12, "start": "2026-03-01"}
    made = apply(scenario, point)
    assert (made.arm_name, made.start.isoformat()) == ("fence", "2026-03-01")
    assert made.levers["renewal"].ring_fence_share == 0.5
    assert dict(made.parameter_items)["citizens.behaviour.patience_days"] == 12.0


def test_faults_of_all_points_come_once_before_anything_runs(scenario):
    points = [{SHARE: value, "arm": "fense"} for value in (0.1, 7.0, 7.0)]
    with pytest.raises(ScenarioError, match=r"(?s)fense.*ring_fence_share = 7") as caught:
        scenarios(scenario, from_records(points))
    assert len(caught.value.faults) == 2


def test_quick_and_whole_checks_give_the_same_scenario(scenario, monkeypatch):
    from twin.scenario import overrides

    values = {SHARE: np.float64(0.25), PATIENCE: np.int64(20), "levers.renewal.order": "risk"}
    quick = overrides.override(scenario, values)
    monkeypatch.setattr(overrides, "_quick", lambda *_inputs: None)
    whole = overrides.override(scenario, values)
    assert (quick.hash, quick) == (whole.hash, whole)
