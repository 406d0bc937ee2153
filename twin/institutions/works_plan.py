"""The plan of works of a season: what the renewal money buys, in the order of the policy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.city.networks import NETWORKS, STREET
from twin.city.work_options import WorkOption
from twin.institutions.work_reasons import reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from twin.city.actions import RankRenewals
    from twin.core.arrays import Float64, Int32, Int64

_TIYN_PER_KZT = 100.0
"""Costs are whole tiyn, rounded up."""


@final
@dataclass(slots=True)
class Work:
    """One work of the plan."""

    asset: int
    """Row in the register."""
    option: WorkOption
    cost_kzt: float
    reason: str
    """In words, for whoever carries it on."""
    planned_day: int = -1
    start_day: int = -1
    end_day: int = -1


@final
@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """On what terms works are done this season."""

    price_kzt: Float64
    """Of laying each asset new at norm, shape (n_assets,); infinite where it cannot be."""
    network: Int32
    street_edge: Int32
    """Street above each asset, -1 none; shape (n_assets,)."""
    cost_factor: float = 1.0
    """Cost of works under the present conduct over the norm."""
    coordinated_price: float | None = None
    """Price of a pavement laid with a main over its own; None: digs are not coordinated."""


@final
class _Purse:
    """Works bought so far, and what is left."""

    def __init__(self, ranking: RankRenewals, terms: Terms) -> None:
        self.works: list[Work] = []
        self._taken: set[int] = set()
        self._ranking, self._terms = ranking, terms
        n = ranking.score.size
        planned = ranking.option.size == n
        self._option = ranking.option if planned else np.full(n, WorkOption.REPLACE, np.uint8)
        full = terms.price_kzt
        if planned and ranking.seen.option_cost_kzt.shape[1] == n:
            full = ranking.seen.option_cost_kzt[self._option, np.arange(n)]
        never = np.isnan(ranking.score) | ~np.isfinite(full)
        cost_kzt = np.where(never, np.inf, full) * terms.cost_factor
        self.cost_kzt: Float64 = np.ceil(cost_kzt * _TIYN_PER_KZT) / _TIYN_PER_KZT

    def spend(self, rows: Int64, kzt: float) -> float:
        """Buy works in the given order as far as money goes; return what is left.

        A work that costs more than what is left is passed over for the next in rank.
        """
        cheapest = float(self.cost_kzt[rows].min(initial=np.inf))
        for row in rows.tolist():
            if kzt < cheapest:
                break
            if row not in self._taken and self.cost_kzt[row] <= kzt:
                option = WorkOption(int(self._option[row]))
                kzt -= self._buy(row, option, float(self.cost_kzt[row]))
                kzt -= self._pave_with(row, option, kzt)
        return kzt

    def _buy(self, row: int, option: WorkOption, cost_kzt: float, why: str = "") -> float:
        """Take a work into the plan; return its cost."""
        words = why or reason(self._ranking, row, option)
        self.works.append(Work(row, option, cost_kzt, words))
        self._taken.add(row)
        return cost_kzt

    def _pave_with(self, row: int, option: WorkOption, kzt: float) -> float:
        """Add the street above a main that is laid new where digs are coordinated; return cost."""
        terms, street = self._terms, int(self._terms.street_edge[row])
        digs = option in (WorkOption.REPLACE, WorkOption.LOOP)
        if terms.coordinated_price is None or not digs or terms.network[row] == STREET.code:
            return 0.0
        if street < 0 or street in self._taken or np.isnan(self._ranking.score[street]):
            return 0.0
        full = terms.coordinated_price * terms.cost_factor * float(terms.price_kzt[street])
        price = math.ceil(full * _TIYN_PER_KZT) / _TIYN_PER_KZT
        if price > kzt:
            return 0.0
        return self._buy(street, WorkOption.REPLACE, price, "paved with the main laid under it")


def plan_works(ranking: RankRenewals, fund_kzt: float, terms: Terms) -> list[Work]:
    """Return the works that a season's money buys, in the order in which they are chosen.

    The money reserved for a network buys its works first; what it leaves joins the common purse,
    which buys works of all networks by rank.

    Parameters
    ----------
    ranking
        Of the policy in force; without `option` every asset is laid new, at the price of `terms`.
    fund_kzt
        Money for renewal. The costs of the works add up to no more.
    terms
        Prices and conduct.
    """
    if not ranking.score.size or fund_kzt <= 0.0:
        return []
    purse = _Purse(ranking, terms)
    order = np.argsort(-np.nan_to_num(ranking.score, nan=-np.inf), kind="stable")
    common_kzt = fund_kzt
    for code, share in enumerate(ranking.network_shares):
        reserved = share * fund_kzt
        common_kzt += purse.spend(order[terms.network[order] == code], reserved) - reserved
    purse.spend(order, common_kzt)
    return _fitted(purse.works, fund_kzt)


def _fitted(works: list[Work], fund_kzt: float) -> list[Work]:
    """Drop the last works where rounding has let the sum pass the fund."""
    while works and sum(work.cost_kzt for work in works) > fund_kzt:
        works.pop()
    return works


def schedule(
    works: Sequence[Work], day: int, days_left: int, length_m: Float64, m_per_day: float
) -> None:
    """Give each work its days, so that they are spread evenly over the season.

    Parameters
    ----------
    works
        Changed in place.
    day
        Today.
    days_left
        Until the season ends.
    length_m
        Of each asset, shape (n_assets,).
    m_per_day
        Length laid in a day.
    """
    for place, work in enumerate(works):
        duration = max(1, int(np.ceil(float(length_m[work.asset]) / m_per_day)))
        latest = max(0, days_left - duration)
        work.planned_day = day
        work.start_day = day + latest * place // max(1, len(works))
        work.end_day = work.start_day + duration - 1


def by_network(works: Iterable[Work], network: Int32) -> dict[str, float]:
    """Return the cost of works by network in KZT."""
    sums = {kind.name: 0.0 for kind in NETWORKS}
    for work in works:
        sums[NETWORKS[int(network[work.asset])].name] += work.cost_kzt
    return sums
