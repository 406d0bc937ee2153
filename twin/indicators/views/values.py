"""How much of a frame is computed, and what a view shows of a run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.indicators.views.form import Item, Term, View


@final
@dataclass(frozen=True, slots=True)
class Coverage:
    """Items of a frame by what they are computed from."""

    named: int
    """Items of the whole frame."""
    listed: int
    """Items that the view lists."""
    computed: int
    """Items computed in whole."""
    partly: int
    """Items of which a part is computed."""
    inputs: int
    """Items that a lever sets: known, but no result."""
    missing: int
    """Listed items with a reason why nothing is computed."""

    def __str__(self) -> str:
        """Write the counts on one line."""
        unlisted = self.named - self.listed
        tail = f", {unlisted} not listed" if unlisted else ""
        return (
            f"{self.computed} of {self.named} computed in whole, {self.partly} in part, "
            f"{self.inputs} set by a lever, {self.missing} not computed{tail}"
        )


def coverage_of(view: View) -> Coverage:
    """Count the items of a view."""
    measured = [item for item in view.items if item.indicators or item.score]
    partly = sum(bool(item.partly) for item in measured)
    return Coverage(
        named=view.named,
        listed=len(view.items),
        computed=len(measured) - partly,
        partly=partly,
        inputs=sum(bool(item.lever) for item in view.items),
        missing=sum(bool(item.none) for item in view.items),
    )


@final
@dataclass(frozen=True, slots=True)
class Reading:
    """What a run shows of one item."""

    item: Item
    values: dict[str, float]
    """Value by indicator, NaN where the run does not define it."""
    score: float
    """Score from 0 to 1; NaN for an item without a score, or where a term has none."""
    outside: tuple[str, ...]
    """Indicators beyond the ends of their reference scale, counted as 0 or 1."""
    assumed: tuple[str, ...]
    """Undefined indicators that count as their term's `when_undefined`."""


def read_view(view: View, totals: Mapping[str, float]) -> list[Reading]:
    """Return what a run shows of each item of a view, in the view's order.

    Parameters
    ----------
    view
        Items and what they are computed from.
    totals
        Value by indicator over a period. An indicator that is absent is unknown, and no assumption
        is made for it; NaN is undefined, for which a term may state a score.
    """
    return [_read_item(item, totals) for item in view.items]


def _read_item(item: Item, totals: Mapping[str, float]) -> Reading:
    """Return what a run shows of one item."""
    kinds = item.indicators or tuple(term.indicator for term in item.score)
    values = {kind: float(totals.get(kind, math.nan)) for kind in kinds}
    parts, assumed = [], []
    for term in item.score:
        part = scaled(term, values[term.indicator])
        if math.isnan(part) and term.when_undefined is not None and term.indicator in totals:
            part = term.when_undefined
            assumed.append(term.indicator)
        parts.append(part)
    outside = [term.indicator for term in item.score if _position(term, values[term.indicator])[1]]
    return Reading(item, values, _combined(item, parts), tuple(outside), tuple(assumed))


def scaled(term: Term, value: float) -> float:
    """Return the place of a value on a term's reference scale, 0 to 1; NaN from NaN."""
    return _position(term, value)[0]


def _position(term: Term, value: float) -> tuple[float, bool]:
    """Return the place on the scale within 0 to 1, and whether the value lies beyond its ends."""
    place = (value - term.zero_at) / (term.one_at - term.zero_at)
    if math.isnan(place):
        return place, False
    return min(1.0, max(0.0, place)), not 0.0 <= place <= 1.0


def _combined(item: Item, parts: list[float]) -> float:
    """Return the weighted mean, or the weighted product, of the terms of a score."""
    if not parts or any(math.isnan(part) for part in parts):
        return math.nan
    weights = [term.weight for term in item.score]
    if item.combine == "product":
        powers = [math.pow(part, weight) for part, weight in zip(parts, weights, strict=True)]
        return math.prod(powers)
    weighted = sum(part * weight for part, weight in zip(parts, weights, strict=True))
    return weighted / sum(weights)
