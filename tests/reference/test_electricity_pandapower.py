"""Voltages against pandapower's on published and real networks, 1e-9 per unit."""

import numpy as np
import pytest

from twin.flows.electricity import read_pandapower, solve

pytest.importorskip("pandapower")

NAMES = (
    "mv_oberrhein",
    "create_cigre_network_mv",
    "create_cigre_network_lv",
    "create_kerber_vorstadtnetz_kabel_1",
    "create_kerber_landnetz_freileitung_1",
)


def compared(net):
    from benchmarks.electricity_peers import voltages

    theirs = voltages(net)[net.bus["in_service"].to_numpy(dtype=bool)]
    buses = solve(read_pandapower(net)).buses
    ours = buses["voltage_share"] * np.exp(1j * np.radians(buses["angle_deg"]))
    return np.abs(ours.to_numpy() - theirs)


@pytest.mark.parametrize("name", NAMES)
def test_published_networks_have_pandapowers_voltages(name):
    from benchmarks.electricity_peers import network

    assert np.nanmax(compared(network(name))) < 1e-9


def test_a_real_low_voltage_network_has_pandapowers_voltages(shared_data):
    from benchmarks.electricity_peers import read

    path = shared_data / "city" / "schutterwald" / "lv_schutterwald.json"
    if not path.is_file():
        pytest.skip(f"{path.name} is not there")
    assert np.nanmax(compared(read(path))) < 1e-9
