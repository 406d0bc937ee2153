"""The participation lever: how loud citizens are, through which channels, and whether heard."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import numpy as np

from twin.citizens.columns import ADULT_AGE_YEARS, Channel
from twin.citizens.kernels.day import DayRules, mean_report
from twin.core.errors import Fault, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.citizens.population import Population
    from twin.city.network_kind import NetworkKind
    from twin.core.arrays import Float64
    from twin.parameters import BehaviourParams

USUAL_CHANNELS = (Channel.PHONE, Channel.APP)
"""Channels at which `voice_share` holds."""
_STEPS = 200
_SMALLEST = 1e-30
_CLOSE = 1e-13


@final
@dataclass(frozen=True, slots=True)
class Voice:
    """How citizens may speak to the city.

    Raises
    ------
    ScenarioError
        With every value that is out of bounds.
    """

    voice_share: float = 0.05
    """Mean over adults of the probability that one hit by a problem of severity 1 for a day
    reports it that day, were phone and app open, at trust 0.5, no fatigue and the reference
    feedback rate."""
    channels: tuple[Channel, ...] = (Channel.PHONE, Channel.APP)
    """Open channels. They decide who reports, and so how many: a channel that is shut is not made
    up for by the others."""
    feedback_rate: float = 0.63
    """Share of reports that people know to have been answered."""

    def __post_init__(self) -> None:
        faults = []
        if not 0.0 <= self.voice_share < 1.0:
            faults.append(
                _fault("voice_share", f"is {self.voice_share!r}", "a share of 0 to below 1")
            )
        if not 0.0 <= self.feedback_rate <= 1.0:
            faults.append(
                _fault("feedback_rate", f"is {self.feedback_rate!r}", "a share of 0 to 1")
            )
        known = all(isinstance(channel, Channel) for channel in self.channels)
        if not known or len(set(self.channels)) != len(self.channels):
            names = ", ".join(channel.name.lower() for channel in Channel)
            faults.append(
                _fault("channels", f"are {list(self.channels)!r}", f"each of {names} once at most")
            )
        if faults:
            raise ScenarioError(faults)


def _fault(name: str, what: str, cure: str) -> Fault:
    """Write a fault of the lever."""
    return Fault(where=f"levers.participation.{name}", what=what, mend=f"take {cure}")


def channel_cdf(voice: Voice, params: BehaviourParams) -> Float64:
    """Return the chance of a channel up to each one, shape (2 digital_access, n_channels).

    Preferences of the open channels one can use, scaled to 1; a row without any is all 1.
    """
    preference = np.zeros((2, len(Channel)))
    preference[:, Channel.PHONE] = params.phone_preference
    preference[1, Channel.APP] = params.app_preference
    preference[:, Channel.OFFICE] = params.office_preference
    closed = [channel for channel in Channel if channel not in voice.channels]
    preference[:, closed] = 0.0
    total = preference.sum(axis=1, keepdims=True)
    cdf = np.cumsum(preference, axis=1) / np.where(total > 0.0, total, 1.0)
    last = preference.shape[1] - np.argmax(preference[:, ::-1] > 0.0, axis=1)
    for row in range(2):
        cdf[row, last[row] - 1 :] = 1.0
        if total[row] == 0.0:
            cdf[row] = 1.0
    return cdf


def _ease(voice: Voice, params: BehaviourParams) -> Float64:
    """Return the ease of the easiest usable channel, shape (2 digital_access,)."""
    ease = np.zeros((2, len(Channel)))
    ease[:, Channel.PHONE] = 1.0
    ease[1, Channel.APP] = params.app_ease
    ease[:, Channel.OFFICE] = params.office_ease
    usable = [channel for channel in Channel if channel in voice.channels]
    easiest: Float64 = ease[:, usable].max(axis=1, initial=0.0)
    return easiest


def _income_rank(income: Float64) -> Float64:
    """Return each one's middle rank from 0 (poorest) to 1, equal incomes sharing a rank."""
    ordered = np.sort(income)
    below = np.searchsorted(ordered, income, side="left")
    upto = np.searchsorted(ordered, income, side="right")
    return (below + upto) / (2.0 * max(income.size, 1))


