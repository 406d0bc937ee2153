"""The table of the input manual's words in docs/water.md says what the reader does."""

import logging
from pathlib import Path

import pytest

from twin.core.errors import CityDataError
from twin.flows.water.inp.lines import split_text
from twin.flows.water.inp.read.network import network_of_text

PAGE = Path(__file__).resolve().parents[2] / "docs" / "water.md"
BASE = """
[JUNCTIONS]
A 10 1
B 10 1
C 10 1
[RESERVOIRS]
R 50
[TANKS]
T 30 2 0 5 10 0
[PIPES]
P1 R A 100 100 100 0 OPEN
P2 A T 100 100 100 0 OPEN
P3 R C 100 100 100 0 OPEN
[VALVES]
V A B 100 PRV 20 0
[CURVES]
VC 0 0
VC 5 100
HC 5 30
LC 0 0
LC 5 3
OC 20 10
OC 80 70
[PATTERNS]
1 1 0.5
"""


def rows():
    """Return (section, line, outcome) of the table."""
    text = PAGE.read_text("utf-8").split("## EPANET input, word by word")[1]
    cells = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| ")]
    return [tuple(cell.strip() for cell in row[:3]) for row in cells[1:]]


@pytest.mark.parametrize(("section", "line", "outcome"), rows())
def test_a_word_of_the_manual_is_treated_as_the_page_states(section, line, outcome, caplog):
    inp = split_text(f"{BASE}\n[{section}]\n" + line.replace(" // ", "\n"), "x.inp")
    caplog.set_level(logging.INFO)
    if outcome == "refused":
        with pytest.raises(CityDataError):
            network_of_text(inp)
        return
    net = network_of_text(inp)
    ignored = [record for record in caplog.records if "is ignored" in record.getMessage()]
    assert (outcome == "ignored") == bool(ignored)
    if outcome in {"kept", "ignored"}:
        assert line in net.kept[section]


def test_the_table_names_every_option_that_is_read_or_ignored():
    from twin.flows.water.inp import options

    named = " ".join(f"{line} {outcome}" for _, line, outcome in rows()) + PAGE.read_text("utf-8")
    words = [*options._NUMBERS, *options._IGNORED, *options._CHOICES, *options._TIMES]
    assert [word for word in words if word not in named] == []
