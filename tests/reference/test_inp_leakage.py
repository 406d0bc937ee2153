"""Leakage of pipes as EPANET 2.3 computes it; tolerance 1e-3 m of head, 1e-4 of the outflow."""

import dataclasses
import sys

import numpy as np
import pytest

from tests.naive.water import GRAVITY
from tests.reference.epanet_engine import run_steady_23
from tests.unit.flows.water.test_inp_write import assert_equal, read
from tests.unit.flows.water.waters import junction, network, pipe, reservoir
from twin.core.errors import CityDataError
from twin.flows import water

pytest.importorskip("epyt", reason="epyt is a development dependency")
LEAKY = """
[JUNCTIONS]
 A 10 2
 B 12 1
 C 8 3
[RESERVOIRS]
 R 60
[PIPES]
 p R A 100 150 130
 q A B 250 150 130
 r B C 700 100 110
[EMITTERS]
 B 0.1
[LEAKAGE]
 p 90 3
 q 0 12
 r 150 0
[OPTIONS]
 UNITS LPS
 ACCURACY 1e-8
[END]
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="epyt's library for Linux")
@pytest.mark.parametrize("exponent", [0.5, 0.7, 1.0, 1.2, 2.0])
@pytest.mark.parametrize("units", ["LPS", "GPM"])
def test_leaks_of_pipes_are_those_of_epanet(units, exponent, tmp_path):
    text = LEAKY.replace("LPS", f"{units}\n EMITTER EXPONENT {exponent:g}")
    net = read(text.replace("B 0.1", f"B {0.1 if exponent <= 1.0 else 0.01:g}"), tmp_path)
    flow, length = {"LPS": (1e-3, 1.0), "GPM": (6.30902e-5, 0.3048)}[units]
    state = water.solve(net)
    for path in (tmp_path / "net.inp", water.write_inp(net, tmp_path / "again.inp")):
        found = run_steady_23(path, tmp_path)
        head, out = np.array([found[name] for name in net.node_id]).T
        np.testing.assert_allclose(state.head_m, head * length, atol=1e-3)
        ours = state.demand_m3s + state.leak_m3s
        np.testing.assert_allclose(ours[:3], out[:3] * flow, rtol=1e-4)


def test_leakage_is_read_back_as_it_was(tmp_path):
    net = read(LEAKY, tmp_path)
    assert (net.leak_area_m2[:3] > 0.0).all()
    again = water.read_inp(water.write_inp(net, tmp_path / "again.inp"))
    np.testing.assert_allclose(again.leak_area_m2, net.leak_area_m2, rtol=1e-12)
    assert_equal(net, again)


def test_leakage_that_cannot_be_is_named(tmp_path):
    text = LEAKY.replace("q 0 12", "q -3 12\n R 1 1\n zz 1 1")
    with pytest.raises(CityDataError, match=r"leak -3 12 is negative") as caught:
        read(text, tmp_path)
    assert "pipe 'zz' is not defined" in str(caught.value)


def test_an_emitter_of_any_exponent_adds_to_cracks_that_widen():
    """One node on a pipe: its own outflow balances its own law, with three exponents at once."""
    leaks = {"leak_area_m2": 2e-4, "crack_growth_m": 5e-6, "leak_exponent": 0.8}
    node = junction("A", 10.0, leak_coefficient=1e-4, **leaks)
    state = water.solve(network([reservoir(), node], [pipe("p", "R", "A", diameter_m=0.15)]))
    over = state.head_m[1] - 10.0
    orifice = 0.6 * np.sqrt(2.0 * GRAVITY * over)
    expected = orifice * (2e-4 + 5e-6 * over) + 1e-4 * over**0.8
    assert state.leak_m3s[1] == pytest.approx(expected, rel=1e-6)
    assert state.flow_m3s[0] == pytest.approx(expected, abs=1e-7)
    assert 5.0 < over < 85.0


def test_cracks_that_widen_without_a_file_are_written_as_emitters(tmp_path):
    node = junction("A", 10.0, crack_growth_m=5e-6)
    net = network([reservoir(), node], [pipe("p", "R", "A")])
    again = water.read_inp(water.write_inp(net, tmp_path / "again.inp"))
    assert again.leak_exponent[again.node_id.index("A")] == 1.5
    leaked = (water.solve(each).leak_m3s.sum() for each in (net, again))
    assert next(leaked) == pytest.approx(next(leaked), rel=1e-9)
    other = network([reservoir(), node | {"leak_area_m2": 1e-4}], [pipe("p", "R", "A")])
    with pytest.raises(CityDataError, match=r"leak with exponents 0\.5, 1\.5; EPANET has one"):
        water.write_inp(other, tmp_path / "again.inp")


def test_leaks_that_are_no_more_those_of_the_file_are_refused(tmp_path):
    net = read(LEAKY, tmp_path)
    mended = dataclasses.replace(net, leak_area_m2=np.zeros(net.n_nodes))
    with pytest.raises(CityDataError, match="leaks less than the LEAKAGE lines"):
        water.write_inp(mended, tmp_path / "again.inp")
