"""EPANET runs a file we wrote to the result of the file it was read from.

Tolerance 1e-4 m of head and 1e-6 of the largest flow, at every solve of every public case.
"""

import dataclasses
import warnings

import numpy as np
import pytest

from tests.reference.epanet_engine import run_hydraulics
from tests.reference.test_water_epanet import CASES
from tests.unit.flows.water.test_inp_write import FULL, frames, read
from twin.flows import water

pytest.importorskip("wntr", reason="wntr is a development dependency")
SLOW = {"Net6_24h", "LTOWN_24h"}


def runs(one, two, folder):
    """Run two files; EPANET's own warnings are not ours to judge."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return run_hydraulics(one, folder), run_hydraulics(two, folder)


def assert_same(first, second):
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_allclose(second[1], first[1], atol=1e-4)
    np.testing.assert_allclose(second[2], first[2], atol=1e-6 * np.abs(first[2]).max())


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else [])
        for name in (*CASES, "ky10_24h")
    ],
)
def test_epanet_finds_the_same_heads_in_the_written_file(name, shared_data, tmp_path):
    source = shared_data / "water" / f"{name}.inp"
    if not source.is_file():
        pytest.skip(f"no {name}.inp in {shared_data}")
    written = water.write_inp(water.read_inp(source), tmp_path / "written.inp")
    assert_same(*runs(source, written, tmp_path))


def test_epanet_runs_a_file_with_every_element(tmp_path):
    net = read(FULL, tmp_path)
    written = water.write_inp(net, tmp_path / "written.inp")
    assert_same(*runs(tmp_path / "net.inp", written, tmp_path))


def test_epanet_agrees_with_us_on_a_network_from_tables(tmp_path):
    net = dataclasses.replace(frames(), kept={"OPTIONS": ("UNITS CMH", "ACCURACY 1e-7")})
    written = water.write_inp(net, tmp_path / "tables.inp")
    _, head, _ = run_hydraulics(written, tmp_path)
    order = [*np.flatnonzero(net.node_kind == 0), 0, 3]
    np.testing.assert_allclose(head[0], water.simulate(net).head_m.to_numpy()[0, order], atol=1e-3)
