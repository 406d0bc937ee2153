"""A day of citizens against the naive loop, the analytic mean, and itself on other threads."""

import numba
import numpy as np
import pytest

from tests.naive import citizens as naive
from twin.citizens import (
    BehaviourParams,
    Channel,
    Population,
    Signals,
    Voice,
    step_day,
)
from twin.citizens.day import PARALLEL_FROM, day_arrays
from twin.citizens.kernels import day as kernels
from twin.citizens.voice import day_rules
from twin.city.networks import NETWORKS, code_of
from twin.core.errors import CityDataError, ScenarioError
from twin.core.streams import Stream

STREET, WATER, HEAT = (code_of(name) for name in ("street", "water", "heat"))
SEED = 2**40 + 7
STREAM = int(Stream.NOTICE_AND_REPORT)


MORE_NETWORKS = (*NETWORKS, *NETWORKS[1:], NETWORKS[0])


def population(n_people=900, n_buildings=60, params=None, networks=NETWORKS):
    return Population.from_city(naive.town(n_people, n_buildings), SEED, params, networks)


def signals(n_buildings, day=0, level=1.0, troubled=0.6, n_networks=3):
    rng = np.random.default_rng(day)
    severity = level * rng.random((n_networks, n_buildings))
    severity[:, rng.random(n_buildings) > troubled] = 0.0
    answered = rng.random(n_buildings) < 0.2
    return Signals(severity.astype(np.float32), answered.astype(np.uint8))


def full(n_buildings, problem=WATER):
    severity = np.zeros((len(NETWORKS), n_buildings), dtype=np.float32)
    severity[problem] = 1.0
    return Signals(severity, np.zeros(n_buildings, dtype=np.uint8))


@pytest.mark.parametrize("networks", [NETWORKS, MORE_NETWORKS])
@pytest.mark.parametrize("share", [0.0, 0.05, 0.6])
def test_every_column_and_count_agrees_with_the_naive_loop(share, networks):
    people = population(networks=networks)
    voice = Voice(voice_share=share, channels=(Channel.PHONE, Channel.APP, Channel.OFFICE))
    rules = day_rules(people.params, people.networks, voice)
    days = [0, 1, 2, 22, 23, 24]  # past the patience of 21 days
    for day in days:
        day_arrays(people, voice)
        today = signals(
            people.n_buildings, day, troubled=0.6 if day else 0.0, n_networks=len(networks)
        )
        expected, reports, by_channel = naive.step_day(
            people.save_state(), today, rules, SEED, STREAM, day
        )
        found = step_day(people, today, voice, day, SEED)
        np.testing.assert_array_equal(found.reports, reports)
        np.testing.assert_array_equal(found.reports_by_channel, by_channel)
        for name, values in expected.items():
            np.testing.assert_array_equal(people.get(name), values, err_msg=f"{name} day {day}")
        assert found.trust_mean == pytest.approx(float(np.mean(expected["trust"], dtype=float)))
        assert found.satisfaction_mean == pytest.approx(
            float(np.mean(expected["satisfaction"], dtype=float))
        )


@pytest.mark.parametrize("share", [0.01, 0.05, 0.4])
def test_mean_probability_over_adults_is_the_voice_share_with_phone_and_app(share):
    people = population(5000, 300)
    day_arrays(people, Voice(voice_share=share))
    adults = people.get("age") >= 18
    chance = -np.expm1(-people.get("voice_hazard").astype(float))
    assert chance[adults].mean() == pytest.approx(share, rel=1e-6)
    assert (chance[~adults] == 0.0).all()


def test_a_channel_that_is_shut_is_not_made_up_for():
    def heard(*channels):
        people = population(5000, 300)
        day_arrays(people, Voice(voice_share=0.05, channels=channels))
        return people, people.get("voice_hazard").astype(float)

    people, usual = heard(Channel.PHONE, Channel.APP)
    _, app = heard(Channel.APP)
    offline = (people.get("digital_access") == 0) & (people.get("age") >= 18)
    assert (app[offline] == 0).all()
    assert np.array_equal(app[~offline], usual[~offline])
    _, office = heard(Channel.OFFICE)
    # a visit is 0.4 times as easy as the phone, and the app 1.3 times
    assert office[offline] == pytest.approx(0.4 * usual[offline], rel=1e-6)
    assert office[~offline] == pytest.approx(0.4 / 1.3 * usual[~offline], rel=1e-6)


def test_who_waits_for_an_answer_does_not_report_that_problem_again():
    people = population(2000, 60)
    sure = Voice(voice_share=0.9)
    first = step_day(people, full(60), sure, 0, SEED)
    waiting = people.get("awaiting").copy()
    assert first.n_reports > 0
    for day in range(1, 20):
        step_day(people, full(60), sure, day, SEED)
        assert ((people.get("awaiting") & waiting) == waiting).all()
    assert people.get("reports_made").max() <= len(NETWORKS)


