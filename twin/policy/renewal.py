"""What share of the money is protected for renewal, which works come first, and what is done."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, final

import numpy as np
from pydantic import Field, create_model, model_validator

from twin.city.actions import Action, RankRenewals, SetRingFence
from twin.city.networks import NETWORKS
from twin.city.work_options import OPTION_NAMES, WorkOption
from twin.policy.base import AbstractLever, levers, sees_truth

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from twin.city.network_kind import NetworkKind
    from twin.city.view import AssetView, CityView
    from twin.core.arrays import Float64, UInt8

_DISCOUNT_SHARE = 1e-6
"""Weight of age where an order ties."""


def _by_age(assets: AssetView) -> Float64:
    """Oldest in the register first."""
    return assets.age_years


def _by_breaks(assets: AssetView) -> Float64:
    """Most failures on record per kilometre first, ties by age."""
    per_km: Float64 = assets.failures_so_far / (assets.length_m / 1000.0)
    return per_km + _DISCOUNT_SHARE * assets.age_years


def _by_book(assets: AssetView) -> Float64:
    """Highest wear in the register first, ties by age: how official wear zones are served."""
    return assets.wear_book + _DISCOUNT_SHARE * assets.age_years


def _by_chance(assets: AssetView) -> Float64:
    """In an order drawn anew each year."""
    return assets.lot


_RANKS: Mapping[str, Callable[[AssetView], Float64]] = MappingProxyType(
    {"age": _by_age, "breaks": _by_breaks, "book": _by_book, "random": _by_chance}
)
"""Orders that do not weigh what a work brings against what it costs."""


def _repairs_spared_kzt(assets: AssetView) -> Float64:
    """Return repair cost spared in the next year by option, shape (n_options, n_assets)."""
    return _spared(assets, assets.repair_cost_kzt)


def _people_spared(assets: AssetView) -> Float64:
    """Return residents times failures spared in the next year, same shape."""
    return _spared(assets, 1.0 + assets.people_served)


def _harm_spared_kzt(assets: AssetView) -> Float64:
    """Return harm spared in the next year, same shape: repairs, supply lost here and elsewhere."""
    return _spared(assets, assets.harm_kzt) + assets.option_elsewhere_kzt


def _harm_spared_in_plan_kzt(assets: AssetView) -> Float64:
    """Return harm spared a year in the mean of the years a plan looks ahead, same shape."""
    failures = assets.option_failures_per_year
    spared: Float64 = (failures[WorkOption.REPAIR] - failures) * assets.harm_kzt
    return spared + assets.option_elsewhere_kzt


_VALUES: Mapping[str, Callable[[AssetView], Float64]] = MappingProxyType(
    {
        "risk": _repairs_spared_kzt,
        "people": _people_spared,
        "consequence": _harm_spared_kzt,
        "omniscient": _harm_spared_kzt,
        "optimised": _harm_spared_in_plan_kzt,
    }
)
"""Orders by what a work brings a year per KZT, comparable across networks."""


def _spared(assets: AssetView, worth: Float64) -> Float64:
    """Return failures spared in the next year by option times the worth of each, same shape.

    An option spares the share of next year's failures that it spares over the years of a plan.
    """
    failures = assets.option_failures_per_year
    as_it_is = failures[WorkOption.REPAIR]
    fails = as_it_is > 0.0
    share = np.zeros_like(failures)
    np.divide(as_it_is - failures, as_it_is, out=share, where=fails)
    spared: Float64 = np.where(fails, share * assets.failures_per_year, -failures) * worth
    return spared


def _field(kind: NetworkKind) -> str:
    """Return the field with a network's share of the renewal money."""
    return f"{kind.name}_share"


if TYPE_CHECKING:
    _Shares = AbstractLever
