"""The rules of a citizen's day and of a bill, in numbers worked out by hand."""

import math

import numpy as np
import pytest

from tests.naive.citizens import town
from twin.citizens import (
    BehaviourParams,
    Channel,
    PaymentParams,
    Population,
    Signals,
    Voice,
    pay_bills,
    step_day,
)
from twin.citizens.payment import Households
from twin.citizens.voice import channel_cdf, day_rules, reporting_weights, voice_hazards
from twin.city.networks import NETWORKS, code_of
from twin.core.errors import CityDataError, ScenarioError

STREET, WATER, HEAT = (code_of(name) for name in ("street", "water", "heat"))
ALL = (Channel.PHONE, Channel.APP, Channel.OFFICE)
PARAMS = BehaviourParams()
SILENT = Voice(voice_share=0.0)


@pytest.fixture
def people():
    one = Population.from_city(town(200, 10), 1)
    one.set("disposition", 0.0)
    for name, value in (("trust", 0.5), ("satisfaction", 0.5), ("expectation", 1.0)):
        one.set(name, value)
    return one


def after(people, *, answered=0, day=0, **severity):
    """Move people on by a day with the same troubles in every building."""
    levels = np.zeros((len(NETWORKS), people.n_buildings), dtype=np.float32)
    for name, value in severity.items():
        levels[code_of(name)] = value
    seen = np.full(people.n_buildings, answered, dtype=np.uint8)
    return step_day(people, Signals(levels, seen), SILENT, day, 1)


def satisfaction_after(felt):
    """Return tomorrow's satisfaction of one at 0.5 who expects 1 and feels `felt`."""
    aim = max(0.0, 0.5 * felt + 0.4 * (felt - 1.0) + 0.1 * 1.0)
    return 0.5 + (aim - 0.5) / 30.0


@pytest.mark.parametrize(
    ("severity", "felt"),
    [
        ({}, 1.0),
        ({"water": 1.0}, 0.3),
        ({"heat": 1.0}, 0.2),
        ({"street": 1.0}, 0.7),
        ({"water": 0.5}, 0.65),
        ({"water": 1.0, "heat": 1.0}, 0.3 * 0.2),
        ({"street": 0.5, "water": 0.5, "heat": 0.5}, 0.85 * 0.65 * 0.6),
        ({"water": 0.04}, 1.0),  # not noticed below 0.05
        ({"water": 0.0501}, 1.0 - 0.7 * 0.0501),
    ],
)
def test_service_felt_is_lost_by_the_weight_of_each_network(people, severity, felt):
    after(people, **severity)
    assert people.get("satisfaction") == pytest.approx(satisfaction_after(felt), rel=1e-5)
    assert people.get("expectation") == pytest.approx(1.0 + (felt - 1.0) / 365.0, rel=1e-5)
    gap = satisfaction_after(felt) - 0.5
    moved = gap / (821.25 if gap > 0.0 else 365.0)
    assert people.get("trust") == pytest.approx(0.5 + moved, rel=1e-6)


def test_rules_hold_the_weights_in_the_order_of_networks():
    rules = day_rules(PARAMS, NETWORKS, Voice())
    weights = dict(zip((kind.name for kind in NETWORKS), rules.weights.tolist(), strict=True))
    assert weights["street"] == pytest.approx(0.3)
    assert weights["water"] == pytest.approx(0.7)
    assert weights["heat"] == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("severity", "outage"),
    [
        ({"water": 0.5}, 1),
        ({"heat": 0.5}, 1),
        ({"water": 0.49}, 0),
        ({"street": 1.0}, 0),  # a ruined street is no outage
    ],
)
def test_a_day_without_half_of_water_or_heat_is_an_outage(people, severity, outage):
    day = after(people, **severity)
    assert (people.get("outage_days") == outage).all()
    assert (people.get("affected_days") == 1).all()
    assert day.n_affected == len(people)


