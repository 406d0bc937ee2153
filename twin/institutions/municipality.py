"""The municipality: one yearly budget, repair money, a renewal fund, and the renewal programme."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import mesa
import numpy as np

from twin.city.networks import NETWORKS, STREET

if TYPE_CHECKING:
    from twin.assets import Assets
    from twin.core.arrays import Float64
    from twin.institutions.today import Today


@final
@dataclass(slots=True)
class RenewalJob:
    """One asset of the programme."""

    asset: int
    start_day: int
    end_day: int
    cost_kzt: float


@final
@dataclass(slots=True)
class Ledger:
    """Money of the networks since the start of the run; the sums must agree to the last tenge."""

    received_kzt: float = 0.0
    repair_kzt: float = 0.0
    renewal_kzt: float = 0.0
    detection_kzt: float = 0.0
    heat_loops_kzt: float = 0.0

    def spent_kzt(self) -> float:
        """Return all spending."""
        return self.repair_kzt + self.renewal_kzt + self.detection_kzt + self.heat_loops_kzt


@final
class Municipality(mesa.Agent):
    """Holds the purse. Emergencies are paid as they come; what is left renews next season.

    Heat loops laid on credit are paid first out of what is not protected; what a year lacks is
    owed.

    At the start of a year: revenue = plan x (transfers + own share x bills collected over bills
    counted on). The ring-fenced share goes to the renewal fund, the rest to repairs, released in
    equal parts month by month. Repair money left at the end of a year moves to the renewal fund of
    the next; an overdraft is paid back out of the next year's repair money.
    """

    def __init__(
        self, model: mesa.Model, today: Today, assets: Assets, *, heat_loops_kzt: float = 0.0
    ) -> None:
        super().__init__(model)
        self.today = today
        self.assets = assets
        self.heat_loops_kzt = heat_loops_kzt
        """Price of the heat loops that were laid on credit before the first day."""
        self.heat_loops_owed_kzt = 0.0
        """Parts that are due and not paid yet."""
        self.ledger = Ledger()
        self.purses_kzt = np.zeros(len(NETWORKS))
        self.unreleased_kzt = 0.0
        """Repair money of the year that is still to be released, a part each month."""
        self.renewal_fund_kzt = 0.0
        self.programme: list[RenewalJob] = []
        self.credit_kzt = 0.0
        """What urgent repairs may overdraw this year."""
        self.refused = 0
        """Refusals because money is lacking, at most one per purse and day: the first failure that
        a purse cannot pay holds back all behind it."""

    def step(self) -> None:
        """Release the month's repair money on its first day; plan the season when it opens."""
        day, clock = self.today.day, self.today.clock
        if clock.is_month_start(day):
            self.open_month(clock.months_left(day))
        year_day = clock.day_of_year(day)
        start = math.ceil(self.today.params.season_start_day)
        end = math.floor(self.today.params.season_end_day)
        if year_day == start or (day == 0 and start < year_day < end):
            self.plan_season(day, end - year_day)

    def finished(self) -> list[RenewalJob]:
        """Take the jobs that end today off the programme; return them."""
        day = self.today.day
        done = [job for job in self.programme if job.end_day <= day]
        self.programme = [job for job in self.programme if job.end_day > day]
        return done

    def open_year(
        self,
        people: int,
        collected_kzt: float | None,
        share_of_year: float,
        *,
        year_index: int = 0,
        lights_kzt_year: float = 0.0,
    ) -> float:
        """Receive the year's money, divide it between renewal and repairs; return it.

        Parameters
        ----------
        people
            Residents, for the bills the plan counts on.
        collected_kzt
            Bills paid last year; None in the first year, which counts as planned.
        share_of_year
            Part of the year still to come, 0-1.
        year_index
            Years since the start of the run, 0 the first.
        lights_kzt_year
            Running cost of adaptive traffic lights in a whole year.
        """
        settings, params = self.today.settings, self.today.params
        budget = settings.budget
        own = 1.0
        if collected_kzt is not None and people:
            counted_on = (
                params.reference_bill_kzt_person_year * params.reference_collection * people
            )
            own = collected_kzt / counted_on
        transfer = budget.transfer_share
        received = budget.planned_kzt * (transfer + (1.0 - transfer) * own) * share_of_year
        self.ledger.received_kzt += received
        left = float(self.purses_kzt.sum()) + self.unreleased_kzt
        self.renewal_fund_kzt += max(0.0, left)
        debt = min(0.0, left)
        protected = settings.ring_fence.share * received
        self.renewal_fund_kzt += protected
        due_share = settings.heat_loops.due_share(year_index)
        self.heat_loops_owed_kzt += due_share * self.heat_loops_kzt * share_of_year
        loops = min(self.heat_loops_owed_kzt, received - protected)
        self.heat_loops_owed_kzt -= loops
        self.ledger.heat_loops_kzt += loops
        wanted = (settings.detection.cost_kzt + lights_kzt_year) * share_of_year
        running = min(wanted, received - protected - loops)
        self.ledger.detection_kzt += running
        self.purses_kzt = self._shares() * debt
        self.credit_kzt = budget.credit_share * received
        self.unreleased_kzt = received - protected - running - loops
        return received

    def open_month(self, months_left: int) -> None:
        """Release this month's part of the repair money; `months_left` counts this one."""
        part = self.unreleased_kzt / months_left
        self.unreleased_kzt -= part
        self.purses_kzt += self._shares() * part

    def _shares(self) -> Float64:
        """Return each network's share of repair money: by replacement value, or one purse."""
        if not self.today.settings.budget.separate_purses:
            shares = np.zeros(len(NETWORKS))
            shares[0] = 1.0
            return shares
        cost = np.where(self.assets.is_pump, 0.0, self.assets.renewal_cost_kzt)
        value = np.bincount(self.assets.arrays.network, weights=cost, minlength=len(NETWORKS))
        return value / value.sum()

    def repair_cost_kzt(self, asset: int) -> float:
        """Return what mending an asset costs under the present conduct."""
        return float(self.assets.repair_cost_kzt[asset]) * self.today.cost_factor()

    def purse_of(self, network: int) -> int:
        """Return which purse pays a network's repairs."""
        return network if self.today.settings.budget.separate_purses else 0

    def pay_repair(self, network: int, cost_kzt: float, *, urgent: bool) -> bool:
        """Pay a repair if its purse can; return whether it did.

        An urgent one, of a main that is shut, may overdraw the purse up to the credit of the year:
        later months and, in the end, next year's repair money pay it back.
        """
        purse = self.purse_of(network)
        credit = self.credit_kzt * self._shares()[purse] if urgent else 0.0
        if self.purses_kzt[purse] + credit < cost_kzt:
            self.refused += 1
            return False
        self.purses_kzt[purse] -= cost_kzt
        self.ledger.repair_kzt += cost_kzt
        return True

    def plan_season(self, day: int, days_left: int) -> list[RenewalJob]:
        """Spend the renewal fund on the best-ranked assets, spread over the season; return jobs.

        An asset that costs more than what is left is passed over for the next in rank.
        """
        settings = self.today.settings
        score = settings.renewals.score
        if not score.size:
            return []
        full = self.assets.renewal_cost_kzt * self.today.cost_factor()
        cost = np.where(np.isnan(score), np.inf, full)
        order = np.argsort(-np.nan_to_num(score, nan=-np.inf), kind="stable")
        chosen: list[tuple[int, float]] = []
        taken: set[int] = set()
        cheapest = float(cost.min(initial=np.inf))
        for row in order:
            if self.renewal_fund_kzt < cheapest:
                break
            asset = int(row)
            if asset in taken or cost[asset] > self.renewal_fund_kzt:
                continue
            chosen.append((asset, float(cost[asset])))
            taken.add(asset)
            self._spend_renewal(float(cost[asset]))
            self._pave_with(asset, chosen, taken)
        return self._schedule(chosen, day, days_left)

    def _pave_with(self, asset: int, chosen: list[tuple[int, float]], taken: set[int]) -> None:
        """Add the street above a renewed pipe where digs are coordinated and money is left."""
        settings = self.today.settings
        street = int(self.assets.street_edge[asset])
        if (
            not settings.conduct.coordinated_digs
            or self.assets.arrays.network[asset] == STREET.code
        ):
            return
        if street < 0 or street in taken or np.isnan(settings.renewals.score[street]):
            return
        full = float(self.assets.renewal_cost_kzt[street]) * self.today.cost_factor()
        price = self.today.params.coordinated_price * full
        if price <= self.renewal_fund_kzt:
            chosen.append((street, price))
            taken.add(street)
            self._spend_renewal(price)

    def _spend_renewal(self, cost_kzt: float) -> None:
        self.renewal_fund_kzt -= cost_kzt
        self.ledger.renewal_kzt += cost_kzt

    def _schedule(
        self, chosen: list[tuple[int, float]], day: int, days_left: int
    ) -> list[RenewalJob]:
        """Give each job a start so that work is spread evenly over the season."""
        jobs = []
        for place, (asset, cost_kzt) in enumerate(chosen):
            length_m = float(self.assets.arrays.length_m[asset])
            duration = max(1, int(np.ceil(length_m / self.today.params.renewal_m_per_day)))
            latest = max(0, days_left - duration)
            start = day + latest * place // max(1, len(chosen))
            jobs.append(RenewalJob(asset, start, start + duration - 1, cost_kzt))
        self.programme += jobs
        return jobs

    def imbalance(self) -> float:
        """Return the relative difference between money received and spent or held."""
        held = float(self.purses_kzt.sum()) + self.unreleased_kzt + self.renewal_fund_kzt
        received = self.ledger.received_kzt
        if received <= 0.0:
            return 0.0
        return abs(received - self.ledger.spent_kzt() - held) / received
