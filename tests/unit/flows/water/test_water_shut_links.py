"""Links that are open and yet shut by heads, as rules and controls see them."""

import pytest

from tests.unit.flows.water.test_inp_write import read
from twin.flows import water

FULL_TANK = """
[JUNCTIONS]
 J 0 10 B
[RESERVOIRS]
 R 91
[TANKS]
 T 20 2 0 2 7 0
[PIPES]
 main J R 2000 80 90
 rise J T 90 50 100
[PATTERNS]
 B 0.04 0.8
{action}
[TIMES]
 DURATION 1:00
[OPTIONS]
 UNITS LPS
 HEADLOSS H-W
"""


def switched(tmp_path, action):
    """Return the flow of the pipe at the tank after an hour in which the tank kept it shut."""
    net = read(FULL_TANK.format(action=action), tmp_path)
    return water.simulate(net).flow_m3s["rise"]


@pytest.mark.parametrize(
    "action",
    [
        "[RULES]\nRULE r\nIF SYSTEM TIME >= 1\nTHEN PIPE rise STATUS IS CLOSED",
        "[CONTROLS]\nLINK rise CLOSED AT TIME 1",
    ],
)
def test_what_a_full_tank_keeps_shut_no_rule_or_control_shuts_as_in_epanet(tmp_path, action):
    flow = switched(tmp_path, action)
    assert flow.iloc[0] == 0.0
    assert flow.iloc[-1] < -1e-3


def test_a_rule_shuts_what_heads_do_not_keep_shut(tmp_path):
    action = "[RULES]\nRULE r\nIF SYSTEM TIME >= 0:30\nTHEN PIPE main STATUS IS CLOSED"
    flow = switched(tmp_path, action)
    assert flow.iloc[-1] == pytest.approx(-8e-3, abs=1e-5)  # the tank alone serves 8 l/s


PUMP = """
[JUNCTIONS]
 J 0 1
[RESERVOIRS]
 low 40
 high {head}
[PIPES]
 main J high 30 50 70
[PUMPS]
 u low high HEAD c
[CURVES]
 c 0 20
 c 4.9 16
 c 7 10
[RULES]
 RULE r
 IF PUMP u STATUS IS OPEN
 THEN PUMP u SETTING IS 1
 ELSE PIPE main STATUS IS CLOSED
[TIMES]
 DURATION 1:00
[OPTIONS]
 UNITS LPS
 HEADLOSS H-W
"""


@pytest.mark.parametrize(("head", "runs"), [(50.0, True), (80.0, False)])
def test_a_pump_counts_as_closed_where_it_stands_behind_more_head_than_it_lifts(
    tmp_path, head, runs
):
    flow = water.simulate(read(PUMP.format(head=head), tmp_path)).flow_m3s
    assert bool(flow["u"].iloc[0] > 0.0) is runs
    assert bool(flow["main"].iloc[-1] != 0.0) is runs
