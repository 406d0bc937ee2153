"""A citizens' day, one person after another, in plain Python; and small towns to try it on."""

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd

from tests.naive.philox import MASK, philox4x32
from twin.citizens import CITIZENS, Channel

OCCUPATIONS = ("child", "pupil", "student", "employed", "unemployed", "home", "retired")
F = np.float32


def town(n_people, n_buildings, seed=0):
    """Return a city with the tables a population reads; people per building vary, some empty."""
    rng = np.random.default_rng(seed)
    n_households = max(n_people // 3, 1)
    home = rng.integers(0, n_buildings, n_households)
    household = rng.integers(0, n_households, n_people)
    order = np.argsort(home[household], kind="stable")
    household = household[order]
    age = rng.integers(0, 95, n_people)
    persons = pd.DataFrame(
        {
            "person_id": np.arange(n_people, dtype=np.int32),
            "household_id": household.astype(np.int32),
            "building_id": home[household].astype(np.int32),
            "age": age.astype(np.uint8),
            "female": rng.random(n_people) < 0.52,
            "education": np.where(age < 16, 0, rng.integers(0, 4, n_people)).astype(np.uint8),
            "occupation": rng.choice(OCCUPATIONS, n_people),
            "digital_access": rng.random(n_people) < 0.7,
        }
    )
    households = pd.DataFrame(
        {
            "household_id": np.arange(n_households, dtype=np.int32),
            "building_id": home.astype(np.int32),
            "size": np.maximum(np.bincount(household, minlength=n_households), 1),
            "income_kzt_month": rng.lognormal(12.5, 0.6, n_households),
        }
    )
    buildings = pd.DataFrame({"building_id": np.arange(n_buildings)})
    return SimpleNamespace(persons=persons, households=households, buildings=buildings)


def step_person(c, severity, answered, rules, seed, stream, day):
    """Move one citizen (a dict of columns) on by a day; return reports per problem and channel."""
    one, half = F(1), F(0.5)
    felt = [F(s) if s >= rules.notice else F(0) for s in severity]
    service = one
    for k in (*range(1, len(felt)), 0):
        service = service * (one - rules.weights[k] * felt[k])
    if any(s > 0 for s in felt):
        c["affected_days"] += 1
    counting = zip(rules.counts_as_outage, felt, strict=True)
    if any(counts and s >= rules.outage for counts, s in counting):
        c["outage_days"] += 1

    willing = one + rules.trust_effect * (c["trust"] - half)
    hazard = c["voice_hazard"] * rules.feedback * willing * (one - c["fatigue"])

    def draw(block, word):
        counter = (int(c["person_id"]), block, day, stream)
        return (philox4x32(counter, (seed & MASK, seed >> 32))[word] + 0.5) / 2**32

    e = c["expectation"]
    target = rules.performance * service + rules.disconfirmation * (service - e)
    target = target + rules.expectation * e
    target = min(max(target + c["disposition"], F(0)), one)
    c["satisfaction"] += rules.satisfaction_rate * (target - c["satisfaction"])
    c["expectation"] = e + rules.expectation_rate * (service - e)
    gap = c["satisfaction"] - c["trust"]
    c["trust"] += (rules.trust_up if gap > 0 else rules.trust_down) * gap
    c["fatigue"] *= rules.fatigue_keep

    if c["awaiting"]:
        if int(answered) & int(c["awaiting"]):
            c["trust"] += rules.answer_gain * (one - c["trust"])
            c["fatigue"] *= half
            c["awaiting"] = int(c["awaiting"]) & ~int(answered)
        elif day - c["last_report_day"] >= rules.patience_days:
            c["trust"] -= rules.ignored_loss * c["trust"]
            c["awaiting"] = 0
    words = (2, 0, 1, *range(3, len(felt)))
    reports = [0] * len(felt)
    for k, (word, s) in enumerate(zip(words, felt, strict=False)):
        waits = int(c["awaiting"]) >> k & 1
        said = draw(word // 3, word % 3) < -math.expm1(-float(hazard) * float(s))
        reports[k] = int(said and not waits)
    channel = None
    if sum(reports):
        cdf = rules.channel_cdf[int(c["digital_access"])]
        channel = next(k for k in Channel if draw(0, 3) < cdf[k])
        c["fatigue"] += rules.fatigue_step * (one - c["fatigue"])
        c["last_report_day"] = day
        c["awaiting"] = int(c["awaiting"]) | sum(made << k for k, made in enumerate(reports))
        c["reports_made"] += sum(reports)
    return reports, channel


def step_day(state, signals, rules, seed, stream, day):
    """Step every row of a saved state; return (state, reports, reports_by_channel)."""
    names = [column.name for column in CITIZENS.columns]
    after = {name: state[name].copy() for name in names}
    reports = np.zeros(signals.severity.shape, dtype=np.int32)
    by_channel = np.zeros(len(Channel), dtype=np.int64)
    for i in range(state["person_id"].size):
        citizen = {name: after[name][i] for name in names}
        b = int(citizen["building"])
        made, channel = step_person(
            citizen, signals.severity[:, b], signals.answered[b], rules, seed, stream, day
        )
        reports[:, b] += made
        if channel is not None:
            by_channel[channel] += sum(made)
        for name in names:
            after[name][i] = citizen[name]
    return after, reports, by_channel
