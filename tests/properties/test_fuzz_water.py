"""Fifty drawn networks show nothing but kinds known by name; each known kind is a case."""

from pathlib import Path

import pytest

from tests.fuzz.water.draw import draw_network
from tests.fuzz.water.fuzz import Bench
from tests.fuzz.water.text import parse
from tests.fuzz.workers import Here

pytest.importorskip("wntr", reason="wntr, a development dependency, holds EPANET 2.2")
pytest.importorskip("epyt", reason="epyt, a development dependency, holds EPANET 2.3")

CASES = Path(__file__).parents[1] / "fuzz" / "cases" / "water"
SEED, NETWORKS = 7, 50
FORCED = "demand or inflow is forced through what is shut or limits it, and the step is not flagged"
NOT_MENDED = {
    "dead_end_behind_a_psv": "a PSV that feeds a dead end is flagged though its state is known",
    "demand_behind_a_psv": FORCED,
    "demand_over_an_fcv": FORCED,
    "emitter_over_the_grade_line": "EMITTER BACKFLOW is YES by default in EPANET 2.3",
    "general_valve_with_minor_loss": "a GPV has no minor loss in EPANET",
    "inflow_against_a_check_valve": FORCED,
    "inflow_against_a_pump": FORCED,
    "inflow_into_a_full_tank": FORCED,
    "inflow_into_an_empty_tank": "what a well gives to an empty tank is lost",
    "rule_opens_a_pbv": "a rule's status acts on a link that is in that state already",
    "status_open_of_a_pump": "STATUS OPEN sets a pump's speed to 1 in EPANET",
    "tank_behind_a_psv_runs_empty": FORCED,
}
KNOWN_FAULTS = (
    "law: outflow, junction+emitter",
    "law: forced through",
    "law: a full tank takes",
    "law: an empty tank gives",
    "law: link law, GPV",
    "law: link law, PSV",
    "flagged",
)
"""What the kinds above show in a network that was drawn."""


@pytest.fixture(scope="module")
def bench():
    with Bench(Here) as made:
        yield made


def _case(path):
    reason = NOT_MENDED.get(path.stem)
    marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
    return pytest.param(path, marks=marks, id=path.stem)


@pytest.mark.parametrize("path", [_case(path) for path in sorted(CASES.glob("*.inp"))])
def test_a_network_that_was_wrong_once_is_right(path, bench):
    assert bench.faults(parse(path.read_text())) == []


def test_drawn_networks_keep_their_laws_and_agree_with_two_epanets(bench):
    found = {
        number: new
        for number in range(NETWORKS)
        if (new := [fault for fault in bench.faults(draw_network(SEED, number))
                    if not fault[0].startswith(KNOWN_FAULTS)])
    }  # fmt: skip
    assert found == {}


def test_every_kind_that_is_not_mended_has_its_case():
    assert set(NOT_MENDED) <= {path.stem for path in CASES.glob("*.inp")}
