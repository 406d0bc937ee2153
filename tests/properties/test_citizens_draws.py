"""What must hold for any town: draws belong to persons, bounds hold, idle levers change nothing."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.naive.citizens import town
from twin.citizens import Channel, Population, Signals, Voice, step_day

PEOPLE, BUILDINGS = 400, 25
SEEDS = st.integers(0, 2**63 - 1)
VOICES = st.builds(
    Voice,
    voice_share=st.floats(0.0, 0.6),
    channels=st.sampled_from([(Channel.PHONE,), (Channel.PHONE, Channel.APP), tuple(Channel)]),
    feedback_rate=st.floats(0.0, 1.0),
)


def signals(seed, level=1.0):
    rng = np.random.default_rng(seed)
    severity = (level * rng.random((3, BUILDINGS))).astype(np.float32)
    severity[rng.random(severity.shape) < 0.5] = 0.0
    return Signals(severity, (rng.random(BUILDINGS) < 0.3).astype(np.uint8))


def run(people, voice, seed, days=4, level=1.0):
    return [step_day(people, signals(d, level), voice, d, seed) for d in range(days)]


@given(SEEDS, VOICES)
def test_shares_stay_shares(seed, voice):
    people = Population.from_city(town(PEOPLE, BUILDINGS), seed)
    run(people, voice, seed, days=30)
    for name in ("trust", "satisfaction", "expectation", "fatigue"):
        values = people.get(name)
        assert values.min() >= 0.0, name
        assert values.max() <= 1.0, name


@given(SEEDS, VOICES)
def test_renumbered_buildings_and_shuffled_rows_change_nobody(seed, voice):
    city = town(PEOPLE, BUILDINGS)
    other = town(PEOPLE, BUILDINGS)
    new = np.random.default_rng(seed).permutation(BUILDINGS)
    other.persons["building_id"] = new[other.persons["building_id"]].astype(np.int32)
    other.persons = other.persons.sample(frac=1.0, random_state=1)
    one, two = (Population.from_city(c, seed) for c in (city, other))
    for day in range(4):
        today = signals(day)
        moved = Signals(np.empty_like(today.severity), np.empty_like(today.answered))
        moved.severity[:, new] = today.severity
        moved.answered[new] = today.answered
        a = step_day(one, today, voice, day, seed)
        b = step_day(two, moved, voice, day, seed)
        np.testing.assert_array_equal(a.reports, b.reports[:, new])
    first, second = (p.to_pandas().sort_index() for p in (one, two))
    for name in first.columns.drop("building"):
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


@given(SEEDS)
def test_the_same_seed_repeats_and_another_does_not(seed):
    voice = Voice(voice_share=0.3)
    people = [Population.from_city(town(PEOPLE, BUILDINGS), 1) for _ in range(3)]
    days = [run(p, voice, s) for p, s in zip(people, (seed, seed, seed ^ 5), strict=True)]
    for a, b in zip(days[0], days[1], strict=True):
        np.testing.assert_array_equal(a.reports, b.reports)
        assert a.trust_mean == b.trust_mean
    assert any((a.reports != c.reports).any() for a, c in zip(days[0], days[2], strict=True))


@given(SEEDS, VOICES)
def test_a_voice_with_nothing_to_report_changes_no_bit(seed, voice):
    silent = Voice(voice_share=0.0)
    people = [Population.from_city(town(PEOPLE, BUILDINGS), seed) for _ in range(2)]
    for p, lever in zip(people, (voice, silent), strict=True):
        run(p, lever, seed, level=0.0)
    for name in people[0].column_names:
        if name != "voice_hazard":
            np.testing.assert_array_equal(people[0].get(name), people[1].get(name))


@given(SEEDS, st.floats(0.01, 0.3))
def test_who_reports_with_less_voice_also_reports_with_more(seed, share):
    quiet, loud = (Population.from_city(town(PEOPLE, BUILDINGS), seed) for _ in range(2))
    few = step_day(quiet, signals(1), Voice(voice_share=share), 0, seed)
    many = step_day(loud, signals(1), Voice(voice_share=share + 0.2), 0, seed)
    assert (few.reports <= many.reports).all()


@given(SEEDS, VOICES)
def test_reports_are_counted_once_everywhere(seed, voice):
    people = Population.from_city(town(PEOPLE, BUILDINGS), seed)
    days = run(people, voice, seed)
    total = sum(day.n_reports for day in days)
    assert total == sum(int(day.reports.sum()) for day in days)
    assert total == people.agg("reports_made", np.sum)
