"""Leakage of pipes as EPANET 2.3 computes it; tolerance 1e-3 m of head, 1e-4 of the outflow."""

import dataclasses
import sys

import numpy as np
import pytest

from tests.reference.epanet_engine import run_steady_23
from tests.unit.flows.water.test_inp_write import assert_equal, read
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
@pytest.mark.parametrize("units", ["LPS", "GPM"])
def test_leaks_of_pipes_are_those_of_epanet(units, tmp_path):
    net = read(LEAKY.replace("LPS", units), tmp_path)
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
    np.testing.assert_allclose(again.leak_coefficient, net.leak_coefficient, rtol=1e-12)
    plain = read(LEAKY.replace(" B 0.1\n", ""), tmp_path)
    assert_equal(plain, water.read_inp(water.write_inp(plain, tmp_path / "again.inp")))


def test_leakage_that_cannot_be_is_named(tmp_path):
    text = LEAKY.replace("q 0 12", "q -3 12\n R 1 1\n zz 1 1").replace(
        "LPS", "LPS\n EMITTER EXPONENT 0.9"
    )
    with pytest.raises(CityDataError, match=r"leak -3 12 is negative") as caught:
        read(text, tmp_path)
    said = str(caught.value)
    assert "pipe 'zz' is not defined" in said
    assert "'B' has an emitter of exponent 0.9 and cracks that widen" in said


def test_leaks_that_are_no_more_those_of_the_file_are_refused(tmp_path):
    net = read(LEAKY, tmp_path)
    mended = dataclasses.replace(net, leak_area_m2=np.zeros(net.n_nodes))
    with pytest.raises(CityDataError, match="leaks less than the LEAKAGE lines"):
        water.write_inp(mended, tmp_path / "again.inp")
