"""Wrong input files: what is told of each, and that all of it is told at once."""

import pytest

from twin.core.errors import CityDataError
from twin.flows import water

GOOD = """
[JUNCTIONS]
 A 10 2
 B 12 1
[RESERVOIRS]
 R 60
[TANKS]
 T 50 2 1 4 10 0
[PIPES]
 p R A 100 150 130 0 OPEN
 q A B 250 150 130 0 OPEN
 s B T 700 100 110 0 OPEN
[PUMPS]
 u R B HEAD c1
[VALVES]
 v A B 100 TCV 20 0
[CURVES]
 c1 5 30
[CONTROLS]
 LINK u CLOSED IF NODE T ABOVE 3.5
[RULES]
RULE 1
IF TANK T LEVEL BELOW 1.5
THEN PUMP u STATUS = OPEN
[OPTIONS]
 UNITS LPS
 HEADLOSS H-W
[END]
"""


def told(tmp_path, *changes):
    """Return what is said of a good file with some text changed."""
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "net.inp"
    path.write_text(text)
    with pytest.raises(CityDataError) as caught:
        water.read_inp(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("THEN PUMP u STATUS = OPEN\n", "", "net.inp:22: [RULES]: rule '1' has no THEN\n  add a"),
        ("IF TANK", "AND TANK", "[RULES]: AND opens no clause of a rule\n  open the premises with"),
        ("20 0\n", "\n", "net.inp:16: [VALVES]: has no setting\n  give it as word 6 of the line"),
        ("TCV 20 0", "GPV", "[VALVES]: has no name of a curve"),
        (" q A B", " q a B", "node 'a' is not defined\n  write A: capitals and small letters"),
        (" c1 5 30\n", "", "[PUMPS]: curve 'c1' is not defined\n  none is defined in this file"),
        ("ABOVE 3.5", "ABOVE 3.5\n LINK u OPEN AT CLOCKTIME 25 AM", "25 AM is past 12:59 AM"),
        ("H-W", "H-W\n TRIALS many", "[OPTIONS]: trials is 'many', not a number"),
        ("H-W", "H-W\n ACCURACY -1", "[OPTIONS]: accuracy = -1 is negative"),
        ("[OPT", "[STATUS]\n q OPN\n[OPT", "'OPN' is no status or setting\n  write OPEN, CLOSED"),
        ("[OPT", "[EMITTERS]\n T 2\n[OPT", "[EMITTERS]: 'T' is a tank\n  give emitters to junc"),
        ("[OPT", "[EMITTERS]\n A -2\n[OPT", "[EMITTERS]: emitter coefficient = -2 is negative"),
        ("10 0", "10 0 * MAYBE", "[TANKS]: overflow is 'MAYBE'\n  write YES or NO"),
        (" s B T 700 100 110 0 OPEN", " s B", "[PIPES]: names no node\n  give the name of a node"),
        ("100 TCV 20 0", "100", "[VALVES]: has no valve type\n  give PRV"),
        ("HEAD c1", "HEAD", "[PUMPS]: names no curve"),
        ("UNITS LPS", "UNITS", "[OPTIONS]: UNITS has no value"),
        (
            "CLOSED IF NODE",
            "IF NODE",
            "has no status or setting before IF\n  write LINK",
        ),
        ("THEN", "THEN PUMP u STATUS = OPEN\nIF TANK T LEVEL > 3\nTHEN", "IF stands after THEN"),
        ("[OPT", "[STATUS]\n q\n[OPT", "[STATUS]: has no status or setting"),
        ("[OPT", "[STATUS]\n p q OPEN\n[OPT", "'p q OPEN' has more than a link and its status"),
        ("[OPT", "[TIMES]\n DURATION\n[OPT", "[TIMES]: has no time"),
        ("[OPT", "[TIMES]\n DURATION :30\n[OPT", "[TIMES]: ':30' is not a time"),
        ("[OPT", "[TIMES]\n DURATION 2:-30\n[OPT", "[TIMES]: '2:-30' is not a time"),
        ("[OPT", "[TIMES]\n DURATION 1:30 MIN\n[OPT", "1:30 MIN has a unit beside a colon"),
        (
            "10 0",
            "0 0",
            "diameter_m = 0 <= 0\n  correct the value, which is shown in SI units here",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_cure(old, new, said, tmp_path):
    assert said in told(tmp_path, (old, new))


def test_a_fault_is_told_once_and_not_again_by_what_follows_from_it(tmp_path):
    assert told(tmp_path, ("HEAD c1", "HEAD c9")).count("[PUMPS]") == 1
    assert told(tmp_path, ("HEAD c1", "POWER -5")).count("[PUMPS]") == 1


@pytest.mark.parametrize(
    ("old", "new", "count"),
    [
        (" c1 5 30", " c1 5 30\n c1 3 40\n c1 8 10", 1),
        (" c1 5 30", " c1 5 30 6", 1),
        (" c1 5 30", " c1 5 thirty", 1),
        ("[OPT", "[DEMANDS]\n A\n[OPT", 1),
        ("LINK u CLOSED IF NODE T", "LINK uu CLOSED IF NODE TT", 2),
    ],
)
def test_what_follows_from_a_fault_is_not_told(old, new, count, tmp_path):
    said = told(tmp_path, (old, new))
    told_lines = [line for line in said.splitlines() if not line.startswith("  ")]
    assert len(told_lines) == count, said


def test_what_is_found_late_comes_with_what_is_found_early(tmp_path):
    said = told(
        tmp_path,
        (" A 10 2", " A ten 2"),
        (" T 50 2 1 4 10 0", " T 50 5 1 4 10 0"),
        ("v A B 100 TCV", "v B T 100 PRV"),
        (" c1 5 30", " c1 0 30\n c1 5 40\n c1 8 10"),
    )
    for part in (
        "net.inp:3: [JUNCTIONS]: elevation is 'ten'",
        "net.inp:8: [TANKS] (T): does not have min_level_m <= init_level_m <= max_level_m",
        "net.inp:14: [PUMPS] (u): curve does not start at zero flow",
        "net.inp:16: [VALVES] (v): is a pressure valve at a reservoir or tank",
    ):
        assert part in said


def test_values_out_of_bounds_alone_come_by_line_too(tmp_path):
    said = told(tmp_path, ("p R A 100 150 130", "p R A 100 -150 0"), ("v A B 100", "v A B 0"))
    lines = [line.split(" ")[0] for line in said.splitlines() if line.startswith("net.inp")]
    assert lines == ["net.inp:10:", "net.inp:10:", "net.inp:16:"]


def test_words_that_cannot_be_read_and_values_out_of_bounds_come_together_by_line(tmp_path):
    said = told(
        tmp_path,
        ("CLOSED IF NODE T ABOVE", "CLOSE IF NODE T OVER"),
        ("q A B 250", "q A B -250"),
        ("A 10 2", "A ten 2"),
    )
    lines = [line.split(" ")[0] for line in said.splitlines() if line.startswith("net.inp")]
    assert lines == ["net.inp:3:", "net.inp:11:", "net.inp:20:", "net.inp:20:"]
    assert "'CLOSE' is no status or setting of pump 'u'" in said
    assert "NODE T OVER 3.5' is no control" in said


def test_a_file_that_is_no_text_is_told_once(tmp_path):
    path = tmp_path / "net.inp"
    path.write_bytes(b"\x00\x01\x02" * 100)
    with pytest.raises(CityDataError, match=r"bytes of zero\n  export the network") as caught:
        water.read_inp(path)
    assert len(caught.value.faults) == 1


def test_a_file_of_two_bytes_a_letter_is_read(tmp_path):
    path = tmp_path / "net.inp"
    path.write_bytes(GOOD.encode("utf-16"))
    assert water.read_inp(path).node_id == ("A", "B", "R", "T")


def test_a_rule_whose_clauses_are_all_comments_is_no_fault(tmp_path):
    path = tmp_path / "net.inp"
    path.write_text(GOOD.replace("IF TANK", ";IF TANK").replace("THEN PUMP", ";THEN PUMP"))
    assert water.read_inp(path).n_links == 5


def test_a_network_without_links_is_solved(tmp_path):
    path = tmp_path / "net.inp"
    path.write_text("[JUNCTIONS]\n A 1 1\n[RESERVOIRS]\n R 3\n[END]\n")
    assert water.simulate(water.read_inp(path)).supplied.to_numpy().tolist() == [[False, True]]
