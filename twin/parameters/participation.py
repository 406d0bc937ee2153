"""How people propose, vote and learn in a participatory budget."""

from __future__ import annotations

from typing import final

from twin.core.parameters import Grade, Number, parameter_group

_GUESS, _LITERATURE, _MEASURED = Grade.GUESS, Grade.LITERATURE, Grade.MEASURED


def _logit(value: float, source: str, meaning: str) -> Number:
    return Number(value, "log odds", -20.0, 20.0, _GUESS, source, meaning)


@final
@parameter_group("citizens.participation")
class ParticipationParams:
    """How people propose, vote and learn in a participatory budget.

    A resident of 18 and over votes with log odds

    vote_base + efficacy_effect (efficacy - 0.5) + digital_effect [online] + peer_effect (share of
    the neighbours in the building who voted last time) + budget_effect ln(money per head / 8,200
    KZT) + stake_effect exp(-distance to the nearest project / taste_distance_m) + age_effect [30 to
    64 years] - offline_cost [neither online nor on paper]

    (a calculus of voting after Riker & Ordeshook, 1968, APSR 62(1), 25-42, with a social term).
    """

    proposals_per_1000_year: float = Number(
        1.2,
        "1/(1000 residents a)",
        0.0,
        100.0,
        _MEASURED,
        "2,764 to 2,890 bids a year of 2.3 M residents, Almaty 2023 and 2025; 0.2 nationally",
        "proposals of an average adult, before civic propensity",
    )
    yard_weight: float = Number(
        0.50,
        "weight",
        0.0,
        10.0,
        _LITERATURE,
        "greenery and environment 0.47 to 0.51 of projects selected (Pabulib, 805 elections)",
        "choice of a yard (greenery, playground) to propose",
    )
    lights_weight: float = Number(
        0.39, "weight", 0.0, 10.0, _LITERATURE, "public space 0.39, same source", "choice of lights"
    )
    street_weight: float = Number(
        0.37, "weight", 0.0, 10.0, _LITERATURE, "roads 0.37, same source", "choice of a pavement"
    )
    pipe_weight: float = Number(
        0.05, "weight", 0.0, 10.0, _GUESS, "pipes are seldom seen", "choice of a main"
    )
    need_effect: float = Number(
        2.0,
        "log per year of outages",
        0.0,
        50.0,
        _GUESS,
        "who had outages for a tenth of the year proposes a main 1.2 times as often",
        "choice of a main by the share of days with outages",
    )
    yard_cost_share: float = Number(
        0.106,
        "share",
        0.001,
        1.0,
        _LITERATURE,
        "median cost of a project over the budget (Pabulib, 805 elections)",
        "median cost of a yard or of lights over the money that is voted on",
    )
    least_cost_kzt: float = Number(
        3.0e5, "KZT", 1.0, 1e9, _GUESS, "a few benches", "least cost of a yard or of lights"
    )
    whole_yard_kzt: float = Number(
        10.0e6,
        "KZT",
        1.0,
        1e10,
        _GUESS,
        "a playground with trees; 27 M a project in Kostanay 2025 (ng.kz 58529)",
        "cost from which a yard gives all of its amenity; a cheaper one gives its part",
    )
    cost_log_spread: float = Number(
        0.7, "1", 0.0, 3.0, _GUESS, "costs are lognormal", "deviation of the logarithm of that cost"
    )
    vote_base: float = _logit(
        -2.9,
        "5 % of adults at usual conditions: 1 % in Kostanay, 7 % in Almaty",
        "log odds to vote",
    )
    efficacy_effect: float = _logit(3.0, "who believes it matters votes", "by efficacy 0 to 1")
    digital_effect: float = _logit(0.5, "84 % of ballots come online (Pabulib)", "online")
    peer_effect: float = _logit(2.0, "neighbours who vote are seen", "by neighbours who voted")
    budget_effect: float = _logit(0.25, "more money, more interest", "by the log of money per head")
    stake_effect: float = _logit(0.8, "a project next door is a stake", "by nearness of a project")
    age_effect: float = _logit(
        0.3, "43 % of voters are 30 to 44 years old (Pabulib)", "from 30 to 64 years"
    )
    offline_cost: float = _logit(3.0, "one must find a helper", "without internet and paper")
    campaign_effect: float = _logit(
        0.2, "leaflets and posters", "by the log of 1 + campaign KZT per head / 100"
    )
    taste_spread: float = Number(
        1.0, "utility", 0.0, 10.0, _GUESS, "people differ", "deviation of tastes by kind of project"
    )
    taste_distance_m: float = Number(
        300.0,
        "m",
        1.0,
        1e5,
        _GUESS,
        "a walk of four minutes",
        "distance at which utility is 1 less",
    )
    quality_spread: float = Number(
        0.7,
        "utility",
        0.0,
        10.0,
        _GUESS,
        "the Gini of votes is 0.29 (Pabulib)",
        "deviation of the quality of projects",
    )
    common_appeal: float = Number(
        1.5, "utility", -10.0, 10.0, _GUESS, "ballots name 2.9 projects", "appeal of any project"
    )
    initial_efficacy: float = Number(
        0.4, "share", 0.01, 0.99, _GUESS, "69 % do not know public councils (qz.inform.kz 2021)"
    )
    efficacy_spread: float = Number(
        0.15, "share", 0.0, 0.5, _GUESS, "people differ", "deviation of efficacy at the start"
    )
    delivered_gain: float = Number(
        0.20, "share of 1 - efficacy", 0.0, 1.0, _GUESS, "seen to work", "a chosen project is built"
    )
    broken_loss: float = Number(
        0.45,
        "share of efficacy",
        0.0,
        1.0,
        _GUESS,
        "2.25 delivered_gain, Tversky & Kahneman 1992",
        "a chosen project is not built",
    )
    no_winner_loss: float = Number(
        0.05, "share of efficacy", 0.0, 1.0, _GUESS, "one loses a fair vote", "none of one's choice"
    )
    delivered_trust: float = Number(
        0.02, "share of 1 - trust", 0.0, 1.0, _GUESS, "a kept promise", "trust gained by delivery"
    )
    broken_trust: float = Number(
        0.045,
        "share of trust",
        0.0,
        1.0,
        _GUESS,
        "2.25 delivered_trust",
        "trust lost by a project not built",
    )
    amenity_gain: float = Number(
        0.08,
        "share",
        0.0,
        0.4,
        _GUESS,
        "a new yard is worth two months without a day of outages",
        "satisfaction gained where a new yard or lights are next door",
    )
    amenity_distance_m: float = Number(
        150.0, "m", 1.0, 1e4, _GUESS, "the block", "distance at which that gain has fallen to 1/e"
    )
    amenity_life_years: float = Number(
        8.0, "years", 0.5, 100.0, _GUESS, "wood and lamps", "years in which a yard wears out"
    )
