import numpy as np
import pytest

from twin.core.errors import CityDataError
from twin.flows import water

GOOD = """
[JUNCTIONS]
 A 10 0
 B 10 5
[RESERVOIRS]
 R 60
[PIPES]
 p R A 500 200 120 0 OPEN
[VALVES]
 v A B 200 PRV 30 0
[CONTROLS]
 LINK v 20 AT TIME 1
 LINK v CLOSED AT TIME 2:00
[TIMES]
 DURATION 2
[OPTIONS]
 UNITS LPS
 HEADLOSS H-W
[END]
"""


def read(text, tmp_path):
    path = tmp_path / "net.inp"
    path.write_text(text)
    return water.read_inp(path)


def test_a_reducing_valve_holds_its_setting_until_a_control_changes_it(tmp_path):
    result = water.simulate(read(GOOD, tmp_path))
    np.testing.assert_allclose(result.pressure_m["B"].iloc[:2], [30.0, 20.0], atol=1e-6)
    np.testing.assert_allclose(result.flow_m3s["v"], [0.005, 0.005, 0.0], atol=1e-9)
    assert result.supplied["B"].tolist() == [True, True, False]
    assert result.unbalanced_steps == ()


def test_a_reducing_valve_without_pressure_enough_stands_open(tmp_path):
    result = water.simulate(read(GOOD.replace("R 60", "R 35"), tmp_path))
    assert result.pressure_m["B"].iloc[0] < 25.0
    np.testing.assert_allclose(result.head_m["B"].iloc[0], result.head_m["A"].iloc[0], atol=1e-6)


def test_a_flow_valve_passes_no_more_than_its_setting(tmp_path):
    text = GOOD.replace("PRV 30", "FCV 3").replace("v 20", "v 2").replace("B 10 5", "B 10 1")
    text = text.replace("[VALVES]", " q R B 900 100 100\n[VALVES]").replace("B 10 1", "B 10 9")
    flow = water.simulate(read(text, tmp_path)).flow_m3s["v"]
    np.testing.assert_allclose(flow, [0.003, 0.002, 0.0], atol=1e-6)


def test_all_faults_of_a_file_come_at_once_with_line_and_cure(tmp_path):
    text = GOOD.replace("A 10 0", "A ten 0").replace("R A 500", "R Z 500")
    text = text.replace("PRV 30", "PRX 30").replace("UNITS LPS", "UNITS LPZ")
    text = text.replace("LINK v 20", "LINK w 20")
    with pytest.raises(CityDataError) as caught:
        read(text, tmp_path)
    said = str(caught.value)
    assert "net.inp:3: [JUNCTIONS]: elevation is 'ten', not a number" in said
    assert "net.inp:8: [PIPES]: node 'Z' is not defined" in said
    assert "net.inp:10: [VALVES]: valve type 'PRX' is not known\n  Did you mean PRV?" in said
    assert "net.inp:12: [CONTROLS]: link 'w' is not defined" in said
    assert "net.inp:17: [OPTIONS]: 'LPZ' is not one of" in said


def test_bounds_name_the_line_of_the_file(tmp_path):
    with pytest.raises(CityDataError, match=r"net.inp:8: \[PIPES\] \(p\): diameter_m = 0 <= 0"):
        read(GOOD.replace("500 200", "500 0"), tmp_path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CityDataError, match=r"none.inp: cannot be read"):
        water.read_inp(tmp_path / "none.inp")
