"""What words of an input file mean: DISABLED, BACKFLOW, pressure units, a status in a rule."""

import re

import pytest

from twin.core.errors import CityDataError
from twin.flows import water
from twin.flows.water.inp.lines import split_text
from twin.flows.water.inp.read.network import network_of_text

TEXT = """
[JUNCTIONS]
A 8 0
B 4 5
[RESERVOIRS]
R 70
[PIPES]
P1 R A 200 200 120 0 Open
P2 R A 400 100 120 0 Open
[VALVES]
V A B 150 PRV {setting} 0
[OPTIONS]
UNITS LPS
{options}
[TIMES]
DURATION 3
{more}
"""


def read(more="", options="", setting="15", text=TEXT):
    filled = text.format(more=more, options=options, setting=setting)
    return network_of_text(split_text(filled, "x.inp"))


def heads(net, node="B"):
    return water.simulate(net).head_m[node].tolist()


@pytest.mark.parametrize(
    ("unit", "setting", "head_m"),
    [
        ("", "15", 19.0),
        ("PRESSURE METERS", "15", 19.0),
        ("PRESSURE FEET", "50", 4.0 + 50 * 0.3048),
        ("PRESSURE PSI", "20", 4.0 + 20 * 0.3048 / 0.4333),
        ("PRESSURE KPA", "150", 4.0 + 150 / 9.8013),
        ("PRESSURE BAR", "1.5", 4.0 + 150 / 9.8013),
    ],
)
def test_pressures_are_read_in_the_unit_that_is_named(unit, setting, head_m):
    assert heads(read(options=unit, setting=setting))[0] == pytest.approx(head_m, abs=2e-3)


def test_a_heavier_liquid_stands_lower_for_a_pressure_but_not_for_a_height():
    for unit, setting, height in (("BAR", "1.5", 150 / 9.8013), ("FEET", "50", 15.24)):
        options = f"PRESSURE {unit}\nSPECIFIC GRAVITY 1.25"
        found = heads(read(options=options, setting=setting))[0]
        shorter = height if unit == "FEET" else height / 1.25
        assert found == pytest.approx(4.0 + shorter, abs=2e-3)


@pytest.mark.parametrize("when", ["AT TIME 1", "AT CLOCKTIME 1 AM", "IF NODE A ABOVE 1"])
def test_a_control_that_ends_with_disabled_does_nothing(when):
    still = heads(read(f"[CONTROLS]\nLINK P1 CLOSED {when} DISABLED"), "A")
    assert still == heads(read(), "A")
    assert heads(read(f"[CONTROLS]\nLINK P1 CLOSED {when}"), "A") != still


def test_a_rule_with_a_line_disabled_does_nothing():
    rule = "[RULES]\nRULE 1\nIF SYSTEM TIME >= 1\nTHEN PIPE P1 STATUS IS CLOSED\n"
    assert heads(read(rule + "DISABLED"), "A") == heads(read(), "A")
    assert heads(read(rule), "A") != heads(read(), "A")


def test_what_is_disabled_is_written_and_read_again(tmp_path):
    more = "[CONTROLS]\nLINK P1 CLOSED AT TIME 1 DISABLED\n"
    more += "[RULES]\nRULE 1\nIF SYSTEM TIME >= 1\nTHEN VALVE V STATUS IS OPEN\nDISABLED"
    net = read(more)
    water.write_inp(net, tmp_path / "y.inp")
    again = water.read_inp(tmp_path / "y.inp")
    assert again.controls == net.controls
    assert again.rules == net.rules


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ("[CONTROLS]\nLINK P1 CLOSED AT TIME 1 HOURS soon", "soon"),
        ("[CONTROLS]\nLINK P1 CLOSED AT CLOCKTIME 1 AM daily", "daily"),
        ("[CONTROLS]\nLINK P1 CLOSED IF NODE A BELOW 5 m", "m"),
        ("[CONTROLS]\nLINK P1 CLOSED IF NODE A BELOW 5 DISABLED twice", "DISABLED twice"),
        ("[RULES]\nRULE 1 first\nIF SYSTEM TIME >= 1\nTHEN PIPE P1 STATUS IS CLOSED", "first"),
        ("[RULES]\nRULE 1\nIF NODE A LEVEL < 1 m\nTHEN PIPE P1 STATUS IS CLOSED", "m"),
        ("[RULES]\nRULE 1\nIF SYSTEM TIME >= 1\nTHEN PIPE P1 STATUS IS CLOSED now", "now"),
        (
            "[RULES]\nRULE 1\nIF SYSTEM TIME = 1\nTHEN PIPE P1 STATUS IS OPEN\nPRIORITY 1 DISABLED",
            "DISABLED",
        ),
    ],
)
def test_words_after_the_end_of_a_line_are_refused(more, word):
    with pytest.raises(CityDataError, match=re.escape(f"{word!r} stands after the end")):
        read(more)