def reporting_weights(population: Population, voice: Voice, params: BehaviourParams) -> Float64:
    """Return how readily each citizen reports, relative to others, shape (n_citizens,).

    w = ease(channels, digital access) exp(b_e education + b_i (income rank - 0.5)
    + b_p civic propensity), and 0 for children. Log-linear rates follow Liu, Bhandaram & Garg,
    2023, arXiv 2204.08620.
    """
    income = population.get("income_kzt_month").astype(np.float64)
    exponent = (
        params.education_effect * population.get("education").astype(np.float64)
        + params.income_effect * (_income_rank(income) - 0.5)
        + params.propensity_effect * population.get("civic_propensity").astype(np.float64)
    )
    adult = population.get("age") >= ADULT_AGE_YEARS
    ease = _ease(voice, params)[population.get("digital_access").astype(np.intp)]
    weights: Float64 = np.where(adult, ease * np.exp(exponent), 0.0)
    return weights


def voice_hazards(population: Population, voice: Voice, params: BehaviourParams) -> Float64:
    """Return each citizen's hazard of reporting at severity 1 and trust 0.5, shape (n_citizens,).

    theta_i = c w_i with the weights of the open channels, and c such that the mean over adults of
    1 - exp(-theta_i) is `voice_share` with phone and app open. It is concave in c, so Newton's
    method from 0 climbs to the root and cannot pass it.
    """
    usual = replace(voice, channels=USUAL_CHANNELS)
    weights = reporting_weights(population, usual, params)
    adults = population.get("age") >= ADULT_AGE_YEARS
    if voice.voice_share == 0.0 or not adults.any():
        return np.zeros(weights.size)
    # sorted, so that the sum does not depend on the order of rows
    sample = np.sort(weights[adults])
    size = sample.mean()
    sample /= size
    scale = 0.0
    for _ in range(_STEPS):
        mean, slope = mean_report(sample, scale)
        if voice.voice_share - mean <= _CLOSE:
            break
        scale += (voice.voice_share - mean) / slope
    own = reporting_weights(population, voice, params)
    hazards: Float64 = own * (scale / size)
    return hazards


def day_rules(params: BehaviourParams, networks: Sequence[NetworkKind], voice: Voice) -> DayRules:
    """Return the parameters of a day in the kernels' form."""
    f32 = np.float32
    feedback = 1.0 + params.feedback_effect * (voice.feedback_rate - params.feedback_reference)
    return DayRules(
        notice=f32(max(params.notice_severity, _SMALLEST)),
        outage=f32(params.outage_severity),
        weights=np.array([kind.felt.service_weight for kind in networks], f32),
        counts_as_outage=np.array([bool(kind.outage_meaning) for kind in networks], np.uint8),
        feedback=f32(feedback),
        trust_effect=f32(params.trust_effect),
        fatigue_keep=f32(np.exp(-1.0 / params.fatigue_days)),
        fatigue_step=f32(params.fatigue_per_report),
        patience_days=np.int32(np.ceil(params.patience_days)),
        answer_gain=f32(params.answer_gain),
        ignored_loss=f32(params.ignored_loss),
        performance=f32(params.performance_coefficient),
        disconfirmation=f32(params.disconfirmation_coefficient),
        expectation=f32(params.expectation_coefficient),
        satisfaction_rate=f32(1.0 / params.satisfaction_days),
        expectation_rate=f32(1.0 / params.expectation_days),
        trust_up=f32(1.0 / params.trust_up_days),
        trust_down=f32(1.0 / params.trust_down_days),
        channel_cdf=channel_cdf(voice, params),
    )
