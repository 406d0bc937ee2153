"""Orders of renewal compared on worn towns: what records are worth, and how far one could get.

Only assets age and fail here: no flows, no people, no money besides a fixed yearly purse. A town
lives for some years with renewal of the oldest first, which fills the records. Then each order
spends the same purse for some more years on the same draws. What counts is the failures that the
true rates expect in those years, which no order but the upper bounds has seen, in three worths:
number, repair cost, and harm. Recovered is the part of the way from `age` to the upper bound.
"""

from __future__ import annotations

import copy
import datetime as dt
import statistics
from dataclasses import replace
from typing import TYPE_CHECKING, Any, final

import numpy as np

from gis.synthesise import synthesise
from twin.assets import Assets
from twin.assets.knowledge import Knowledge
from twin.assets.works import carry_out
from twin.city.actions import RankRenewals
from twin.city.networks import STREET
from twin.city.view import CityView
from twin.institutions.works_plan import Terms, plan_works
from twin.policy.base import sees_truth
from twin.policy.renewal import Renewal

if TYPE_CHECKING:
    from twin.city.bundle import City

PEOPLE = 14_000
TOWNS = (1, 2, 3)
SEEDS = (1, 2)
RECORD_YEARS, COMPARED_YEARS = 20, 20
PURSE_SHARE = 0.006
"""Of the value of all mains and streets, spent on renewal in a year."""
ORDERS = ("age", "breaks", "risk", "consequence", "omniscient", "optimised")
DEMANDED_SHARE = 0.6
_STEPS_PER_YEAR = 12
_START = 2026


@final
class Fleet:
    """The assets of a town and what is known of them, year after year."""

    def __init__(self, city: City, seed: int) -> None:
        self._city = city
        self.assets = Assets(city, _START, seed)
        self.knowledge = Knowledge(self.assets, city)
        self.year_index = 0
        price = self.assets.renewal_cost_kzt
        self.purse_kzt = PURSE_SHARE * float(price[np.isfinite(price)].sum())
        arrays = self.assets.arrays
        self._usual = np.ones(len(self.assets.tables.classes))
        self._terms = Terms(price, arrays.network.astype(np.int32), self.assets.street_edge)
        self.spent: list[float] = []

    def fork(self) -> Fleet:
        """Return a copy that lives on by itself."""
        return copy.deepcopy(self, {id(self._city): self._city})

    def expected_next_year(self) -> tuple[float, float, float]:
        """Return failures, repair cost and harm that the true rates expect, KZT; mains alone."""
        true = self.knowledge.truth(self.year_index)
        mains = true.network != STREET.code
        failures = true.failures_per_year[mains]
        return (
            float(failures.sum()),
            float(failures @ true.repair_cost_kzt[mains]),
            float(failures @ true.harm_kzt[mains]),
        )

    def renew(self, order: str, *, by_harm: bool = True) -> None:
        """Spend the year's purse in an order; by repair cost alone where `by_harm` is False."""
        lever = Renewal(order=order)  # type: ignore[arg-type] - one of its literals
        view = self._view(truth=sees_truth(lever))
        if not by_harm:
            view = replace(view, truth=_repairs_alone(view))
        ranking = next(one for one in lever.decide(view) if isinstance(one, RankRenewals))
        score = np.where(self.assets.arrays.network == STREET.code, np.nan, ranking.score)
        works = plan_works(replace(ranking, score=score), self.purse_kzt, self._terms)
        for work in works:
            carry_out(self.assets, work.asset, work.option, self.knowledge.numbers.works)
            self.knowledge.note_work(work.asset, work.option)
        self.spent.append(sum(work.cost_kzt for work in works) / self.purse_kzt)

    def _view(self, *, truth: bool) -> CityView:
        date = dt.date(_START + self.year_index, 1, 1)
        view = CityView.without_assets(date, 0)
        known = self.knowledge.view(self.year_index)
        true = self.knowledge.truth(self.year_index) if truth else None
        return replace(view, assets=known, truth=true)

    def live_a_year(self) -> None:
        """Age everything; each failure becomes known and is mended."""
        for month in range(_STEPS_PER_YEAR):
            day = round((self.year_index + month / _STEPS_PER_YEAR) * 365.25)
            for failure in self.assets.age(365.25 / _STEPS_PER_YEAR, self._usual, day):
                self.knowledge.note_break(failure.asset)
                self.assets.mend(failure.asset)
        self.knowledge.note_years(1.0)
        self.year_index += 1


def _repairs_alone(view: CityView) -> Any:  # noqa: ANN401 - None or a view
    """Return the truth with repair cost as the only harm."""
    if view.truth is None:
        return None
    true = view.truth
    return replace(
        true,
        harm_kzt=true.repair_cost_kzt,
        option_elsewhere_kzt=np.zeros_like(true.option_elsewhere_kzt),
    )


def compare(city: City, seed: int, orders: tuple[str, ...] = ORDERS) -> dict[str, list[float]]:
    """Return failures, repair cost and harm over the compared years, by order.

    `omniscient_repairs` is the upper bound for `risk`, which weighs repair cost alone.
    """
    fleet = Fleet(city, seed)
    for _ in range(RECORD_YEARS):
        fleet.renew("age")
        fleet.live_a_year()
    sums: dict[str, list[float]] = {}
    for name in (*orders, "omniscient_repairs"):
        order, _, repairs = name.partition("_")
        branch = fleet.fork()
        total = np.zeros(3)
        for _ in range(COMPARED_YEARS):
            branch.renew(order, by_harm=not repairs)
            total += branch.expected_next_year()
            branch.live_a_year()
        sums[name] = total.tolist()
    return sums


def recovered(sums: dict[str, list[float]], order: str, bound: str, worth: int) -> float:
    """Return the part of the way from `age` to a bound, in one of the three worths."""
    far = sums["age"][worth] - sums[bound][worth]
    return (sums["age"][worth] - sums[order][worth]) / far


def run() -> dict[str, Any]:
    """Compare the orders on every town and seed."""
    by_town = {}
    for town in TOWNS:
        city = synthesise(PEOPLE, town, f"town{town}", condition="red_zone")
        for seed in SEEDS:
            by_town[f"town {town}, seed {seed}"] = compare(city, seed)
    risk = [recovered(sums, "risk", "omniscient_repairs", 1) for sums in by_town.values()]
    harm = [recovered(sums, "consequence", "omniscient", 2) for sums in by_town.values()]
    return {
        "failures, repair cost and harm in KZT over the years compared": by_town,
        "recovered by risk, of repair cost": risk,
        "recovered by consequence, of harm": harm,
        "median recovered by risk": statistics.median(risk),
        "median recovered by consequence": statistics.median(harm),
        "outside": [
            f"{name} recovers {statistics.median(values):.0%}, under {DEMANDED_SHARE:.0%}"
            for name, values in (("risk", risk), ("consequence", harm))
            if statistics.median(values) < DEMANDED_SHARE
        ],
    }
