"""What a person is like when first met: drawn from the id, or worked out from the household."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.citizens.columns import NEVER, OCCUPATIONS
from twin.core.streams import Stream
from twin.kernels.rng import normals_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.citizens.selection import Values
    from twin.core.arrays import Float64, Int32
    from twin.parameters import BehaviourParams, ParticipationParams

_STANDARD_LIMIT = 6.0
_TRUST_MARGIN = 0.01
_OF_WAGE = np.array([0.0, 0.0, 0.15, 1.0, 0.0, 0.0, 0.53])
"""Own income by occupation over a mean wage; estimates, as those of the synthetic towns."""
_WAGE_BY_EDUCATION = np.array([0.72, 0.82, 0.95, 1.35])
_WAGE_WOMEN = 0.80
_OTHER = 0.02
"""Part of other money that everybody brings, over a mean wage."""


def character(
    person: Int32, seed: int, params: BehaviourParams, participation: ParticipationParams
) -> dict[str, Values]:
    """Return the columns that only the id decides, each of shape (n,).

    Civic propensity is standard normal; disposition normal with `disposition_spread`. Trust starts
    at `initial_trust`, satisfaction at that of faultless service, both shifted by it.
    """
    civic = normals_for(seed, int(Stream.CIVIC_PROPENSITY), person, 0, 0)
    shift = params.disposition_spread * normals_for(seed, int(Stream.INITIAL_TRUST), person, 0, 0)
    room = min(params.initial_trust, 1.0 - params.initial_trust) - _TRUST_MARGIN * 0.5
    shift = np.clip(shift, -room, room)
    drawn = normals_for(seed, int(Stream.INITIAL_EFFICACY), person, 0, 0)
    belief = participation.initial_efficacy + participation.efficacy_spread * drawn
    return {
        "civic_propensity": np.clip(civic, -_STANDARD_LIMIT, _STANDARD_LIMIT),
        "disposition": shift,
        "trust": params.initial_trust + shift,
        "satisfaction": np.clip(faultless_satisfaction(params) + shift, 0.0, 1.0),
        "expectation": np.full(person.size, params.initial_expectation),
        "last_report_day": np.full(person.size, NEVER),
        "efficacy": np.clip(belief, 0.0, 1.0),
    }


def faultless_satisfaction(params: BehaviourParams) -> float:
    """Return how far faultless service satisfies those who expect what people expect at first."""
    expected = params.initial_expectation
    satisfied = params.performance_coefficient + params.expectation_coefficient * expected
    satisfied += params.disconfirmation_coefficient * (1.0 - expected)
    return float(min(max(satisfied, 0.0), 1.0))


def shares_of_income(people: Mapping[str, Values], household_income_kzt_month: Float64) -> Float64:
    """Return each person's part of the household's income in KZT a month, shape (n,).

    In proportion to wages, pensions and stipends as their occupations usually bring.
    """
    occupation, household = people["occupation"], people["household"].astype(np.int64)
    employed = occupation == OCCUPATIONS.index("employed")
    weight = _OF_WAGE[occupation] + _OTHER
    pay = _WAGE_BY_EDUCATION[people["education"]] * np.where(people["female"], _WAGE_WOMEN, 1.0)
    weight = np.where(employed, weight * pay, weight)
    whole = np.bincount(household, weights=weight, minlength=household_income_kzt_month.size)
    earning: Float64 = weight / whole[household] * household_income_kzt_month[household]
    return earning
