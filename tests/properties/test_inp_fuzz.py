"""Whatever stands in an input file, the reader returns a network or names its faults, at once."""

import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.flows.water.test_inp_write import FULL
from twin.core.errors import CityDataError
from twin.flows import water
from twin.flows.water.inp.lines import split_text
from twin.flows.water.inp.read.network import network_of_text

LINES = FULL.splitlines()
NASTY = (
    *(
        "",
        "*",
        '"',
        '""',
        '"a b',
        ";",
        "[",
        "]",
        "[TANKS]",
        "[RULES]",
        "[XYZ]",
        "[END]",
        "\x00",
        "é",
    ),
    *("nan", "-inf", "1e308", "-1e308", "1e-320", "0", "-0.0", "-1", "1e30", "1_000", "0x1", "٣"),
    *("1:2:3:4", "25 PM", "::", "-1:00", "1e9", "AM", "ACTIVE", "OPEN", "CLOSED", "CV", "POWER"),
    *("A", "R", "T", "p1", "u1", "v1", "wave", "law", "vol", "drop", "IF", "AND", "THEN", "RULE"),
    *("PRV", "PCV", "GPV", "HEAD", "SPEED", "PATTERN", "YES", "PDA", "LPS", "GPM", "KPA", "D-W"),
    "x" * 300,
)


def read(text):
    """Return the network of a text, or None where its faults were named."""
    begin = time.process_time()
    net, faults = None, ()
    try:
        net = network_of_text(split_text(text, "fuzz.inp"))
    except CityDataError as error:
        faults = error.faults
    assert (net is None) == bool(faults)
    assert all(fault.where and fault.what and fault.mend for fault in faults)
    assert time.process_time() - begin < 1.0
    return net


@st.composite
def mutated(draw):
    """Return a file with every element in which some lines and words are wrong."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 6))):
        row = draw(st.integers(0, len(lines) - 1))
        words = lines[row].split()
        match draw(st.integers(0, 6)):
            case 0:
                del lines[row]
            case 1:
                lines.insert(row, lines[draw(st.integers(0, len(lines) - 1))])
            case 2:
                other = draw(st.integers(0, len(lines) - 1))
                lines[row], lines[other] = lines[other], lines[row]
            case 3:
                lines[row] = " ".join(words[: draw(st.integers(0, len(words)))])
            case _ if words:
                at = draw(st.integers(0, len(words) - 1))
                number = st.floats(allow_nan=True, allow_infinity=True).map(str)
                words[at] = draw(st.one_of(st.sampled_from(NASTY), number))
                lines[row] = " ".join(words)
        if not lines:
            break
    return "\n".join(lines)


@settings(max_examples=300)
@given(mutated())
def test_a_broken_file_gives_a_network_or_faults(text):
    net = read(text)
    if net is not None:
        assert np.isfinite(net.length_m).all()


@given(st.text(max_size=400))
def test_any_text_gives_a_network_or_faults(text):
    read(text)
    read("[JUNCTIONS]\n" + text)


@given(st.binary(max_size=300))
def test_any_bytes_give_a_network_or_faults(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("fuzz") / "net.inp"
    path.write_bytes(data)
    with pytest.raises(CityDataError):
        water.read_inp(path)


@pytest.mark.parametrize(
    "text",
    [
        "[PIPES]\n" + "p a b 1 2 3\n" * 5000,
        "[JUNCTIONS]\n" + "".join(f"n{i} 1\n" for i in range(2000)) + "[PIPES]\n"
        + "".join(f"p{i} n{i} m{i} 1 2 3\n" for i in range(2000)),
        "[CONTROLS]\n" + "LINK x OPEN IF NODE y ABOVE 3\n" * 5000,
        "[CURVES]\n" + "c 1 1\n" * 10_000,
        "[RULES]\n" + "RULE r\nIF NODE q LEVEL > 1\n" * 5000,
        "[" * 100_000,
        "[JUNCTIONS]\n" + "a " * 100_000,
        "[OPTIONS]\n" + "UNITS LPZ\n" * 2000,
        '"' * 100_000,
    ],
    ids=["pipes", "ends", "controls", "curves", "rules", "brackets", "words", "options", "quotes"],
)  # fmt: skip
def test_many_faults_cost_no_more_than_a_second_and_200_mb(text):
    assert read(text) is None
    tracemalloc.start()
    with pytest.raises(CityDataError):
        network_of_text(split_text(text, "fuzz.inp"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200e6
