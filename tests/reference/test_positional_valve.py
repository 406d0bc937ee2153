"""PCVs, open by a percentage: by formula and EPANET 2.3; tolerance 1e-4 m and 2e-4 of the loss."""

import math
import sys

import numpy as np
import pytest

from tests.reference.epanet_engine import run_steady_23
from tests.unit.flows.water.test_inp_write import read
from twin.core.errors import CityDataError
from twin.flows import water

THROTTLED = """
[JUNCTIONS]
 A 0 0
 B 0 0
 C 0 20
[RESERVOIRS]
 R 100
[PIPES]
 p R A 10 300 130
 q B C 10 300 130
[VALVES]
 v A B 100 PCV {setting} 5 {curve}
[CURVES]
 c 20 5
 c 60 40
 c 80 60
[STATUS]
{status}
[CONTROLS]
 LINK v 25 AT TIME 1
 LINK v OPEN AT TIME 2
 LINK v 75 AT TIME 3
[TIMES]
 DURATION 4
[OPTIONS]
 UNITS LPS
 HEADLOSS H-W
 ACCURACY 1e-9
[END]
"""
FULL_LOSS_M = 5.0 * 8.0 * 0.02**2 / (9.80665 * math.pi**2 * 0.1**4)


def valve(tmp_path, setting, curve="", status=""):
    return read(THROTTLED.format(setting=setting, curve=curve, status=status), tmp_path)


def loss_m(heads, net):
    return heads[..., net.node_id.index("A")] - heads[..., net.node_id.index("B")]


@pytest.mark.parametrize(
    ("setting", "curve", "share"),
    [
        (100, "", 1.0),
        (50, "", 0.5),
        (5, "", 0.05),
        (100, "c", 1.0),
        (70, "c", 0.5),
        (40, "c", 0.225),
        (10, "c", 0.025),
        (90, "c", 0.8),
    ],
)
def test_the_loss_is_that_of_the_open_valve_over_the_square_of_its_share(
    setting, curve, share, tmp_path
):
    net = valve(tmp_path, setting, curve)
    state = water.solve(net)
    assert loss_m(state.head_m, net) == pytest.approx(FULL_LOSS_M / share**2, rel=2e-3)
    one_state = water.simulate(net, 0.0).head_m.to_numpy()[0]
    np.testing.assert_allclose(one_state, state.head_m, atol=1e-4)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="epyt's library for Linux")
@pytest.mark.parametrize("curve", ["", "c"])
@pytest.mark.parametrize("setting", [100, 75, 60, 30, 20, 12])
@pytest.mark.parametrize("status", ["", " v OPEN", " v 25"])
def test_heads_are_those_of_epanet_23_as_is_a_file_written_again(setting, curve, status, tmp_path):
    pytest.importorskip("epyt", reason="epyt is a development dependency")
    net = valve(tmp_path, setting, curve, status)
    heads = water.solve(net).head_m
    for path in (tmp_path / "net.inp", water.write_inp(net, tmp_path / "again.inp")):
        theirs = run_steady_23(path, tmp_path)
        far = np.abs(heads - [theirs[name][0] for name in net.node_id])
        # their factor of minor losses, 0.02517 in feet, is rounded by 1.3e-4
        assert far.max() <= 1e-4 + 2e-4 * loss_m(heads, net)


def test_controls_turn_the_valve(tmp_path):
    net = valve(tmp_path, 50)
    again = water.read_inp(water.write_inp(net, tmp_path / "again.inp"))
    for each in (net, again):
        lost = loss_m(water.simulate(each).head_m.to_numpy(), each)
        expected = FULL_LOSS_M / np.array([0.5, 0.25, 1.0, 0.75, 0.75]) ** 2
        np.testing.assert_allclose(lost, expected, rtol=2e-3)


@pytest.mark.parametrize("setting", [0, -1])
def test_a_shut_one_lets_nothing_pass(setting, tmp_path):
    net = valve(tmp_path, setting)
    state = water.solve(net)
    np.testing.assert_allclose(state.flow_m3s, 0.0, atol=1e-9)
    assert state.supplied.tolist() == [name in "AR" for name in net.node_id]
    np.testing.assert_allclose(water.simulate(net, 0.0).flow_m3s, 0.0, atol=1e-9)


def test_a_curve_that_does_not_rise_is_told_with_its_cure(tmp_path):
    text = THROTTLED.format(setting=50, curve="c", status="").replace("c 80 60", "c 80 30")
    with pytest.raises(CityDataError, match=r"does not rise .* 100 %\n  give percent open"):
        read(text, tmp_path)
