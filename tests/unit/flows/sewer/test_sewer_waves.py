import numpy as np
import pandas as pd
import pytest

from tests.naive import sewer as naive
from tests.unit.flows.sewer.sewers import inflow_at_top, reach, reach_tables
from twin.core.errors import CityDataError, SolveError
from twin.flows.sewer import SewerNetwork, simulate, solve_steady
from twin.flows.sewer.kernels.sections import normal_depth, section
from twin.flows.sewer.kernels.step import advance
from twin.flows.sewer.tables import SHAPES

SECTIONS = {
    "circular": (1.0, 0.0, 0.0),
    "rect_closed": (1.0, 1.2, 0.0),
    "rect_open": (2.0, 1.2, 0.0),
    "trapezoidal": (2.0, 1.0, 1.5),
    "egg": (1.2, 0.0, 0.0),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9])
def test_sections_have_area_and_perimeter_of_their_strips(shape, share):
    height, width, slope = SECTIONS[shape]
    depth = share * height
    area, wet, top, slant = section(SHAPES.index(shape), height, width, slope, depth)
    near = naive.area_and_perimeter(shape, height, width, slope, depth)
    assert (area, wet) == pytest.approx(near, rel=2e-3)
    more = section(SHAPES.index(shape), height, width, slope, depth + 1e-6)
    assert (more[0] - area) / 1e-6 == pytest.approx(top, rel=1e-4)
    assert (more[1] - wet) / 1e-6 == pytest.approx(slant, rel=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_long_reach_runs_at_normal_depth_within_a_thousandth(shape):
    height, width, slope = SECTIONS[shape]
    net = reach(shape=shape, height_m=height, width_m=width, side_slope=slope)
    run = solve_steady(net, inflow_at_top(net, 0.3))
    depth = run.level_m[0, 0] - net.nodes.bottom_m[0]
    area, wet, _, _ = section(SHAPES.index(shape), height, width, slope, depth)
    manning = area * (area / wet) ** (2 / 3) * np.sqrt(0.002) / 0.013
    assert manning == pytest.approx(0.3, rel=1e-3)
    assert run.flow_m3s[0] == pytest.approx(np.full(10, 0.3), rel=1e-6)
    uniform = normal_depth(SHAPES.index(shape), height, width, slope, 0.013, 0.3, 0.002)
    assert depth == pytest.approx(uniform, rel=1e-3)


def test_a_steep_reach_runs_at_normal_depth_too():
    net = reach(slope=0.02)
    run = solve_steady(net, inflow_at_top(net, 0.3))
    depth = run.level_m[0, :10] - net.nodes.bottom_m[:10]
    assert depth == pytest.approx(normal_depth(0, 1.0, 0.0, 0.0, 0.013, 0.3, 0.02), rel=1e-3)


def test_the_backwater_curve_of_a_mild_channel_is_met_within_a_thousandth():
    tables = reach_tables(
        100, 0.001, 10.0, shape="rect_open", height_m=3.0, width_m=2.0, roughness=0.015
    )
    nodes = tables["nodes"]
    nodes.loc[100, ["outfall", "stage_m"]] = ["fixed", nodes["bottom_m"].iloc[100] + 1.6]
    net = SewerNetwork(**tables)
    run = solve_steady(net, inflow_at_top(net, 2.0))
    depth = run.level_m[0] - net.nodes.bottom_m
    for i in (0, 30, 60, 90):
        exact = naive.backwater(1.6, (100 - i) * 10.0, 2.0, 2.0, 0.001, 0.015, steps=20_000)
        assert depth[i] == pytest.approx(exact, rel=1e-3)


def test_a_storage_fills_by_what_flows_in():
    tables = reach_tables(1)
    nodes = tables["nodes"].copy()
    nodes.loc[1, "outfall"] = ""
    storages = pd.DataFrame({"node": "n1", "depth_m": [0.0, 2.0, 4.0], "area_m2": [100, 200, 200]})
    net = SewerNetwork(nodes=nodes, conduits=tables["conduits"], storages=storages)
    inflow = np.zeros((720, 2))
    inflow[:, 1] = 0.05
    run = simulate(net, inflow, step_s=10.0)
    volume = 0.05 * 7200.0
    depth = run.level_m[-1, 1] - net.nodes.bottom_m[1]
    pipe = 25.0 * sum(
        section(0, 1.0, 0.0, 0.0, run.level_m[-1, i] - net.nodes.bottom_m[i])[0] for i in (0, 1)
    )
    manhole = 1.167 * max(run.level_m[-1, 0] - net.nodes.bottom_m[0], 0.0)
    filled = 300.0 + 200.0 * (depth - 2.0) if depth > 2.0 else 100.0 * depth + 25.0 * depth**2
    assert filled + pipe + manhole == pytest.approx(volume, rel=1e-3)
    assert run.imbalance < 1e-9


def test_a_flood_spills_where_it_cannot_pass_and_all_water_is_accounted_for():
    net = reach(height_m=0.4, slope=0.001)
    inflow = np.zeros((360, 11))
    inflow[:180, 0] = 0.5
    run = simulate(net, inflow, step_s=20.0)
    assert run.spilled_m3[0] > 100.0
    assert run.level_m.max(axis=0)[0] <= net.nodes.rim_m[0] + 1e-12
    assert run.imbalance < 1e-9
    assert run.outflow_m3 + run.spilled_m3.sum() > 0.95 * run.inflow_m3


def test_a_wave_is_flattened_on_its_way_and_halved_steps_change_little():
    net = reach(20)
    peaks = []
    for step_s in (20.0, 10.0, 5.0):
        time = (np.arange(round(7200 / step_s)) + 0.5) * step_s
        inflow = np.zeros((time.size, 21))
        inflow[:, 0] = 0.05 + 0.4 * np.exp(-(((time - 1800.0) / 400.0) ** 2))
        run = simulate(net, inflow, step_s=step_s)
        assert run.imbalance < 1e-9
        peaks.append(run.flow_m3s[:, -1].max())
    assert peaks[-1] < 0.45
    assert peaks[1] == pytest.approx(peaks[2], rel=5e-3)
    assert abs(peaks[1] - peaks[2]) < abs(peaks[0] - peaks[1])


def test_a_side_orifice_passes_what_torricelli_gives():
    net = drained_by(
        orifices={"kind": "side", "height_m": 0.2, "area_m2": 0.03, "coefficient": 0.6}
    )
    level = steady_level(net, 0.08)
    assert 0.6 * 0.03 * np.sqrt(2 * 9.80665 * (level - 0.1)) == pytest.approx(0.08, rel=1e-6)


def test_a_weir_passes_c_l_h_to_three_halves():
    net = drained_by(weirs={"crest_m": 0.5, "height_m": 2.0, "width_m": 1.5, "coefficient": 1.8})
    assert 1.8 * 1.5 * (steady_level(net, 0.2) - 0.5) ** 1.5 == pytest.approx(0.2, rel=1e-6)


@pytest.mark.parametrize("by", ["depth", "head"])
def test_a_pump_follows_its_curve(by):
    curve = {"x_m": [0.0, 2.0], "flow_m3s": [0.0, 0.2] if by == "depth" else [0.3, 0.1]}
    nodes = pd.DataFrame(
        {
            "node": ["well", "out"],
            "bottom_m": [0.0, 1.0],
            "depth_m": 10.0,
            "outfall": ["", "fixed"],
            "stage_m": [np.nan, 2.0],
        }
    )
    pumps = pd.DataFrame({"pump": "p", "from_node": "well", "to_node": "out", "by": by, **curve})
    net = SewerNetwork(nodes=nodes, conduits=reach_tables(1)["conduits"].iloc[:0], pumps=pumps)
    level = solve_steady(net, np.array([0.15, 0.0])).level_m[0, 0]
    assert level == pytest.approx(1.5 if by == "depth" else 0.5, rel=1e-6)


def drained_by(**device):
    """A basin of 10 m2 that drains to a low outfall through one device."""
    nodes = pd.DataFrame(
        {
            "node": ["basin", "out"],
            "bottom_m": [0.0, -5.0],
            "depth_m": 10.0,
            "area_m2": 10.0,
            "outfall": ["", "fixed"],
            "stage_m": [np.nan, -4.0],
        }
    )
    conduits = reach_tables(1)["conduits"].iloc[:0]
    ends = {"from_node": "basin", "to_node": "out"}
    tables = {
        kind: pd.DataFrame([{kind.removesuffix("s"): "d", **ends, **facts}])
        for kind, facts in device.items()
    }
    return SewerNetwork(nodes=nodes, conduits=conduits, **tables)


def steady_level(net, flow_m3s):
    run = solve_steady(net, np.array([flow_m3s, 0.0]))
    assert run.flow_m3s[0, 0] == pytest.approx(flow_m3s, rel=1e-6)
    return run.level_m[0, 0]


@pytest.mark.parametrize(
    ("table", "column", "row", "value", "message"),
    [
        ("nodes", "bottom_m", 3, 150.0, r"conduits row 2: E-UPHILL runs uphill by 50.100 m"),
        ("nodes", "outfall", 10, "", r"nodes row 0: E-NO-OUTFALL 'n0' reaches no outfall"),
        ("nodes", "outfall", 10, "fixed", r"nodes.stage_m row 10: of a fixed outfall is not given"),
        ("nodes", "outfall", 5, "free", r"'n5' has more than one link"),
        ("nodes", "outfall", 10, "tidal", r"use one of free, normal, fixed"),
        ("conduits", "to_node", 0, "x", r"conduits.to_node row 0: 'x' is not in nodes"),
        ("conduits", "conduit", 0, "c1", r"conduits.conduit row 1: 'c1' is given twice"),
        ("conduits", "shape", 0, "rect_open", r"conduits.width_m row 0: is 0 m"),
        ("conduits", "roughness", 0, 0.0, r"conduits.roughness row 0: E-VALUE is below 0.001"),
        ("conduits", "length_m", 0, np.nan, r"conduits.length_m row 0: E-VALUE"),
    ],
)
def test_a_bad_value_is_refused_with_place_and_cure(table, column, row, value, message):
    tables = reach_tables()
    tables[table].loc[row, column] = value
    with pytest.raises(CityDataError, match=message):
        SewerNetwork(**tables)


@pytest.mark.parametrize("name", ["n0", "x"])
def test_storages_of_falling_depth_or_unknown_node_are_refused(name):
    storages = pd.DataFrame({"node": name, "depth_m": [1.0, 0.0], "area_m2": [10.0, 10.0]})
    with pytest.raises(CityDataError, match=r"is not in nodes|has depths that fall"):
        SewerNetwork(**reach_tables(), storages=storages)


@pytest.mark.parametrize(
    ("inflow", "step_s", "message"),
    [
        (np.zeros((2, 3)), 10.0, r"has shape \(2, 3\), the network has 11 nodes"),
        (np.full((2, 11), -1.0), 10.0, r"inflow_m3s\[0, 0\]: = -1.0 m3/s is negative"),
        (np.zeros((2, 11)), 0.0, r"step_s: = 0 s"),
    ],
)
def test_bad_inflows_are_refused(inflow, step_s, message):
    with pytest.raises(CityDataError, match=message):
        simulate(reach(), inflow, step_s=step_s)


def test_a_basin_that_fills_for_ever_has_no_steady_state():
    net = reach(1)
    with pytest.raises(SolveError, match="levels still move by"):
        solve_steady(net, inflow_at_top(net, 0.1), most_steps=3)


def test_every_kernel_is_compiled_once():
    simulate(reach(), np.zeros((1, 11)), step_s=10.0)
    assert len(advance.signatures) <= 1
