import numpy as np
import pandas as pd
import pytest

from tests.unit.flows.sewer.sewers import reach_tables
from twin.core.errors import CityDataError
from twin.flows.sewer import SewerNetwork, read_inp, simulate, write_inp

TEXT = """
[OPTIONS]
FLOW_UNITS CMS
ROUTING_STEP 0:00:10
END_TIME 1:00:00
[JUNCTIONS]
a 10 3 0 0 0
[OUTFALLS]
b 9 FREE NO
[CONDUITS]
c a b 100 0.013 0 0 0 0
[XSECTIONS]
c CIRCULAR 0.5 0 0 0 1
[TIMESERIES]
t 0:00 0.1 2:00 0.1
[INFLOWS]
a FLOW t FLOW 1 1 0
"""


def read(tmp_path, text):
    path = tmp_path / "s.inp"
    path.write_text(text)
    return read_inp(path)


def test_a_file_is_read_and_run(tmp_path):
    file = read(tmp_path, TEXT)
    inflow = file.inflow_m3s()
    assert inflow.shape == (360, 2)
    assert inflow[:, 0] == pytest.approx(np.full(360, 0.1))
    run = simulate(file.network, inflow, step_s=file.step_s)
    assert run.flow_m3s[-1, 0] == pytest.approx(0.1, rel=1e-3)


def test_a_network_written_and_read_runs_the_same(tmp_path):
    tables = reach_tables(5)
    ends = {"from_node": "n2", "to_node": "n3"}
    weir = {"weir": "w", **ends, "crest_m": 1.0, "height_m": 2.0, "width_m": 1.0}
    hole = {"orifice": "o", **ends, "kind": "side", "crest_m": 0.5, "height_m": 0.2}
    net = SewerNetwork(
        **tables,
        storages=pd.DataFrame({"node": "n2", "depth_m": [0.0, 3.0], "area_m2": [5.0, 9.0]}),
        weirs=pd.DataFrame([weir | {"coefficient": 1.8}]),
        orifices=pd.DataFrame([hole | {"area_m2": 0.03, "coefficient": 0.6}]),
        pumps=pd.DataFrame(
            {"pump": "p", **ends, "by": "depth", "x_m": [0.5, 2.0], "flow_m3s": [0.0, 0.05]}
        ),
    )
    inflow = np.zeros((60, 6))
    inflow[:, 0] = 0.2
    path = write_inp(net, tmp_path / "s.inp", inflow_m3s=inflow, step_s=10.0)
    again = read_inp(path).network
    one, other = (simulate(x, inflow[:, :6], step_s=10.0) for x in (net, net))
    back = np.zeros((60, 6))
    back[:, again.row_of["n0"]] = 0.2
    other = simulate(again, back, step_s=10.0)
    order = [again.row_of[name] for name in net.row_of]
    assert other.level_m[:, order] == pytest.approx(one.level_m, abs=1e-6)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("CIRCULAR", "ARCH", r"s.inp:12: E-INP section ARCH is not known here"),
        ("[INFLOWS]", "[SUBCATCHMENTS]", r"s.inp:15: E-SECTION section \[SUBCATCHMENTS\]|s.inp:16"),
        ("b 9 FREE NO", "b 9 TIDAL x NO", r"s.inp:9: E-INP outfall tidal is not known"),
        ("c a b 100 0.013", "c a b long 0.013", r"s.inp:11: E-INP \[CONDUITS\] is not read"),
        ("c CIRCULAR", "d CIRCULAR", r"s.inp:11: E-INP c has no line in \[XSECTIONS\]"),
        ("0 0 0 1\n[TIME", "0 0 0 2\n[TIME", "more than one barrel"),
        ("CMS", "BARRELS", "flow unit BARRELS is not known"),
        ("FLOW_UNITS CMS", "FLOW_UNITS CMS\nALLOW_PONDING YES", "ALLOW_PONDING YES is not known"),
        ("a FLOW t", "a FLOW u", "series u is not in"),
        ("a FLOW t", "a FLOW t FLOW 1 1 0 weekly\na FLOW t", "without a pattern"),
        ("t 0:00 0.1", 't FILE "x.dat"\nt 0:00 0.1', "series of files"),
        ("[XSECTIONS]", "[WEIRS]\nw a b SIDEFLOW 0 1.8 NO\n[XSECTIONS]", "weir SIDEFLOW is not"),
        ("[XSECTIONS]", "[PUMPS]\np a b k ON\n[XSECTIONS]", "pump curve k of kind none"),
        ("[XSECTIONS]", "[STORAGE]\ns 9 3 0 TABULAR k\n[XSECTIONS]", r"curve k is not in"),
        ("[XSECTIONS]", "[STORAGE]\ns 9 3 0 CONICAL k\n[XSECTIONS]", r"storage CONICAL is not"),
        ("a FLOW t FLOW 1 1 0", 'a FLOW t\n[DWF]\na FLOW 1 "" "daily"', "without a pattern"),
    ],
)
def test_a_line_without_counterpart_is_refused_by_its_number(tmp_path, old, new, message):
    with pytest.raises(CityDataError, match=message):
        read(tmp_path, TEXT.replace(old, new, 1))


@pytest.mark.parametrize("name", ["none.inp", "empty.inp"])
def test_a_file_that_is_none_is_refused(tmp_path, name):
    (tmp_path / "empty.inp").write_text("")
    with pytest.raises(CityDataError, match=r"is not read|has no section"):
        read_inp(tmp_path / name)
