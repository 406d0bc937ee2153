"""Writing an input file: what is read again is what was written."""

import dataclasses

import numpy as np
import pytest

from tests.unit.flows.water.waters import grid, junction, network, pipe, pump, reservoir, tank
from twin.core.errors import CityDataError
from twin.flows import water

FULL = """
[TITLE]
 A town with all there is
[JUNCTIONS]
 A 10 3.3
 B 12.7 5 wave
 C 9.1 0
[RESERVOIRS]
 R 60 wave
[TANKS]
 T 50 3 1 5 11.3 7 vol YES
[PIPES]
 p1 R A 512.3 200 117 0.3
 p2 A B 100 150 90 0 CV
 p3 C T 33 100 100 0 CLOSED
[PUMPS]
 u1 A C HEAD law SPEED 0.93 PATTERN wave
 u2 A C HEAD line
 u3 A C POWER 3.7
[VALVES]
 v1 B C 100 PRV 31 0.2
 v2 A C 100 GPV drop 0
 v3 A B 80 FCV 2.2 0
 v4 A B 80 TCV 12 0
[EMITTERS]
 A 0.31
[CURVES]
 law 0 51.3
 law 7 47.1
 law 15 22.2
 line 1 40
 line 3 33
 line 7 20
 line 9 3
 drop 0 0
 drop 3 7.7
 drop 9 9.9
 vol 0 0
 vol 6 431
[PATTERNS]
 wave 0.7 1.3 1.1
[STATUS]
 u2 CLOSED
 v4 OPEN
 u3 1.1
[CONTROLS]
 LINK u1 CLOSED IF NODE T ABOVE 4.7
 LINK u1 0.77 IF NODE B BELOW 13.3
 LINK v1 22.2 AT TIME 3:17
 LINK p1 OPEN AT CLOCKTIME 6 PM
[RULES]
 RULE night
 IF SYSTEM CLOCKTIME >= 8 PM
 AND NODE T LEVEL BELOW 3.3
 OR LINK v3 SETTING = 2.2
 OR LINK u1 STATUS IS OPEN
 OR NODE T FILLTIME > 1.5
 THEN PUMP u1 SETTING IS 0.6
 AND PIPE p1 STATUS IS CLOSED
 ELSE VALVE v3 SETTING IS 1.7
 PRIORITY 3
[DEMANDS]
 A 1.1 wave
 A 2.2
[ENERGY]
 GLOBAL PRICE 3
[QUALITY]
 A 0.5
[TIMES]
 DURATION 5
 STATISTIC NONE
[OPTIONS]
 UNITS LPS
 HEADLOSS H-W
 EMITTER EXPONENT 0.7
 DEMAND MULTIPLIER 1.3
 QUALITY CHLORINE MG/L
[COORDINATES]
 A 1 2
[END]
"""


def read(text, tmp_path):
    path = tmp_path / "net.inp"
    path.write_text(text)
    return water.read_inp(path)


def assert_equal(one, two):
    """Fail where two networks differ in any field by more than the last bit."""
    for field in dataclasses.fields(one):
        a, b = getattr(one, field.name), getattr(two, field.name)
        if field.name in {"patterns", "tank_curve", "curve"}:
            assert [x.tolist() for x in a] == [x.tolist() for x in b], field.name
        elif isinstance(a, np.ndarray):
            np.testing.assert_allclose(a, b, rtol=3e-16, err_msg=field.name)
        elif field.name not in {"nodes", "kept_places"}:
            assert repr(a) == repr(b), field.name


@pytest.mark.parametrize("units", ["LPS", "GPM", "CMH", "IMGD"])
@pytest.mark.parametrize("law", ["H-W", "D-W", "C-M"])
def test_what_is_written_reads_as_the_same_network(units, law, tmp_path):
    text = FULL.replace("UNITS LPS", f"UNITS {units}").replace("HEADLOSS H-W", f"HEADLOSS {law}")
    net = read(text, tmp_path)
    assert_equal(net, water.read_inp(water.write_inp(net, tmp_path / "again.inp")))


def test_curves_keep_their_names_and_text(tmp_path):
    text = water.write_inp(read(FULL, tmp_path), tmp_path / "again.inp").read_text()
    assert " u1 A C HEAD law".strip() in text
    assert " law 7 47.1" in text
    assert "v2 A C 100 GPV drop 0" in text
    assert text.count("GLOBAL PRICE") == 1


def frames():
    """Return a network from tables, with a pump of each sort, a tank and a constant demand."""
    nodes = [
        reservoir(head_m=40.0),
        junction("A", demand_m3s=0.01),
        junction("B", demand_m3s=0.002, pattern="day", leak_area_m2=1e-4),
        tank(volume_curve=[(0.0, 0.0), (6.0, 300.0)]),
    ]
    links = [
        pipe("p", "A", "B"),
        pipe("q", "B", "T"),
        pump("u", "R", "A", (0.02, 30.0)),
        pump("w", "R", "A", (0.0, 50.0), (0.01, 44.0), (0.02, 21.0)),
        pump("z", "R", "A", (0.01, 50.0), (0.02, 44.0), (0.03, 33.0), (0.05, 1.0)),
    ]
    return network(nodes, links, patterns={"day": [0.5, 1.5]})


def test_a_network_from_tables_gets_curves_and_a_steady_default_pattern(tmp_path):
    net = frames()
    again = water.read_inp(water.write_inp(net, tmp_path / "tables.inp"))
    np.testing.assert_allclose(again.pump_lift_m, net.pump_lift_m, rtol=1e-12)
    np.testing.assert_allclose(again.pump_resistance, net.pump_resistance, rtol=1e-9)
    for ours, theirs in zip(net.curve, again.curve, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    one, two = (water.simulate(each, 7200.0) for each in (net, again))
    np.testing.assert_allclose(one.head_m, two.head_m[one.head_m.columns], atol=1e-6)


def test_all_that_epanet_cannot_say_is_named_at_once(tmp_path):
    nodes = [reservoir(), junction("A B", leak_area_m2=1e-4), junction("n" * 40, full_pressure_m=9)]
    nodes[2] |= {"leak_coefficient": 1e-4, "leak_exponent": 1.5}
    links = [pipe("p;", "R", "A B"), pipe("q", "A B", "n" * 40)]
    net = network(nodes, links, pressure_driven=True)
    with pytest.raises(
        CityDataError, match="node 'A B': is no name to EPANET: it is empty"
    ) as caught:
        water.write_inp(net, tmp_path / "x.inp")
    said = str(caught.value)
    assert len(caught.value.faults) == 5
    assert "it is over 31 bytes long" in said
    assert "have several full_pressure_m; EPANET has one for all" in said
    assert "leak with exponents 0.5, 1.5; EPANET has one" in said
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CityDataError, match=r"x.inp: cannot be written"):
        water.write_inp(grid(2), tmp_path / "none" / "x.inp")
