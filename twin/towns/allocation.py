"""How a state divides its fund among towns, by what they report: one function per rule."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from twin.core.arrays import Float64
    from twin.parameters import StateParams


@final
@dataclass(frozen=True, slots=True, eq=False)
class TownReport:
    """What a town reports to the state when a year opens."""

    town: str
    people: int
    wear: float
    """Mean book wear of its mains as reported, weighted by their cost new, 0-1."""
    request_kzt: float
    """Cost of laying new all mains whose reported wear is in the red zone."""
    lobbying_weight: float
    avoidable_failures: Float64
    """Failures expected next year of each main that may be renewed, shape (n_mains,)."""
    cost_kzt: Float64
    """Cost of laying it new, shape (n_mains,)."""


type Rule = Callable[[Sequence[TownReport], float, StateParams], Float64]
"""Returns KZT by town, which add up to the fund at most."""


def _by_formula(reports: Sequence[TownReport], fund_kzt: float, params: StateParams) -> Float64:  # noqa: ARG001 - no rule but wear zones has parameters
    """Return equal parts per resident."""
    return _in_proportion(fund_kzt, [one.people for one in reports])


def _by_lobbying(reports: Sequence[TownReport], fund_kzt: float, params: StateParams) -> Float64:  # noqa: ARG001 - as above
    """Return parts per resident times the weight of the town."""
    return _in_proportion(fund_kzt, [one.people * one.lobbying_weight for one in reports])


def _by_wear_zone(reports: Sequence[TownReport], fund_kzt: float, params: StateParams) -> Float64:
    """Return what towns request, red zone first, then yellow, then green.

    A zone whose requests exceed what is left shares it in proportion to the requests.
    """
    wear = np.array([one.wear for one in reports])
    request = np.array([one.request_kzt for one in reports])
    zone = (wear <= params.red_zone_wear).astype(int) + (wear <= params.green_zone_wear)
    given = np.zeros(wear.size)
    for one in range(3):
        wanted = np.where(zone == one, request, 0.0)
        left = fund_kzt - float(given.sum())
        given += wanted if wanted.sum() <= left else _in_proportion(left, wanted)
    return given


def _by_cost_benefit(
    reports: Sequence[TownReport],
    fund_kzt: float,
    params: StateParams,  # noqa: ARG001 - as above
) -> Float64:
    """Return the cost of the mains, of all towns, that avoid most expected failures per tenge.

    A main that costs more than what is left is passed over for the next.
    """
    town = np.repeat(np.arange(len(reports)), [one.cost_kzt.size for one in reports])
    cost = np.concatenate([one.cost_kzt for one in reports])
    avoided = np.concatenate([one.avoidable_failures for one in reports])
    given, left = np.zeros(len(reports)), fund_kzt
    for row in np.argsort(-avoided / cost, kind="stable"):
        if cost[row] <= left and avoided[row] > 0.0:
            given[town[row]] += cost[row]
            left -= float(cost[row])
    return given


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "formula": _by_formula,
        "wear_zone": _by_wear_zone,
        "lobbying": _by_lobbying,
        "cost_benefit": _by_cost_benefit,
    }
)
"""By the names of `StateFund.rule`."""


def allocated(
    rule: Rule, reports: Sequence[TownReport], fund_tiyn: int, params: StateParams
) -> dict[str, int]:
    """Return each town's grant in tiyn; together they are the fund exactly.

    What a rule leaves over goes to all towns per resident, so that rules divide the same money.
    """
    by_rule = rule(reports, fund_tiyn / 100.0, params)
    over = max(0.0, fund_tiyn / 100.0 - float(by_rule.sum()))
    weight = by_rule + _in_proportion(over, [one.people for one in reports])
    parts = _whole_parts(fund_tiyn, weight)
    return {one.town: part for one, part in zip(reports, parts, strict=True)}


def _in_proportion(amount: float, weights: Sequence[float] | Float64) -> Float64:
    """Return an amount in proportion to weights; equal parts where all are 0."""
    weight = np.asarray(weights, dtype=np.float64)
    whole = float(weight.sum())
    shares = weight / whole if whole else np.full(weight.size, 1.0 / weight.size)
    return amount * shares


def _whole_parts(amount: int, weight: Float64) -> list[int]:
    """Return whole tiyn in proportion to weights; what rounding leaves goes to the largest."""
    shares = _in_proportion(1.0, weight)
    parts = [int(amount * float(share)) for share in shares]
    parts[int(np.argmax(shares))] += amount - sum(parts)
    return parts