else:
    _described = "[share] of the renewal money reserved for {}; what is not reserved is one purse."
    _fields: dict[str, Any] = {
        _field(kind): (
            Annotated[float, Field(ge=0, le=1, description=_described.format(kind.edges_name))],
            0.0,
        )
        for kind in NETWORKS
    }
    _Shares = create_model("_Shares", __base__=AbstractLever, **_fields)


@final
@levers.register("renewal")
class Renewal(_Shares):
    """Planned works on mains and pavements.

    Every network has a field `<name>_share`.
    """

    upper_bounds: ClassVar[Mapping[str, frozenset[str]]] = MappingProxyType(
        {"order": frozenset({"omniscient", "optimised"})}
    )

    ring_fence_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """[share] of the year's money that only renewal may spend."""
    order: Literal[
        "age",
        "breaks",
        "book",
        "risk",
        "people",
        "consequence",
        "random",
        "omniscient",
        "optimised",
    ] = "risk"
    """Which works come first: oldest, most breaks on record, worst in the register; per KZT most
    repair cost, residents times failures, or harm spared by the estimated failures; by chance.
    `omniscient` and `optimised` are upper bounds for experiments and no policy: they see the true
    rate of each main, as `consequence` or with the best use of the purse."""
    options: Annotated[
        tuple[Literal["line", "replace", "loop", "decommission"], ...], Field(min_length=1)
    ] = ("replace",)
    """What may be done with an asset; of several, what spares most harm per KZT."""
    least_age_years: Annotated[float, Field(ge=0, le=100)] = 15.0
    """[years] assets that are younger in the register are left alone."""

    @model_validator(mode="after")
    def _shares_fit(self) -> Renewal:
        """Refuse to reserve more than there is."""
        shares = self._reserved()
        if sum(shares) > 1.0 + 1e-9:
            listed = " + ".join(
                f"{_field(kind)} {getattr(self, _field(kind)):g}" for kind in NETWORKS
            )
            message = (
                f"{listed} = {sum(shares):g} reserves over 1; lower them to 1 or less together"
            )
            raise ValueError(message)
        return self

    def _reserved(self) -> tuple[float, ...]:
        """Return the share reserved for each network."""
        return tuple(float(getattr(self, _field(kind))) for kind in NETWORKS)

    def decide(self, view: CityView) -> tuple[Action, ...]:
        """Protect the share, choose what to do with each asset, and rank the works."""
        seen = view.assets
        if sees_truth(self) and view.truth is not None:
            seen = view.truth
        option, per_kzt = self._best_options(seen)
        if self.order in _VALUES:
            score = per_kzt
        else:
            score = np.array(_RANKS[self.order](seen), dtype=np.float64)
            score[np.isnan(per_kzt)] = np.nan
        links = option == WorkOption.LOOP
        score[~links & (seen.age_years < self.least_age_years)] = np.nan
        ranking = RankRenewals(
            score=score,
            option=option,
            order=self.order,
            network_shares=self._reserved() if any(self._reserved()) else (),
            seen=seen,
        )
        return (SetRingFence(self.ring_fence_share), ranking)

    def _best_options(self, assets: AssetView) -> tuple[UInt8, Float64]:
        """Return each asset's option that spares most per KZT, and how much; NaN: nothing."""
        value = _VALUES.get(self.order, _harm_spared_kzt)(assets)
        allowed = _rows(self.options)
        cost_kzt = assets.option_cost_kzt[allowed]
        possible = np.isfinite(cost_kzt) & (cost_kzt > 0.0)
        per_kzt = np.full(cost_kzt.shape, -np.inf)
        np.divide(value[allowed], cost_kzt, out=per_kzt, where=possible)
        best = per_kzt.argmax(axis=0)
        top = np.take_along_axis(per_kzt, best[None, :], axis=0)[0]
        return np.array(allowed, dtype=np.uint8)[best], np.where(top > 0.0, top, np.nan)


def _rows(options: Sequence[str]) -> list[int]:
    """Return rows of the tables by option."""
    return [OPTION_NAMES.index(name) for name in sorted(options, key=OPTION_NAMES.index)]
