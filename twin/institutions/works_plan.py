"""The plan of works of a season: what the renewal money buys, in the order of the policy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.city.actions import RankRenewals
from twin.city.networks import NETWORKS, STREET
from twin.city.work_options import WorkOption
from twin.institutions.contracts import Contract, Outcome
from twin.institutions.work_reasons import reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

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
    """Price of its contract."""
    reason: str
    """In words, for whoever carries it on."""
    planned_day: int = -1
    start_day: int = -1
    end_day: int = -1
    overrun_kzt: float = 0.0
    """Part of the price over the fair one."""
    outcome: Outcome = Outcome.GOOD


def _at_norm(_: int, norm_kzt: float) -> Contract:
    """Return the contract of a work that costs what prices of the network say."""
    return Contract(norm_kzt, 0.0)


def _same(norm_kzt: Float64) -> Float64:
    """Return the costs at norm as the least prices."""
    return norm_kzt


@final
@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """On what terms works are done this season."""

    price_kzt: Float64
    """Of laying each asset new at norm, shape (n_assets,); infinite where nothing can be done."""
    network: Int32
    street_edge: Int32
    """Street above each asset, -1 none; shape (n_assets,)."""
    coordinated_price: float | None = None
    """Price of a pavement laid with a main over its own; None: digs are not coordinated."""
    let: Callable[[int, float], Contract] = _at_norm
    """Contract of a work on an asset, of which row and cost at norm in KZT are given."""
    least_kzt: Callable[[Float64], Float64] = _same
    """Least prices of contracts for works of the given costs at norm."""
    department_kzt: tuple[float, ...] = ()
    """Most that the department of each network may spend; empty: each may spend all."""


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
        never = np.isnan(ranking.score) | ~np.isfinite(full) | ~np.isfinite(terms.price_kzt)
        self._norm_kzt: Float64 = np.where(never, np.inf, full)
        self._least_kzt: Float64 = terms.least_kzt(self._norm_kzt)
        self._left_kzt = list(terms.department_kzt)

    def spend(self, rows: Int64, kzt: float) -> float:
        """Buy works in the given order as far as money goes; return what is left.

        A work whose contract costs more than what is left, of the money or of its department's
        part, is passed over for the next in rank.
        """
        cheapest = float(self._least_kzt[rows].min(initial=np.inf))
        for row in rows.tolist():
            if kzt < cheapest:
                break
            if row not in self._taken and self._least_kzt[row] <= kzt:
                option = WorkOption(int(self._option[row]))
                cost_kzt = self._buy(row, option, float(self._norm_kzt[row]), kzt)
                if cost_kzt:
                    kzt -= cost_kzt + self._pave_with(row, option, kzt - cost_kzt)
        return kzt

    def _buy(
        self, row: int, option: WorkOption, norm_kzt: float, kzt: float, why: str = ""
    ) -> float:
        """Let a work and take it into the plan if it can be paid; return its cost, else 0."""
        let = self._terms.let(row, norm_kzt)
        cost_kzt = math.ceil(let.price_kzt * _TIYN_PER_KZT) / _TIYN_PER_KZT
        network = int(self._terms.network[row])
        if cost_kzt > min([kzt, *self._left_kzt[network : network + 1]]):
            return 0.0
        if self._left_kzt:
            self._left_kzt[network] -= cost_kzt
        words = why or reason(self._ranking, row, option)
        self.works.append(Work(row, option, cost_kzt, words, overrun_kzt=let.overrun_kzt))
        self._taken.add(row)
        return cost_kzt

    def _pave_with(self, row: int, option: WorkOption, kzt: float) -> float:
        """Add the street above a main that is laid new where digs are coordinated; return cost."""
        terms, street = self._terms, int(self._terms.street_edge[row])
        digs = option in (WorkOption.REPLACE, WorkOption.LOOP)
        if terms.coordinated_price is None or not digs or terms.network[row] == STREET.code:
            return 0.0
        if street < 0 or street in self._taken or not np.isfinite(self._norm_kzt[street]):
            return 0.0
        norm_kzt = terms.coordinated_price * float(terms.price_kzt[street])
        why = "paved with the main laid under it"
        return self._buy(street, WorkOption.REPLACE, norm_kzt, kzt, why)


def in_order(rows: Sequence[int], n_assets: int) -> RankRenewals:
    """Return a ranking that lays the given assets new in the given order, and no others."""
    score = np.full(n_assets, np.nan)
    score[list(rows)] = -np.arange(len(rows), dtype=np.float64)
    return RankRenewals(score, order="of an investor's contract")


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
        Prices, contracts and departments.
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


def durations_days(length_m: Float64, m_per_day: float) -> Int64:
    """Return how long works on assets of the given lengths take."""
    return np.maximum(1, np.ceil(length_m / m_per_day)).astype(np.int64)


def schedule(
    works: Sequence[Work],
    day: int,
    days_left: int,
    length_m: Float64,
    m_per_day: float,
    *,
    wait_days: Int64 | None = None,
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
    wait_days
        Until a work on each asset is approved, shape (n_assets,); None: all are at once.
    """
    duration = durations_days(length_m, m_per_day)
    for place, work in enumerate(works):
        wait = 0 if wait_days is None else int(wait_days[work.asset])
        days = int(duration[work.asset])
        latest = max(0, days_left - wait - days)
        work.planned_day = day
        work.start_day = day + wait + latest * place // max(1, len(works))
        work.end_day = work.start_day + days - 1


def by_network(works: Iterable[Work], network: Int32) -> dict[str, float]:
    """Return the cost of works by network in KZT."""
    sums = {kind.name: 0.0 for kind in NETWORKS}
    for work in works:
        sums[NETWORKS[int(network[work.asset])].name] += work.cost_kzt
    return sums
