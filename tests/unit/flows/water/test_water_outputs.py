"""Which results of a run are kept, what they are reduced to, and what is refused."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.unit.flows.water.test_water_ensemble import town
from tests.unit.flows.water.waters import grid
from twin.core.errors import CityDataError
from twin.flows import water
from twin.flows.water.network.times import Times

HOURS = 6 * 3600.0
FACTORS = [0.5, 1.0, 1.5]


def run(net, **choice):
    """Return an ensemble of three scenarios over six hours."""
    times = {"duration_s": HOURS, "step_s": 3600.0}
    return water.simulate_ensemble(net, demand_multiplier=FACTORS, **times, **choice)


def test_outputs_nodes_links_and_times_are_a_slice_of_all_results():
    net = town()
    every = run(net)
    some = run(
        net,
        outputs=["pressure_m", "flow_m3s"],
        nodes=["J3", "T"],
        links=["loop"],
        times=[7200, 21600],
    )
    rows = [net.node_id.index("J3"), net.node_id.index("T")]
    assert some.node_id == ("J3", "T")
    assert some.link_id == ("loop",)
    assert some.time_s.tolist() == [7200, 21600]
    assert list(some.series) == ["pressure_m", "flow_m3s"]
    np.testing.assert_array_equal(some.pressure_m, every.pressure_m[:, [2, 6]][:, :, rows])
    loop = [net.link_id.index("loop")]
    np.testing.assert_array_equal(some.flow_m3s, every.flow_m3s[:, [2, 6]][:, :, loop])
    np.testing.assert_array_equal(some.iterations, every.iterations[:, [2, 6]])
    np.testing.assert_array_equal(some.elevation_m, every.elevation_m[rows])
    np.testing.assert_array_equal(some.solves, every.solves)


def test_reductions_go_over_all_reported_times_whatever_times_are_kept():
    net = town()
    every = run(net)
    pressure, leak, step = every.pressure_m, every.leak_m3s, 3600.0
    found = run(
        net,
        outputs=["head_m"],
        times=[0],
        reductions={
            "lowest": ("pressure_m", "min"),
            "highest": ("head_m", "max"),
            "usual": ("demand_m3s", "mean"),
            "lost_m3": ("leak_m3s", "integral"),
            "short": ("pressure_m", "hours_below", 52.0),
            "high": ("pressure_m", "hours_above", 55.0),
            "fed": ("supplied", "mean"),
            "fastest": ("flow_m3s", "max"),
        },
    ).reduced
    np.testing.assert_array_equal(found["lowest"], pressure.min(axis=1))
    np.testing.assert_array_equal(found["highest"], every.head_m.max(axis=1))
    np.testing.assert_array_equal(found["usual"], every.demand_m3s.mean(axis=1))
    np.testing.assert_array_equal(found["lost_m3"], (leak[:, :-1] * step).sum(axis=1))
    np.testing.assert_array_equal(found["short"], (pressure[:, :-1] < 52.0).sum(axis=1))
    np.testing.assert_array_equal(found["high"], (pressure[:, :-1] > 55.0).sum(axis=1))
    np.testing.assert_array_equal(found["fed"], every.supplied.mean(axis=1))
    np.testing.assert_array_equal(found["fastest"], every.flow_m3s.max(axis=1))
    assert 0.0 < found["short"].sum() < found["short"].size * 6.0
    assert found["lost_m3"].max() > 0.0


def test_a_single_run_keeps_what_is_chosen_as_tables():
    net = town()
    every = water.simulate(net, HOURS, 3600.0)
    some = water.simulate(
        net,
        HOURS,
        3600.0,
        outputs=["supplied", "head_m"],
        nodes=["J4", "J0"],
        times=[3600.0, 0.0],
        reductions={"lowest": ("pressure_m", "min")},
    )
    pd.testing.assert_frame_equal(some.head_m, every.head_m.loc[[0, 3600], ["J4", "J0"]])
    assert some.supplied.dtypes.tolist() == [np.dtype(bool)] * 2
    lowest = every.pressure_m[["J4", "J0"]].min().rename("lowest")
    pd.testing.assert_series_equal(some.reduced["lowest"], lowest)


def test_the_last_time_of_a_run_counts_by_the_time_since_the_one_before():
    net = replace(town(), times=Times(report_step_s=3600, report_start_s=1800))
    every = water.simulate(net, 3.2 * 3600.0)
    assert every.head_m.index.tolist() == [1800, 5400, 9000, 11520]
    assert net.times is not None
    clock = replace(net.times, duration_s=11520, report_last=True)
    assert clock.reported_s.tolist() == [1800, 5400, 9000, 11520]
    some = water.simulate(
        net, 3.2 * 3600.0, reductions={"high": ("pressure_m", "hours_above", 0.0)}, nodes=["J1"]
    )
    assert some.reduced["high"].tolist() == [2 + 2520 / 3600]


def test_heads_that_were_not_kept_say_how_to_keep_them():
    found = run(grid(3), outputs=["pressure_m"])
    with pytest.raises(CityDataError, match="head_m: was not kept; kept: pressure_m"):
        _ = found.head_m
    with pytest.raises(CityDataError, match="flow_m3s: was not kept"):
        _ = water.simulate(grid(3), outputs=["head_m"]).flow_m3s


def test_tables_of_reductions_have_a_row_by_scenario_and_node(tmp_path):
    chosen = {"lowest": ("pressure_m", "min"), "most": ("flow_m3s", "max")}
    found = run(grid(3), outputs=[], reductions=chosen)
    paths = found.to_parquet(tmp_path)
    assert [path.name for path in paths] == [
        "node_reductions.parquet",
        "link_reductions.parquet",
    ]
    nodes = pd.read_parquet(paths[0])
    assert nodes["lowest"].tolist() == found.reduced["lowest"].ravel().tolist()
    assert nodes.columns.tolist() == ["scenario", "node", "lowest"]


def test_reductions_of_many_scenarios_take_no_memory_for_their_times():
    net = grid(6)
    factor = np.linspace(0.5, 1.5, 200)

    def peak(**choice):
        tracemalloc.start()
        water.simulate_ensemble(
            net, demand_multiplier=factor, duration_s=86400.0, step_s=1800.0, **choice
        )
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    every = 200 * 49 * (3 * 37 + 61) * 8
    assert peak() > every
    assert peak(outputs=[], reductions={"lowest": ("pressure_m", "min")}) < every / 8


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"outputs": ["presure_m"]}, r"outputs\[0\]: 'presure_m' is no output\s+Did you mean pres"),
        ({"outputs": "head_m"}, r"outputs: is the text 'head_m'\s+give a list"),
        ({"outputs": []}, r"outputs: is empty and there are no reductions"),
        ({"outputs": [3]}, r"outputs\[0\]: = 3 is no text"),
        ({"nodes": ["J1", "J11"]}, r"nodes\[1\]: 'J11' is not in the network\s+Did you mean J1"),
        ({"nodes": []}, r"nodes: is empty\s+name nodes"),
        ({"nodes": "J1"}, r"nodes: is the text 'J1'"),
        ({"nodes": ["J1", "J1"]}, r"nodes\[1\]: 'J1' stands at 0, too"),
        ({"links": ["fed"]}, r"links\[0\]: 'fed' is not in .*\s+Did you mean feed"),
        ({"outputs": ["flow_m3s"], "nodes": ["J1"]}, "no output or reduction of nodes"),
        ({"times": [0, 1800]}, r"times\[1\]: = 1800 s is no reported time\s+.*each 3600 s"),
        ({"times": []}, "times: is empty"),
        ({"times": [np.nan]}, r"times\[0\]: = nan s is no reported time\s+Reported are 0 to 21600"),
        ({"times": [0, 0]}, "times: name a time twice"),
        (
            {"times": [0], "outputs": [], "reductions": {"a": ("head_m", "min")}},
            "times: are chosen, but no outputs",
        ),
        ({"reductions": {"a": ("head_m", "low")}}, r"reductions\['a'\]: 'low' is no reduction"),
        ({"reductions": {"a": ("head", "min")}}, r"'head' is no output\s+Did you mean head_m"),
        ({"reductions": {"a": "head_m"}}, "is no pair of output and reduction"),
        ({"reductions": {"a": ("head_m", "hours_below")}}, r"no limit\s+write .*20\.0\)"),
        ({"reductions": {"a": ("head_m", "min", 3.0)}}, r"min has a limit\s+write"),
        ({"reductions": {"a": ("head_m", "hours_above", np.inf)}}, "inf is no finite limit"),
    ],
)
def test_choices_that_do_not_fit_are_refused(choice, message):
    with pytest.raises(CityDataError, match=message):
        run(grid(3), **choice)


def test_all_faults_of_a_choice_are_listed_at_once():
    with pytest.raises(CityDataError) as caught:
        run(grid(3), outputs=["no"], nodes=["X"], times=[5], reductions={"a": ("b", "c")})
    assert len(caught.value.faults) == 5


def test_times_and_reductions_need_a_grid_of_reported_times():
    every_solve = replace(grid(3), times=Times(duration_s=3600, most_rows=9))
    with pytest.raises(CityDataError, match="run that reports every solve"):
        water.simulate(every_solve, times=[0])
    with pytest.raises(CityDataError, match="have no reported times in this run"):
        water.simulate(every_solve, reductions={"a": ("head_m", "min")})
    late = replace(grid(3), times=Times(duration_s=3600, report_start_s=7200))
    with pytest.raises(CityDataError, match="have no reported times in this run"):
        water.simulate(late, reductions={"a": ("head_m", "min")})
    with pytest.raises(CityDataError, match="this run reports no time"):
        water.simulate(late, times=[0])
