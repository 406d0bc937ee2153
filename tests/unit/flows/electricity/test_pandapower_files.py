import json

import numpy as np
import pandas as pd
import pytest

from tests.unit.flows.electricity.grids import feeder_tables
from twin.core.errors import CityDataError
from twin.flows.electricity import PowerNetwork, read_pandapower, solve, write_pandapower


def whole_network():
    tables = feeder_tables(6, loops=((0, 3),))
    tables["lines"] = tables["lines"].assign(
        from_end=["closed", *["wired"] * 5], to_end=["wired"] * 5 + ["open"], parallel=2
    )
    tables["loads"] = tables["loads"].assign(
        current_share_p=0.2, current_share_q=0.2, impedance_share_p=0.4, impedance_share_q=0.4
    )
    tables["transformers"] = tables["transformers"].assign(shift_deg=150.0)
    return PowerNetwork(
        **tables,
        # not beside a load: pandapower 3.1 would let its power follow the voltage as the load's
        generators=pd.DataFrame({"generator": ["g"], "bus": "b0", "p_w": 5e3, "q_var": [0.0]}),
        shunts=pd.DataFrame({"shunt": ["c"], "bus": "b3", "p_w": 0.0, "q_var": [-3e3]}),
        switches=pd.DataFrame(
            {"switch": ["w"], "from_bus": "b4", "to_bus": "b5", "closed": [True]}
        ),
    )


def test_a_network_written_and_read_has_the_same_voltages(tmp_path):
    net = whole_network()
    again = read_pandapower(write_pandapower(net, tmp_path / "net.json"))
    one, other = solve(net), solve(again)
    assert other.buses["voltage_v"].to_numpy() == pytest.approx(
        one.buses["voltage_v"].to_numpy(), rel=1e-12
    )
    assert list(again.frames["lines"]["to_end"]) == list(net.frames["lines"]["to_end"])
    assert other.lines["loading"].to_numpy() == pytest.approx(one.lines["loading"].to_numpy())


def test_pandapower_reads_what_is_written_and_agrees(tmp_path):
    pytest.importorskip("pandapower")
    from benchmarks.electricity_peers import read, voltages

    net = whole_network()
    theirs = voltages(read(write_pandapower(net, tmp_path / "net.json")))
    ours = solve(net).buses
    assert np.abs(theirs) == pytest.approx(ours["voltage_share"].to_numpy(), abs=1e-9)


def net_of(**tables):
    bus = pd.DataFrame({"vn_kv": [0.4, 0.4], "in_service": True})
    grid = pd.DataFrame({"bus": [0], "vm_pu": [1.0], "in_service": [True]})
    return {"bus": bus, "ext_grid": grid, "f_hz": 50.0, **tables}


LINE = pd.DataFrame(
    {"from_bus": [0], "to_bus": [1], "length_km": 0.1, "r_ohm_per_km": 0.2, "x_ohm_per_km": 0.1}
)


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"gen": pd.DataFrame({"bus": [1]})}, "gen: E-ELEMENT 1 elements of this kind"),
        ({"trafo3w": pd.DataFrame({"bus": [1, 2]})}, "trafo3w: E-ELEMENT 2 elements"),
        (
            {"switch": pd.DataFrame({"bus": [1], "element": 0, "et": "t3", "closed": True})},
            "switch row 0: E-ELEMENT et = 't3'",
        ),
        (
            {
                "switch": pd.DataFrame(
                    {"bus": [1], "element": 0, "et": "b", "closed": True, "z_ohm": 0.1}
                )
            },
            "switches with impedance are not known",
        ),
        ({"trafo": pd.DataFrame({"tap_step_degree": [1.0]})}, "phase shifters are not known"),
        ({"trafo": pd.DataFrame({"tap_changer_type": ["Ideal"]})}, "use Ratio or Symmetrical"),
        ({"line": LINE.drop(columns="length_km")}, "column 'length_km' lacks"),
        ({"bus": pd.DataFrame()}, "the net has no bus"),
    ],
)
def test_what_has_no_counterpart_is_refused_by_name(tables, message):
    with pytest.raises(CityDataError, match=message):
        read_pandapower(net_of(**tables))


def test_what_is_out_of_service_is_left_out():
    gone = pd.DataFrame({"bus": [1], "p_mw": 0.1, "in_service": [False]})
    net = read_pandapower(net_of(line=LINE, load=gone, gen=gone))
    assert len(net.frames["loads"]) == 0


@pytest.mark.parametrize("text", ["", "[]", json.dumps({"_object": 1})])
def test_a_file_that_is_none_is_refused(text, tmp_path):
    path = tmp_path / "net.json"
    path.write_text(text)
    with pytest.raises(CityDataError, match="is not read"):
        read_pandapower(path)
