"""Times of an input file, as EPANET 2.2 reads them: whole seconds, no tolerance."""

import pytest

from tests.unit.flows.water.test_inp_write import read

pytest.importorskip("wntr", reason="wntr is a development dependency")
TEXT = """
[JUNCTIONS]
 A 10 1
[RESERVOIRS]
 R 90
[PIPES]
 p R A 200 250 120
[CONTROLS]
 LINK p CLOSED AT {control}
[OPTIONS]
 UNITS LPS
[TIMES]
 DURATION 200
 {times}
[END]
"""
CODES = {
    "duration_s": 0,
    "step_s": 1,
    "pattern_step_s": 3,
    "report_step_s": 5,
    "report_start_s": 6,
    "start_clock_s": 10,
}


def epanet(path, folder):
    """Return the clock and the time of the one control, by EPANET."""
    from wntr.epanet.toolkit import ENepanet

    engine = ENepanet()
    engine.ENopen(str(path), str(folder / "epanet.rpt"), str(folder / "epanet.bin"))
    clock = {name: engine.ENgettimeparam(code) for name, code in CODES.items()}
    control = engine.ENgetcontrol(1)["level"]
    engine.ENclose()
    return clock, control


@pytest.mark.parametrize(
    "times",
    [
        "DURATION 25:99",
        "DURATION 1:90:75",
        "DURATION 2:",
        "DURATION 1.5:30",
        "DURATION 90 MIN",
        "DURATION 2 DAYS",
        "REPORT TIMESTEP 0:90",
        "REPORT START 1:75",
        "REPORT START 300",
        "START CLOCKTIME 25:99",
        "START CLOCKTIME 11:99 PM",
        "START CLOCKTIME 12 AM",
        "START CLOCKTIME 12:30 PM",
    ],
)
def test_the_clock_is_that_of_epanet(times, tmp_path):
    net = read(TEXT.format(times=times, control="TIME 3"), tmp_path)
    theirs, _ = epanet(tmp_path / "net.inp", tmp_path)
    assert {name: getattr(net.times, name) for name in CODES} == theirs


@pytest.mark.parametrize(
    "control",
    [
        "TIME 25:99",
        "TIME 5 PM",
        "TIME 0:00:90",
        "CLOCKTIME 25:99",
        "CLOCKTIME 30",
        "CLOCKTIME 11:75 PM",
        "CLOCKTIME 12 AM",
    ],
)
def test_the_time_of_a_control_is_that_of_epanet(control, tmp_path):
    net = read(TEXT.format(times="", control=control), tmp_path)
    _, theirs = epanet(tmp_path / "net.inp", tmp_path)
    assert net.controls[0].value == theirs
