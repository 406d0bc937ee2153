"""Whatever the text, a scenario file is loaded or refused with `ScenarioError`."""

import contextlib

from hypothesis import example, given
from hypothesis import strategies as st

from twin.core.errors import ScenarioError
from twin.scenario import scenario_from_text
from twin.scenario.source import MAX_DEPTH

GOOD = """scenario: test
question: Does it?
city: {synthesise: {people: 3000, seed: 1}}
start: 2026-01-01
shocks: [{kind: cold_spell, date: 2026-02-05, days: 3, temp_c: -3}]
levers: {renewal: {ring_fence_share: 30 %, order: risk}, participation: {channels: [app]}}
arms: {a: {levers.renewal.order: age}, b: {levers: {budget: {growth_share_per_year: -.1}}}}
indicators: [trust_mean]
expect: [{indicator: trust_mean, arm: a, sign: "+", because: b}]
"""
MARKS = "{}[]:'\"#|>%@`\n\t\x00\ufeff\u2028"
WORDS = ": |- |? |\n  |&a |*a|!x |<<: |---|...|null|true|1e9|-.inf|0x1F|2026-|levers|scenario: a"
YAML_BITS = st.sampled_from([*MARKS, *WORDS.split("|")])


def load(text):
    with contextlib.suppress(ScenarioError):
        scenario_from_text(text)


@given(st.lists(YAML_BITS | st.text(max_size=8), max_size=40).map("".join))
@example("%YAML 99.9\n---\na: b")
@example("%TAG ! tag:x,2000:\n---\na: !y b")
@example("a: !!set {x, y}")
@example("? \n: \n")
@example("- - - - - - - - - -")
@example("&a : *a")
@example('"\\ud800": 3')
@example('scenario: "\\udc00"')
@example("a: 1_000_000\nb: 0b11\nc: 0o17\nd: 1__0\ne: _1\nf: 0x")
@example("a: 2026-1-1\nb: 2026-01-01T00:00:00Z\nc: 12:30:45")
def test_any_text_is_loaded_or_refused(text):
    load(text)


@given(
    st.integers(0, len(GOOD) - 1),
    st.integers(0, 12),
    st.lists(YAML_BITS, max_size=3).map("".join),
)
def test_a_damaged_file_is_loaded_or_refused(at, length, piece):
    load(GOOD[:at] + piece + GOOD[at + length :])


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=8,
    ),
    st.sampled_from(["scenario", "city", "start", "shocks", "levers", "arms", "expect", "seeds"]),
)
def test_any_value_under_a_known_key_is_loaded_or_refused(value, key):
    import json

    lines = [line for line in GOOD.splitlines() if not line.startswith(f"{key}:")]
    load("\n".join([*lines, f"{key}: {json.dumps(value)}"]))


@given(st.integers(1, 3 * MAX_DEPTH))
def test_nesting_is_refused_beyond_the_limit_alone(depth):
    load("x: " + "[" * depth + "]" * depth)


def test_the_undamaged_file_is_whole():
    assert scenario_from_text(GOOD).levers["renewal"].ring_fence_share == 0.3
