"""View files: what they may hold, and faults with file, line and entry."""

import pytest

from twin.core.errors import ScenarioError
from twin.indicators.views import coverage_of, load_view
from twin.indicators.views.load import read_view_file

HEAD = "view: mine\nname: Mine\nsource: a publication\nnamed: 5\nitems:\n"
GOOD = HEAD + (
    "  - {id: a, name: A, indicators: [trust_mean]}\n"
    "  - {id: b, name: B, indicators: [trust_mean], partly: one half}\n"
    "  - {id: c, name: C, lever: institutions.integrity}\n"
    "  - {id: d, name: D, none: no bees}\n"
)


def write(tmp_path, text, name="mine.yaml"):
    path = tmp_path / name
    path.write_text(text)
    return path


def fault_of(tmp_path, text, name="mine.yaml"):
    with pytest.raises(ScenarioError, match=name) as raised:
        read_view_file(write(tmp_path, text, name))
    return str(raised.value)


def test_a_view_of_ones_own_loads_by_its_file_and_counts_its_items(tmp_path):
    view = load_view(str(write(tmp_path, GOOD)))
    count = coverage_of(view)
    assert (count.named, count.listed, count.computed, count.partly) == (5, 4, 1, 1)
    assert (count.inputs, count.missing) == (1, 1)
    assert str(count) == (
        "1 of 5 computed in whole, 1 in part, 1 set by a lever, 1 not computed, 1 not listed"
    )


def test_an_unknown_indicator_is_named_with_its_entry_and_the_nearest_name(tmp_path):
    text = HEAD + "  - {id: a, name: A, indicators: [trust_meen]}\n"
    message = fault_of(tmp_path, text)
    assert "mine.yaml:6:" in message
    assert "items[0] (a).indicators[0] = 'trust_meen' is not a registered indicator" in message
    assert "Did you mean trust_mean?" in message


def test_all_faults_come_at_once_each_with_its_line(tmp_path):
    text = HEAD + (
        "  - {id: a, name: A}\n"
        "  - {id: b, name: B, none: no bees, lever: budget.rule}\n"
        "  - {id: c, none: no sea}\n"
        "  - {id: d, name: D, nonne: x, none: y}\n"
        "  - {id: e, name: E, none: x, partly: y}\n"
    )
    message = fault_of(tmp_path, text)
    for line, words in (
        (6, "items[0] (a) needs exactly one of indicators, score, lever, none; it has none of"),
        (7, "items[1] (b) needs exactly one of"),
        (8, "items[2] (c).name is missing"),
        (9, "items[3] (d).nonne is not a known key"),
        (10, "`partly` needs indicators or a score"),
    ):
        assert f"mine.yaml:{line}:" in message
        assert words in message
    assert "known: id, name, group" in message


@pytest.mark.parametrize(
    ("term", "words"),
    [
        ("zero_at: 1, one_at: 1, source: guess", "must differ"),
        ("zero_at: 0, one_at: 1, weight: 0, source: guess", "score[0].weight = 0"),
        ("zero_at: 0, one_at: 1, when_undefined: 2, source: guess", "when_undefined = 2"),
        ("zero_at: .nan, one_at: 1, source: guess", "zero_at = nan"),
        ("zero_at: 0, one_at: 1", "score[0].source is missing"),
    ],
)
def test_a_wrong_scale_is_refused(tmp_path, term, words):
    item = f"  - {{id: a, name: A, score: [{{indicator: trust_mean, {term}}}]}}\n"
    message = fault_of(tmp_path, HEAD + item)
    assert words in message
    assert "items[0] (a).score[0]" in message


def test_an_id_that_repeats_and_more_items_than_named_are_refused(tmp_path):
    twice = GOOD.replace("id: b", "id: a")
    assert "has two items of one id: a" in fault_of(tmp_path, twice)
    few = GOOD.replace("named: 5", "named: 3")
    assert "lists 4 items, but the frame names 3" in fault_of(tmp_path, few)


def test_a_name_other_than_the_files_is_refused(tmp_path):
    assert "write 'other'" in fault_of(tmp_path, GOOD, "other.yaml")


def test_text_that_is_no_yaml_and_keys_set_twice_are_refused_with_the_line(tmp_path):
    assert "mine.yaml:6:" in fault_of(tmp_path, HEAD + "  - {id: a, name: [A}\n")
    message = fault_of(tmp_path, GOOD.replace("name: Mine", "name: Mine\nname: Other"))
    assert "mine.yaml:3:1: is not YAML: found duplicate key" in message


def test_an_empty_file_and_text_in_another_encoding_are_refused(tmp_path):
    assert "mine.yaml:1:1: the view" in fault_of(tmp_path, "")
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"view: m\xff\n")
    with pytest.raises(ScenarioError, match="is not UTF-8 text"):
        read_view_file(path)


def test_a_missing_file_and_an_unknown_name_are_refused(tmp_path):
    with pytest.raises(ScenarioError, match="cannot be read: No such file"):
        load_view(str(tmp_path / "nothing.yaml"))
    with pytest.raises(ScenarioError, match="Did you mean etalon2025"):
        load_view("etalon205")
