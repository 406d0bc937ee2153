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
NOT_MENDED = {}
"""Cases that fail, with the reason."""
KNOWN_FAULTS = ("flagged",)


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
