"""What share of the money is protected for renewal, and which assets are renewed first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, final

import numpy as np
from pydantic import Field

from twin.city.actions import Action, RankRenewals, SetRingFence
from twin.policy.base import AbstractLever, levers

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.city.view import AssetView, CityView
    from twin.core.arrays import Float64


def _by_age(assets: AssetView) -> Float64:
    """Oldest first."""
    return assets.age_years


def _by_breaks(assets: AssetView) -> Float64:
    """Most failures per kilometre so far first, ties by age."""
    per_km: Float64 = assets.failures_so_far / (assets.length_m / 1000.0)
    return per_km + 1e-6 * assets.age_years


def _by_book(assets: AssetView) -> Float64:
    """Highest wear in the register first, ties by age: how official wear zones are served."""
    return assets.wear_book + 1e-6 * assets.age_years


def _by_risk(assets: AssetView) -> Float64:
    """Most expected repair cost avoided per KZT of renewal first."""
    return assets.failures_per_year * assets.repair_cost_kzt / assets.renewal_cost_kzt


def _by_people(assets: AssetView) -> Float64:
    """Most expected failures times people served per KZT of renewal first."""
    return assets.failures_per_year * (1.0 + assets.people_served) / assets.renewal_cost_kzt


_ORDERS: dict[str, Callable[[AssetView], Float64]] = {
    "age": _by_age,
    "breaks": _by_breaks,
    "book": _by_book,
    "risk": _by_risk,
    "people": _by_people,
}


@final
@levers.register("renewal")
class Renewal(AbstractLever):
    """Planned renewal of pipes and pavements."""

    ring_fence_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """[share] of the year's money that only renewal may spend."""
    order: Literal["age", "breaks", "book", "risk", "people"] = "risk"
    """Which assets come first: oldest, most broken, worst in the register, most repair cost avoided
    per KZT, or most people spared a failure per KZT."""
    least_age_years: Annotated[float, Field(ge=0, le=100)] = 15.0
    """[years] younger assets are not renewed."""

    def decide(self, view: CityView) -> tuple[Action, ...]:
        """Protect the share and rank the assets."""
        score = np.array(_ORDERS[self.order](view.assets), dtype=np.float64)
        score[view.assets.age_years < self.least_age_years] = np.nan
        return (SetRingFence(self.ring_fence_share), RankRenewals(score))
