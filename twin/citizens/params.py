"""What is assumed about people: every number of their behaviour, with unit and source."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import final

from twin.core.errors import Fault, ScenarioError


def _fact(default: float, unit: str, low: float, high: float, source: str) -> float:
    """Declare a parameter with its unit, bounds and source."""
    facts = {"unit": unit, "low": low, "high": high, "source": source}
    value: float = field(default=default, metadata=facts)
    return value


@final
@dataclass(frozen=True, slots=True)
class BehaviourParams:
    """How citizens notice, report, judge and trust. Field metadata hold unit, bounds and source.

    Raises
    ------
    ScenarioError
        With every value that is out of bounds.

    Notes
    -----
    The two readings of disconfirmation in Van Ryzin (2006) are two choices of coefficients.
    Subtractive (the default): high expectations lower satisfaction, as
    `expectation_coefficient < disconfirmation_coefficient`. Perceived: make it the larger one.

    References
    ----------
    Van Ryzin, 2006, JPART 16(4), 599-611, and 2013, J. Policy Anal. Manage. 32(3), 597-614
    (expectancy-disconfirmation). Liu, Bhandaram & Garg, 2023, Nature Computational Science,
    arXiv 2204.08620 (unequal reporting). Tversky & Kahneman, 1992, J. Risk Uncertain. 5,
    297-323 (losses weigh 2.25 times).
    """

    notice_severity: float = _fact(0.05, "share", 0, 1, "assumption: weaker faults go unnoticed")
    outage_severity: float = _fact(0.5, "share", 0, 1, "assumption: from here a service is out")

    education_effect: float = _fact(
        0.25, "log per level", 0, 3, "sign: Liu et al. 2023; size: assumption (2.1 times, 0 to 3)"
    )
    income_effect: float = _fact(
        0.5, "log, poorest to richest", 0, 3, "sign: Liu et al. 2023; size: assumption"
    )
    propensity_effect: float = _fact(
        0.8, "log per standard score", 0, 3, "assumption: few people make most reports"
    )
    app_ease: float = _fact(1.3, "ratio to phone", 0, 10, "assumption: an app is less effort")
    office_ease: float = _fact(0.4, "ratio to phone", 0, 10, "assumption: a visit is more effort")
    trust_effect: float = _fact(
        1.0, "ratio per unit of trust", 0, 2, "assumption: 0.5 to 1.5 times between trust 0 and 1"
    )
    feedback_effect: float = _fact(
        0.5, "ratio per unit of feedback", 0, 1, "assumption: seen answers invite reports"
    )
    feedback_reference: float = _fact(
        0.63, "share", 0, 1, "63 % solved at first call, Kostanay 2025 (inform.kz)"
    )
    phone_preference: float = _fact(
        0.70, "weight", 0, 1, "with the next two: 21 % digital, Astana 2025 (baq.kz 300028559)"
    )
    app_preference: float = _fact(0.25, "weight, digital users", 0, 1, "see phone_preference")
    office_preference: float = _fact(0.05, "weight", 0, 1, "see phone_preference")

    fatigue_per_report: float = _fact(0.3, "share", 0, 1, "assumption")
    fatigue_days: float = _fact(60, "days", 1, 1e5, "assumption: time constant of recovery")
    patience_days: float = _fact(21, "days", 1, 1e4, "assumption: wait before a report is ignored")
    answer_gain: float = _fact(0.03, "share of 1 - trust", 0, 1, "assumption")
    ignored_loss: float = _fact(
        0.0675, "share of trust", 0, 1, "assumption: 2.25 answer_gain, Tversky & Kahneman 1992"
    )

    performance_coefficient: float = _fact(
        0.4, "share", 0, 2, "form: Van Ryzin 2013; size: assumption"
    )
    disconfirmation_coefficient: float = _fact(
        0.4, "share", 0, 2, "form: Van Ryzin 2013; size: assumption"
    )
    expectation_coefficient: float = _fact(
        0.1,
        "share",
        0,
        2,
        "assumption: faultless service then satisfies 0.5, as 48-60 % in the survey of March 2024",
    )
    satisfaction_days: float = _fact(30, "days", 1, 1e5, "assumption: a month of memory")
    expectation_days: float = _fact(365, "days", 1, 1e5, "assumption: people get used in a year")
    trust_down_days: float = _fact(365, "days", 1, 1e5, "assumption: a bad year matters")
    trust_up_days: float = _fact(
        821.25, "days", 1, 1e5, "2.25 trust_down_days: negativity bias, Tversky & Kahneman 1992"
    )

    initial_trust: float = _fact(
        0.5, "share", 0.01, 0.99, "statistics bureau, March 2024: 48-60 % satisfied (qyzyq.kz)"
    )
    disposition_spread: float = _fact(0.1, "share", 0, 0.2, "assumption: between persons")
    initial_expectation: float = _fact(1.0, "share", 0, 1, "assumption: full service is expected")

    def __post_init__(self) -> None:
        check_bounds(self, "citizens.behaviour")


@final
@dataclass(frozen=True, slots=True)
class PaymentParams:
    """Who pays the monthly bill.

    Share = base - burden_effect * bill / income + trust_effect * trust, the form of the collection
    rate of housing services in the project's policy notes. No measured rate for Kazakhstan was
    found (0.93-0.98 is held likely), so the sizes are assumptions: 0.955 at a bill of 5 % of income
    and a trust of 0.5.
    """

    base: float = _fact(0.93, "share", 0, 1, "assumption")
    burden_effect: float = _fact(0.5, "share per bill/income", 0, 10, "assumption")
    trust_effect: float = _fact(0.1, "share per trust", 0, 1, "assumption")

    def __post_init__(self) -> None:
        check_bounds(self, "citizens.payment")


def check_bounds(params: BehaviourParams | PaymentParams, where: str) -> None:
    """Raise one error with every field outside the bounds of its metadata."""
    faults = []
    for fact in fields(params):
        value = getattr(params, fact.name)
        low, high, unit = (fact.metadata[key] for key in ("low", "high", "unit"))
        if not low <= value <= high:
            faults.append(
                Fault(
                    where=f"{where}.{fact.name}",
                    what=f"is {value!r}, outside {low:g} to {high:g} {unit}",
                    mend=f"take a value inside, or leave it out for {fact.default!r}",
                    code="E-VALUE",
                )
            )
    if faults:
        raise ScenarioError(faults)