def test_an_answer_about_one_problem_leaves_those_of_others_waiting():
    people = population(params=BehaviourParams(disposition_spread=0.0))
    people.set("awaiting", 0b101)
    people.set("last_report_day", 5)
    calm = Signals.calm(60)
    step_day(people, Signals(calm.severity, np.full(60, 0b010, np.uint8)), Voice(), 6, SEED)
    assert set(people.get("awaiting")) == {0b101}
    before = people.agg("trust", np.mean)
    step_day(people, Signals(calm.severity, np.full(60, 0b100, np.uint8)), Voice(), 7, SEED)
    assert set(people.get("awaiting")) == {0b001}
    assert people.agg("trust", np.mean) > before + 0.01


def test_reports_of_a_day_of_full_severity_are_the_voice_share_of_adults():
    people = population(40_000, 2000)
    people.set("trust", 0.5)
    adults = int((people.get("age") >= 18).sum())
    day = step_day(people, full(2000), Voice(voice_share=0.05), 0, SEED)
    spread = np.sqrt(0.05 * 0.95 * adults)
    assert abs(day.n_reports - 0.05 * adults) < 4 * spread
    assert day.reports[HEAT].sum() == 0
    assert day.n_affected == len(people)


def test_a_network_that_comes_last_changes_no_report_of_the_others():
    few, many = population(4000, 200), population(4000, 200, networks=MORE_NETWORKS)
    voice = Voice(voice_share=0.3)
    today = signals(200, 3, n_networks=len(MORE_NETWORKS))
    first = Signals(today.severity[: len(NETWORKS)], today.answered)
    plain, wider = step_day(few, first, voice, 3, SEED), step_day(many, today, voice, 3, SEED)
    assert plain.reports.sum() > 0
    np.testing.assert_array_equal(wider.reports[: len(NETWORKS)], plain.reports)


def test_half_the_severity_follows_the_exponential_law():
    people = population(40_000, 2000)
    people.set("trust", 0.5)
    day_arrays(people, Voice(voice_share=0.3))
    half = full(2000)
    half = Signals(half.severity / 2, half.answered)
    expected = -np.expm1(-0.5 * people.get("voice_hazard").astype(float))
    found = step_day(people, half, Voice(voice_share=0.3), 0, SEED)
    spread = np.sqrt((expected * (1 - expected)).sum())
    assert abs(found.n_reports - expected.sum()) < 4 * spread


def test_digital_share_is_near_the_one_of_astana():
    people = population(40_000, 2000)
    day = step_day(people, full(2000), Voice(voice_share=0.2), 0, SEED)
    assert 0.15 < day.digital_share < 0.27


def test_without_voice_nobody_reports():
    people = population()
    for day in range(5):
        found = step_day(people, full(60), Voice(voice_share=0.0), day, SEED)
        assert found.n_reports == 0
        assert found.n_reporters == 0
        assert np.isnan(found.digital_share)


def test_app_alone_leaves_out_who_is_not_online():
    people = population()
    voice = Voice(voice_share=0.3, channels=(Channel.APP,))
    found = step_day(people, full(60), voice, 0, SEED)
    offline = people.select(people.get("digital_access") == 0)
    assert offline.agg("reports_made", np.sum) == 0
    assert found.digital_share == 1.0


@pytest.mark.parametrize(
    ("column", "low", "high"),
    [
        ("trust", 0.2, 0.8),
        ("fatigue", 0.8, 0.0),
        ("education", 0, 3),
        ("civic_propensity", -1.0, 1.0),
        ("digital_access", 0, 1),
    ],
)
def test_more_willing_citizens_report_more(column, low, high):
    people = population(20_000, 900)
    half = np.arange(20_000) % 2 == 0
    people.set("trust", 0.5)
    people.set(column, np.where(half, low, high))
    step_day(people, full(900), Voice(voice_share=0.2), 0, SEED)
    made = people.get("reports_made")
    assert made[~half].sum() > made[half].sum()


def test_a_city_that_answers_hears_more():
    counts = []
    for rate in (0.0, 1.0):
        people = population(5000, 300)
        voice = Voice(voice_share=0.2, feedback_rate=rate)
        counts.append(step_day(people, full(300), voice, 0, SEED).n_reports)
    assert counts[1] > 1.3 * counts[0]


def test_two_threads_give_the_bits_of_one():
    n = PARALLEL_FROM
    voice = Voice(voice_share=0.1)
    found = []
    for threads in (1, 2):
        if threads > numba.config.NUMBA_NUM_THREADS:
            pytest.skip("one processor only")
        people = population(n, 1500)
        before = numba.get_num_threads()
        numba.set_num_threads(threads)
        try:
            days = [step_day(people, signals(1500, d), voice, d, SEED) for d in range(3)]
        finally:
            numba.set_num_threads(before)
        found.append((people.save_state(), days))
    for name, values in found[0][0].items():
        np.testing.assert_array_equal(values, found[1][0][name], err_msg=name)
    for one, two in zip(found[0][1], found[1][1], strict=True):
        np.testing.assert_array_equal(one.reports, two.reports)
        np.testing.assert_array_equal(one.reports_by_channel, two.reports_by_channel)
        assert (one.trust_mean, one.satisfaction_mean) == (two.trust_mean, two.satisfaction_mean)


