"""How people notice, report, judge, trust and pay."""

from __future__ import annotations

from typing import final

from twin.core.parameters import Grade, Number, parameter_group

_GUESS, _MEASURED = Grade.GUESS, Grade.MEASURED


@final
@parameter_group("citizens.behaviour")
class BehaviourParams:
    """How citizens notice, report, judge and trust.

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

    notice_severity: float = Number(
        0.05, "share", 0, 1, _GUESS, "weaker faults go unnoticed", "severity noticed from here on"
    )
    outage_severity: float = Number(
        0.5, "share", 0, 1, _GUESS, "half a service", "severity from which a service is out"
    )

    self_heated_severity: float = Number(
        0.5,
        "share",
        0,
        1,
        _GUESS,
        "the radiator is cold and the meter runs",
        "severity of a cold radiator in a home that electric heaters keep warm",
    )

    education_effect: float = Number(
        0.25,
        "log per level",
        0,
        3,
        _GUESS,
        "sign: Liu et al. 2023; size: 2.1 times over levels 0 to 3",
        "reporting rate by education",
    )
    income_effect: float = Number(
        0.5,
        "log, poorest to richest",
        0,
        3,
        _GUESS,
        "sign: Liu et al. 2023; size guessed",
        "reporting rate by rank of income",
    )
    propensity_effect: float = Number(
        0.8,
        "log per standard score",
        0,
        3,
        _GUESS,
        "few people make most reports",
        "reporting rate by civic propensity",
    )
    app_ease: float = Number(1.3, "ratio to phone", 0, 10, _GUESS, "an app is less effort")
    office_ease: float = Number(0.4, "ratio to phone", 0, 10, _GUESS, "a visit is more effort")
    trust_effect: float = Number(
        1.0,
        "ratio per unit of trust",
        0,
        2,
        _GUESS,
        "0.5 to 1.5 times between trust 0 and 1",
        "reporting rate by trust",
    )
    feedback_effect: float = Number(
        0.5,
        "ratio per unit of feedback",
        0,
        1,
        _GUESS,
        "visible answers invite reports",
        "reporting rate by share of reports answered",
    )
    feedback_reference: float = Number(
        0.63,
        "share",
        0,
        1,
        _MEASURED,
        "63 % solved at first call, Kostanay 2025 (inform.kz)",
        "share of reports answered at which reporting is usual",
    )
    phone_preference: float = Number(
        0.70,
        "weight",
        0.001,
        1,
        _MEASURED,
        "with the next two: 21 % digital, Astana 2025 (baq.kz 300028559)",
        "choice of the phone",
    )
    app_preference: float = Number(
        0.25,
        "weight",
        0.001,
        1,
        _MEASURED,
        "see phone_preference",
        "choice of the app, digital users",
    )
    office_preference: float = Number(
        0.05, "weight", 0.001, 1, _MEASURED, "see phone_preference", "choice of a visit"
    )

    fatigue_per_report: float = Number(
        0.3, "share", 0, 1, _GUESS, "a second report is less likely", "weariness added by a report"
    )
    fatigue_days: float = Number(
        60, "days", 1, 1e5, _GUESS, "two months", "time constant of recovery from weariness"
    )
    patience_days: float = Number(
        21, "days", 1, 1e4, _GUESS, "three weeks", "wait before a report counts as ignored"
    )
    answer_gain: float = Number(
        0.03,
        "share of 1 - trust",
        0,
        1,
        _GUESS,
        "small beside the service itself",
        "trust gained by an answer",
    )
    ignored_loss: float = Number(
        0.0675,
        "share of trust",
        0,
        1,
        _GUESS,
        "2.25 answer_gain, Tversky & Kahneman 1992",
        "trust lost by silence",
    )

    performance_coefficient: float = Number(
        0.5,
        "share",
        0,
        2,
        _GUESS,
        "faultless service then satisfies 0.6, as the best service of the survey of March 2024 "
        "(ambulances 60.3 %, qyzyq.kz), and earns trust",
        "satisfaction by service",
    )
    disconfirmation_coefficient: float = Number(
        0.4,
        "share",
        0,
        2,
        _GUESS,
        "form: Van Ryzin 2013; size guessed",
        "satisfaction by service less expectation",
    )
    expectation_coefficient: float = Number(
        0.1,
        "share",
        0,
        2,
        _GUESS,
        "form: Van Ryzin 2013; size guessed",
        "satisfaction by expectation",
    )
    bill_effect: float = Number(
        1.0,
        "share per bill/income",
        0,
        20,
        _GUESS,
        "a bill of 10 instead of 5 % of income costs a twentieth of satisfaction",
        "satisfaction lost by bills above those one is used to",
    )
    bill_months: float = Number(
        24, "months", 1, 1_200, _GUESS, "two years", "time constant of getting used to bills"
    )
    satisfaction_days: float = Number(
        30, "days", 1, 1e5, _GUESS, "a month of memory", "time constant of satisfaction"
    )
    expectation_days: float = Number(
        365, "days", 1, 1e5, _GUESS, "people get used in a year", "time constant of expectation"
    )
    trust_down_days: float = Number(
        365, "days", 1, 1e5, _GUESS, "a bad year matters", "time constant of falling trust"
    )
    trust_up_days: float = Number(
        821.25,
        "days",
        1,
        1e5,
        _GUESS,
        "2.25 trust_down_days: negativity bias, Tversky & Kahneman 1992",
        "time constant of rising trust",
    )

    initial_trust: float = Number(
        0.5,
        "share",
        0.01,
        0.99,
        _MEASURED,
        "statistics bureau, March 2024: 48-60 % satisfied (qyzyq.kz)",
        "trust at the start",
    )
    disposition_spread: float = Number(
        0.1,
        "share",
        0,
        0.2,
        _GUESS,
        "people differ",
        "standard deviation of initial trust between persons",
    )
    initial_expectation: float = Number(
        1.0, "share", 0, 1, _GUESS, "full service is expected", "expected service at the start"
    )


@final
@parameter_group("citizens.opinion")
class OpinionParams:
    """How people move each other's trust when they talk.

    Each month a person moves towards those whom it knows and whose trust is near enough
    (`twin.citizens.kernels.opinion`). With a strength or a bound of 0 nobody listens.
    """

    strength_per_month: float = Number(
        0.05,
        "1/month",
        0,
        1,
        _GUESS,
        "a year of talk closes half of the gap to those around; service moves trust as fast",
        "part of the gap to all whom one knows that is closed",
    )
    confidence_bound: float = Number(
        0.3,
        "share",
        0,
        1,
        _GUESS,
        "form: Hegselmann & Krause 2002; size guessed",
        "difference of trust from which people do not listen to each other",
    )
    neighbour_ties: float = Number(
        2, "persons", 0, 20, _GUESS, "one door on either side", "neighbours one talks to"
    )
    work_ties: float = Number(
        4, "persons", 0, 40, _GUESS, "a small crew", "colleagues one talks to"
    )
    school_ties: float = Number(
        4, "persons", 0, 40, _GUESS, "friends in class", "classmates one talks to"
    )


@final
@parameter_group("citizens.payment")
class PaymentParams:
    """Who pays the monthly bill.

    Share = base - burden_effect * bill / income + trust_effect * trust, the form of the collection
    rate of housing services in the project's policy notes. No measured rate for Kazakhstan was
    found (0.93-0.98 is held likely), so the sizes are guesses: 0.955 at a bill of 5 % of income
    and a trust of 0.5.
    """

    base: float = Number(
        0.93,
        "share",
        0,
        1,
        _GUESS,
        "0.955 at a bill of 5 % of income and a trust of 0.5",
        "share that pays a free service, without trust",
    )
    burden_effect: float = Number(
        0.5,
        "share per bill/income",
        0,
        10,
        _GUESS,
        "see base",
        "share lost as bills take all income",
    )
    trust_effect: float = Number(
        0.1, "share per trust", 0, 1, _GUESS, "see base", "share gained from trust 0 to 1"
    )
    mood_persistence: float = Number(
        0.9,
        "share",
        0,
        1,
        _GUESS,
        "who paid last month pays this month; a spell lasts ten months",
        "households that decide as last month",
    )