def test_rates_of_a_day_are_one_over_their_time_constants():
    rules = day_rules(PARAMS, NETWORKS, Voice(feedback_rate=0.63))
    assert rules.notice == pytest.approx(0.05)
    assert rules.outage == pytest.approx(0.5)
    assert rules.feedback == 1.0
    assert rules.trust_effect == pytest.approx(1.0)
    assert rules.fatigue_keep == pytest.approx(math.exp(-1 / 60))
    assert rules.fatigue_step == pytest.approx(0.3)
    assert rules.patience_days == 21
    assert rules.answer_gain == pytest.approx(0.03)
    assert rules.ignored_loss == pytest.approx(0.0675)
    assert (rules.performance, rules.disconfirmation, rules.expectation) == pytest.approx(
        (0.5, 0.4, 0.1)
    )
    assert rules.satisfaction_rate == pytest.approx(1 / 30)
    assert rules.expectation_rate == pytest.approx(1 / 365)
    assert rules.trust_up == pytest.approx(1 / 821.25)
    assert rules.trust_down == pytest.approx(1 / 365)


@pytest.mark.parametrize(("rate", "factor"), [(0.63, 1.0), (1.0, 1.185), (0.0, 0.685)])
def test_feedback_above_the_usual_rate_invites_reports(rate, factor):
    rules = day_rules(PARAMS, NETWORKS, Voice(feedback_rate=rate))
    assert rules.feedback == pytest.approx(factor)


def test_patience_of_a_part_of_a_day_counts_as_a_whole_day():
    rules = day_rules(BehaviourParams(patience_days=2.1), NETWORKS, Voice())
    assert rules.patience_days == 3


@pytest.mark.parametrize(
    ("channels", "offline", "online"),
    [
        (ALL, [0.70 / 0.75, 0.70 / 0.75, 1.0], [0.70, 0.95, 1.0]),
        ((Channel.PHONE, Channel.APP), [1.0, 1.0, 1.0], [0.70 / 0.95, 1.0, 1.0]),
        ((Channel.APP,), [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]),
        ((Channel.OFFICE,), [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]),
        ((), [1.0, 1.0, 1.0], [1.0, 1.0, 1.0]),
    ],
)
def test_channels_are_chosen_by_preference_among_those_one_can_use(channels, offline, online):
    cdf = channel_cdf(Voice(channels=channels), PARAMS)
    assert cdf[0] == pytest.approx(offline)
    assert cdf[1] == pytest.approx(online)
    assert (cdf[:, -1] == 1.0).all()


def three(**columns):
    """Return three people with columns set; incomes are 1, 2 and 3, all else equal."""
    people = Population.from_city(town(3, 2), 1)
    plain = {
        "age": 40,
        "education": 0,
        "civic_propensity": 0.0,
        "digital_access": 1,
        "income_kzt_month": [1.0, 2.0, 3.0],
    }
    for name, values in (plain | columns).items():
        people.set(name, values)
    return people


@pytest.mark.parametrize(
    ("columns", "channels", "weights"),
    [
        # middle ranks of three incomes are 1/6, 1/2, 5/6
        ({}, (Channel.PHONE,), [math.exp(-0.5 / 3), 1.0, math.exp(0.5 / 3)]),
        ({"income_kzt_month": 5.0}, (Channel.PHONE,), [1.0, 1.0, 1.0]),
        (
            {"income_kzt_month": 5.0, "education": [0, 1, 3]},
            (Channel.PHONE,),
            [1.0, math.exp(0.25), math.exp(0.75)],
        ),
        (
            {"income_kzt_month": 5.0, "civic_propensity": [0.0, 1.0, -1.0]},
            (Channel.PHONE,),
            [1.0, math.exp(0.8), math.exp(-0.8)],
        ),
        ({"income_kzt_month": 5.0, "age": [17, 18, 19]}, (Channel.PHONE,), [0.0, 1.0, 1.0]),
        ({"income_kzt_month": 5.0, "digital_access": [0, 1, 1]}, ALL, [1.0, 1.3, 1.3]),
        ({"income_kzt_month": 5.0, "digital_access": [0, 1, 1]}, (Channel.APP,), [0.0, 1.3, 1.3]),
        ({"income_kzt_month": 5.0}, (Channel.OFFICE,), [0.4, 0.4, 0.4]),
        ({"income_kzt_month": 5.0}, (), [0.0, 0.0, 0.0]),
    ],
)
def test_how_readily_one_reports(columns, channels, weights):
    people = three(**columns)
    found = reporting_weights(people, Voice(channels=channels), PARAMS)
    assert found == pytest.approx(weights, rel=1e-6)