@pytest.mark.parametrize("link", ["VALVE V", "LINK V"])
def test_a_rule_that_opens_an_active_valve_leaves_its_setting(link):
    rule = f"[RULES]\nRULE 1\nIF SYSTEM TIME >= 1\nTHEN {link} STATUS IS OPEN"
    assert heads(read(rule)) == pytest.approx([19.0] * 4, abs=1e-3)


def test_a_rule_that_opens_a_closed_valve_opens_it_without_a_setting():
    rule = "[RULES]\nRULE 1\nIF SYSTEM TIME >= 1\nTHEN VALVE V STATUS IS OPEN\n[STATUS]\nV CLOSED"
    found = water.simulate(read(rule))
    assert not found.supplied.loc[0, "B"]
    assert found.head_m.loc[7200, "B"] > 60.0


def test_a_rule_that_opens_a_running_pump_leaves_its_speed():
    text = TEXT.replace("V A B 150 PRV {setting} 0", "") + "[PUMPS]\nU A B HEAD c SPEED 0.7\n"
    rule = "[RULES]\nRULE 1\nIF SYSTEM TIME >= 1\nTHEN PUMP U STATUS IS OPEN\n[CURVES]\nc 10 40"
    found = heads(read(text=text + rule))
    assert found == pytest.approx([found[0]] * 4, abs=1e-6)


EMITTER = TEXT.replace("V A B 150 PRV {setting} 0", "V A B 150 TCV 0 0").replace("B 4 5", "B 85 0")


@pytest.mark.parametrize("options", ["", "BACKFLOW ALLOWED YES", "EMITTER BACKFLOW YES"])
def test_water_flows_in_through_an_emitter_above_the_grade_line(options):
    result = water.simulate(read("[EMITTERS]\nB 2", options, text=EMITTER))
    head, leak = result.head_m.loc[0, "B"], result.leak_m3s.loc[0, "B"]
    assert leak == pytest.approx(-2.0e-3 * (85.0 - head) ** 0.5, rel=1e-4)
    assert head > 70.0


@pytest.mark.parametrize("options", ["BACKFLOW ALLOWED NO", "EMITTER BACKFLOW NO", "BACKFLOW NO"])
def test_without_backflow_an_emitter_above_the_grade_line_is_shut(options):
    result = water.simulate(read("[EMITTERS]\nB 2", options, text=EMITTER))
    assert result.leak_m3s.loc[0, "B"] == 0.0
    assert result.head_m.loc[0, "B"] == pytest.approx(70.0, abs=1e-4)


def test_backflow_follows_an_exponent_above_one_too():
    options = "EMITTER EXPONENT 1.5"
    result = water.simulate(read("[EMITTERS]\nB 0.2", options, text=EMITTER))
    head, leak = result.head_m.loc[0, "B"], result.leak_m3s.loc[0, "B"]
    assert leak == pytest.approx(-0.2e-3 * (85.0 - head) ** 1.5, rel=1e-4)


PUMPED = """
[JUNCTIONS]
J 0 5
[RESERVOIRS]
R 10
[PUMPS]
U R J HEAD C SPEED 0.8
[CURVES]
C 5 40
[STATUS]
{more}
[OPTIONS]
UNITS LPS
{options}
"""


@pytest.mark.parametrize(
    ("lines", "is_open", "speed"),
    [
        ("U OPEN", True, 1.0),
        ("U CLOSED", False, 0.8),
        ("U 1.2", True, 1.2),
        ("U CLOSED\nU 1.2", True, 1.2),
        ("U 0", False, 0.0),
    ],
)
def test_a_status_sets_the_speed_of_a_pump_as_in_epanet(lines, is_open, speed):
    net = read(lines, text=PUMPED)
    assert (bool(net.is_open[0]), net.pump_speed[0]) == (is_open, speed)