def test_a_faultless_city_earns_trust_without_a_phone_call():
    people = population(params=BehaviourParams(disposition_spread=0.0))
    for day in range(365):
        found = step_day(people, Signals.calm(60), Voice(), day, SEED)
    assert found.n_affected == 0
    earned = 0.1 * (1.0 - (1.0 - 1.0 / 821.25) ** 365)  # on the way from 0.5 to 0.6
    assert people.agg("trust", np.mean) == pytest.approx(0.5 + earned, abs=1e-4)
    assert people.agg("satisfaction", np.mean) == pytest.approx(0.6, abs=1e-4)
    assert people.agg("expectation", np.min) == 1.0


def test_a_year_of_bad_service_costs_trust_and_a_day_hardly_any():
    people = population()
    start = people.agg("trust", np.mean)
    voice = Voice(voice_share=0.0)
    first = step_day(people, full(60), voice, 0, SEED).trust_mean
    for day in range(1, 365):
        last = step_day(people, full(60), voice, day, SEED).trust_mean
    assert start - first < 0.001
    assert 0.1 < start - last < 0.5


def test_trust_falls_faster_than_it_rises():
    people = population(params=BehaviourParams(disposition_spread=0.0))
    people.set("trust", np.where(np.arange(900) % 2 == 0, 0.4, 0.8))
    step_day(people, Signals.calm(60), Voice(), 0, SEED)
    trust = people.get("trust").astype(float)
    up, down = trust[0] - 0.4, 0.8 - trust[1]
    assert down / up == pytest.approx(2.25, rel=0.01)


def test_an_answer_lifts_trust_and_silence_costs_it():
    changes = {}
    for answer in (0, 1):
        people = population(params=BehaviourParams(disposition_spread=0.0))
        people.set("awaiting", 1)
        people.set("last_report_day", 0)
        people.set("satisfaction", 0.5)
        people.set("disposition", -0.1)
        calm = Signals.calm(60)
        today = Signals(calm.severity, np.full(60, answer, dtype=np.uint8))
        changes[answer] = step_day(people, today, Voice(), 21, SEED).trust_mean - 0.5
        assert people.agg("awaiting", np.sum) == 0
    assert changes[1] == pytest.approx(0.03 * 0.5, rel=1e-4)
    assert changes[0] == pytest.approx(-0.0675 * 0.5, rel=1e-4)


def test_small_faults_go_unnoticed():
    people = population()
    slight = Signals(full(60).severity * 0.04, full(60).answered)
    assert step_day(people, slight, Voice(voice_share=0.9), 0, SEED).n_affected == 0


def test_wrong_signals_are_refused_all_at_once():
    people = population()
    nan = np.full((3, 60), np.nan)
    with pytest.raises(CityDataError, match=r"street, building 0.*outside 0 to 1") as caught:
        step_day(people, Signals(nan, np.zeros(3, dtype=np.uint8)), Voice(), 0, SEED)
    assert len(caught.value.faults) == 2
    with pytest.raises(CityDataError, match=r"give \(3, 60\)"):
        step_day(people, Signals(nan[:2], np.zeros(60, dtype=np.uint8)), Voice(), 0, SEED)


def test_wrong_voice_is_refused_all_at_once():
    twice = (Channel.APP, Channel.APP)
    with pytest.raises(ScenarioError, match=r"participation\.voice_share") as caught:
        Voice(voice_share=5.0, channels=twice, feedback_rate=-1.0)
    assert len(caught.value.faults) == 3


def test_parameters_out_of_bounds_are_refused_all_at_once():
    with pytest.raises(ScenarioError, match=r"app_ease: E-VALUE is -2") as caught:
        BehaviourParams(app_ease=-2, satisfaction_days=0)
    assert len(caught.value.faults) == 2


def test_kernels_have_one_compiled_signature():
    people = population()
    for day in range(2):
        step_day(people, signals(60, day), Voice(), day, SEED)
    assert len(kernels.step_serial_into.signatures) == 1
    assert len(kernels.step_parallel_into.signatures) <= 1
    assert len(kernels.feel.signatures) == 1


@pytest.mark.parametrize(("value", "found"), [(-0.25, "-0.25"), (1.25, "1.25")])
def test_a_severity_outside_its_bounds_is_named_by_network_and_building(value, found):
    severity = full(60).severity * 0.5
    severity[code_of("water"), 3] = value
    signals = Signals(severity, np.zeros(60, dtype=np.uint8))
    with pytest.raises(CityDataError, match=rf"severity\[water, building 3\].*is {found}, outside"):
        step_day(population(), signals, Voice(), 0, SEED)