def test_hazards_of_equal_adults_give_the_voice_share_and_children_none():
    people = three(income_kzt_month=5.0, age=[10, 30, 50])
    found = voice_hazards(people, Voice(voice_share=0.2), PARAMS)
    assert found == pytest.approx([0.0, -math.log(0.8), -math.log(0.8)])
    assert not voice_hazards(people, Voice(voice_share=0.0), PARAMS).any()
    people.set("age", 10)
    assert not voice_hazards(people, Voice(voice_share=0.2), PARAMS).any()


def test_without_an_open_channel_nobody_is_heard():
    people = three(digital_access=[0, 1, 1])
    assert not voice_hazards(people, Voice(voice_share=0.5, channels=()), PARAMS).any()
    app = voice_hazards(people, Voice(voice_share=0.5, channels=(Channel.APP,)), PARAMS)
    assert (app > 0).tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"voice_share": 1.0}, r"voice_share: is 1\.0"),
        ({"voice_share": -0.1}, r"voice_share: is -0\.1"),
        ({"feedback_rate": 1.1}, r"feedback_rate: is 1\.1"),
        ({"feedback_rate": -0.1}, r"feedback_rate: is -0\.1"),
        ({"channels": (Channel.APP, Channel.APP)}, "each of phone, app, office once"),
        ({"channels": ("pigeon",)}, "each of phone, app, office once"),
    ],
)
def test_a_voice_out_of_bounds_is_refused(wrong, match):
    with pytest.raises(ScenarioError, match=match):
        Voice(**wrong)


def test_bounds_of_the_voice_are_lawful():
    assert Voice(voice_share=0.0, feedback_rate=0.0).feedback_rate == 0.0
    assert Voice(feedback_rate=1.0).feedback_rate == 1.0


def payers(n, income=100_000.0, trust=0.5):
    return Households(np.arange(n, dtype=np.int32), np.full(n, income), np.full(n, trust))


def test_collection_is_money_paid_over_money_billed():
    bill = np.array([100.0, 300.0, 0.0, 600.0])
    params = PaymentParams(base=0.5, burden_effect=0.0, trust_effect=0.0)
    months = [pay_bills(payers(4), bill, month, 1, params) for month in range(20)]
    for month in months:
        assert set(month.paid_kzt / np.where(bill > 0, bill, 1.0)) <= {0.0, 1.0}
        assert month.collection_rate == month.paid_kzt.sum() / 1000.0
    assert len({month.collection_rate for month in months}) > 2


def test_trust_and_burden_decide_on_paying():
    # 0.93 - 0.5 x 0.2 + 0.1 x 0.5 = 0.88 of 40,000 households pay
    paid = pay_bills(payers(40_000), np.full(40_000, 20_000.0), 0, 1)
    assert paid.collection_rate == pytest.approx(0.88, abs=0.008)
    paid = pay_bills(payers(40_000, trust=1.0), np.full(40_000, 20_000.0), 0, 1)
    assert paid.collection_rate == pytest.approx(0.93, abs=0.008)


@pytest.mark.parametrize("bill", [[1.0, 2.0], [1.0, np.nan, 3.0], [[1.0, 2.0, 3.0]]])
def test_bills_of_the_wrong_shape_or_no_number_are_refused(bill):
    with pytest.raises(CityDataError, match=r"give bills of 0 KZT or more, shape \(3,\)"):
        pay_bills(payers(3), np.array(bill), 0, 1)
