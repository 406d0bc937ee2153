"""The municipality: one yearly budget, repair money, a renewal fund, and the renewal programme."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, final

import mesa
import numpy as np

from twin.city.networks import NETWORKS, STREET
from twin.economy import holders
from twin.economy.ledger import Instrument, Ledger, kzt, tiyn
from twin.economy.operators import lending_limit_tiyn
from twin.economy.taxes import WHOLE
from twin.institutions.contracts import PURCHASES, Contract, Sort, contract, least_kzt, outcome
from twin.institutions.works_plan import (
    Terms,
    Work,
    durations_days,
    in_order,
    plan_works,
    schedule,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.assets import Assets, Failure
    from twin.core.arrays import Float64, Int64
    from twin.economy import Operator, Taxes
    from twin.institutions.programmes import Programme
    from twin.institutions.today import Today


@final
class Municipality(mesa.Agent):
    """Holds the purse for works: emergencies as they come, renewal out of what is left.

    At the start of a year the plan comes in (transfers of the state, and taxes), with what
    operators have left over. Operators' debt is paid back up to a limit; then what the policy
    costs (`twin.institutions.programmes`) is set aside and paid month by month. What is lacking is
    borrowed and paid back with interest out of the next year. Of the remainder the ring-fenced
    share goes to the renewal fund; heat loops laid on credit are paid next; all else is repair
    money, released in equal parts month by month. Repair money left at the end of a year moves to
    the renewal fund of the next; an overdraft is paid back out of the next year's repair money.
    """

    def __init__(
        self,
        model: mesa.Model,
        today: Today,
        assets: Assets,
        ledger: Ledger | None = None,
        *,
        heat_loops_kzt: float = 0.0,
    ) -> None:
        super().__init__(model)
        self.today = today
        self.assets = assets
        self.ledger = Ledger() if ledger is None else ledger
        self.heat_loops_kzt = heat_loops_kzt
        """Price of the heat loops that were laid on credit before the first day."""
        self.heat_loops_owed = 0
        """Parts that are due and not paid yet, in tiyn."""
        self.programme: list[Work] = []
        self.credit = 0
        """What urgent repairs may overdraw this year, in tiyn."""
        self.refused = 0
        """Refusals because money is lacking, at most one per purse and day: the first failure that
        a purse cannot pay holds back all behind it."""
        self.refused_costs: dict[str, int] = {}
        """Costs that could not be paid at the lending limit, in tiyn by purpose."""
        self._owed_years = 0.0
        """Years for which the municipality's loan has run since the last opening."""
        self._unpaid: dict[Programme, int] = {}
        """What is set aside for programmes of the year and not paid yet, in tiyn."""
        self.overrun_kzt = 0.0
        """Price of the contracts let today over the fair one."""
        self._works_let: dict[int, int] = {}
        """Renewals let so far by id of the asset, abandoned ones too."""
        self._surplus: dict[int, int] = {}
        """What a network's own operator brought this year, in tiyn."""
        self._shares = self._shares_of(0)
        """Each network's share of this year's repair money."""

    @property
    def purses_kzt(self) -> Float64:
        """Repair money at hand by network; the first holds all of a common purse."""
        held = [self.ledger.balance(self.purse_account(code)) for code in range(len(NETWORKS))]
        if not self.today.settings.budget.separate_purses:
            held[1:] = [0] * (len(held) - 1)
        return np.array([kzt(part) for part in held])

    @property
    def unreleased_kzt(self) -> float:
        """Repair money of the year that is still to be released, a part each month."""
        return kzt(self.ledger.balance(holders.WORKS_UNRELEASED))

    @property
    def renewal_fund_kzt(self) -> float:
        """Money for renewal."""
        return kzt(self.ledger.balance(holders.WORKS_RENEWAL))

    def purse_account(self, network: int) -> str:
        """Return the account that pays a network's repairs."""
        separate = self.today.settings.budget.separate_purses
        return holders.works_purse(NETWORKS[network].name if separate else "common")

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

    def finished(self) -> list[Work]:
        """Take the jobs that end today off the programme; return them."""
        day = self.today.day
        done = [job for job in self.programme if job.end_day <= day]
        self.programme = [job for job in self.programme if job.end_day > day]
        return done

    def open_year(
        self,
        share_of_year: float,
        *,
        year_index: int = 0,
        operators: Sequence[Operator] = (),
        programmes: Sequence[Programme] = (),
        taxes: Taxes = WHOLE,
    ) -> int:
        """Receive the year's money, pay what is due, divide the rest; return it in tiyn.

        Parameters
        ----------
        share_of_year
            Part of the year still to come, 0-1.
        year_index
            Years since the start of the run, 0 the first.
        operators
            Who bring what is left of their revenue, and whose debt is paid back.
        programmes
            What the policy costs beside works.
        taxes
            What taxes bring over the city's own part of the plan.
        """
        settings, move = self.today.settings, self.ledger.move
        self._keep_what_is_left()
        budget = settings.budget
        plan = budget.planned_kzt * share_of_year
        own = plan * (1.0 - budget.transfer_share)
        came = move(holders.STATE, holders.MUNICIPALITY, tiyn(plan) - tiyn(own), "transfer")
        for payer, part in ((holders.FIRMS, taxes.firms), (holders.HOUSEHOLDS, taxes.households)):
            came += move(payer, holders.MUNICIPALITY, tiyn(own * part), "taxes")
        if year_index:
            self._settle_with(operators, came)
        self._set_aside(programmes, share_of_year, year_index)
        self._serve_loan(share_of_year)
        received = max(0, self.ledger.balance(holders.MUNICIPALITY))
        self._divide(received, year_index, share_of_year)
        return received

    def _set_aside(
        self, programmes: Sequence[Programme], share_of_year: float, year_index: int
    ) -> None:
        """Set aside what the policy costs this year, with the standing budgets of the services.

        Purchases are let when the year opens, for the price that is then paid month by month.
        """
        move, self._unpaid = self.ledger.move, {}
        for place, one in enumerate(programmes):
            standing = tiyn(one.norm_kzt_year * share_of_year)
            move(holders.STATE, holders.SERVICES, standing, "standing budgets")
            cost_kzt = one.cost_kzt_year * share_of_year
            if one.supplier == holders.SUPPLIES:
                cost_kzt = self._let(Sort.PURCHASE, (PURCHASES + place, year_index), cost_kzt)
            self._unpaid[one] = tiyn(cost_kzt)
        self._level_services(sum(self._unpaid.values()))

    def _level_services(self, needed: int) -> None:
        """Let the services hold what they need, in tiyn, and no more."""
        over = self.ledger.balance(holders.SERVICES) - needed
        self.ledger.move(holders.SERVICES, holders.MUNICIPALITY, max(0, over), "saved on services")
        self.ledger.move(holders.MUNICIPALITY, holders.SERVICES, max(0, -over), "programmes")

    def pay_programme(self, one: Programme) -> None:
        """Pay at once what a programme costs, whose standing budget comes as it is used."""
        standing, cost = tiyn(one.norm_kzt_year), tiyn(one.cost_kzt_year)
        paid = min(cost, standing + self._afford(max(0, cost - standing)))
        self._refuse(one.name, cost - paid)
        cost = paid
        self.ledger.move(holders.STATE, holders.SERVICES, standing, "standing budgets")
        self._level_services(sum(self._unpaid.values()) + cost)
        self.ledger.move(holders.SERVICES, one.supplier, cost, one.name)

    def _keep_what_is_left(self) -> None:
        """Net last year's purses; what is left goes to the renewal fund, overdrafts stay."""
        move, held = self.ledger.move, self.ledger.balance
        purses = sorted({self.purse_account(code) for code in range(len(NETWORKS))})
        for account in purses:
            move(account, holders.WORKS_UNRELEASED, max(0, held(account)), "left over")
        for account in purses:
            back = min(-min(0, held(account)), held(holders.WORKS_UNRELEASED))
            move(holders.WORKS_UNRELEASED, account, back, "overdraft")
        left = held(holders.WORKS_UNRELEASED)
        move(holders.WORKS_UNRELEASED, holders.WORKS_RENEWAL, left, "left over")

    def _settle_with(self, operators: Sequence[Operator], came: int) -> None:
        """Take what operators have left over; pay back their debt up to the limit."""
        self._surplus = {}
        for one in operators:
            over = one.close_year()
            self.ledger.move(one.account, holders.MUNICIPALITY, over, "tariff surplus")
            self._surplus[one.network.code] = over
        for one in operators:
            limit = round(one.params.subsidy_limit_share * came / len(operators))
            one.take_subsidy(limit)

    def _serve_loan(self, share_of_year: float) -> None:
        """Pay interest and pay back the municipality's own loan, or borrow what is lacking."""
        move, account = self.ledger.move, holders.MUNICIPALITY
        debt = -self.ledger.balance(account, Instrument.LOAN)
        interest = self.today.params.municipal_interest_per_year * self._owed_years
        self._owed_years = share_of_year
        interest_due = round(debt * interest)
        paid = self._afford(interest_due)
        self._refuse("municipal interest", interest_due - paid)
        move(account, holders.BANK, paid, "municipal interest")
        back = min(debt, max(0, self.ledger.balance(account)))
        move(account, holders.BANK, back, "repayment")
        move(holders.BANK, account, back, "repayment", instrument=Instrument.LOAN)
        lacking = max(0, -self.ledger.balance(account))
        lent = min(lacking, self.credit_left())
        move(holders.BANK, account, lent, "loan")
        move(account, holders.BANK, lent, "loan", instrument=Instrument.LOAN)
        self._cut_programmes(lacking - lent)

    def credit_left(self) -> int:
        """Return what the bank would still lend the municipality, in tiyn."""
        params = self.today.params
        most = lending_limit_tiyn(
            params.municipal_debt_service_limit_share * self.today.settings.budget.planned_kzt,
            params.municipal_interest_per_year,
        )
        debt = -self.ledger.balance(holders.MUNICIPALITY, Instrument.LOAN)
        return max(0, most - debt)

    def _afford(self, amount: int) -> int:
        """Return how much of an amount cash and bank can pay, in tiyn."""
        held = self.ledger.balance(holders.MUNICIPALITY) + self.credit_left()
        return min(amount, max(0, held))

    def grant_aid(self, wanted: int) -> int:
        """Return how much of the housing aid of a month can be paid, in tiyn."""
        paid = self._afford(wanted)
        self._refuse("housing aid", wanted - paid)
        return paid

    def _refuse(self, purpose: str, amount: int) -> None:
        """Note what the municipality cannot pay."""
        if amount > 0:
            self.refused_costs[purpose] = self.refused_costs.get(purpose, 0) + amount

    def take_refused(self) -> dict[str, int]:
        """Return what was refused since the last call, in tiyn by purpose."""
        refused, self.refused_costs = self.refused_costs, {}
        return refused

    def _cut_programmes(self, lacking: int) -> None:
        """Refuse a part of the year's programmes that nobody lends for, each in proportion."""
        whole = sum(self._unpaid.values())
        cut = min(lacking, whole)
        if cut <= 0:
            return
        for one, part in zip(
            self._unpaid, _parts(cut, np.array(list(self._unpaid.values())) / whole), strict=True
        ):
            self._unpaid[one] -= part
            self._refuse(one.name, part)
        self.ledger.move(holders.SERVICES, holders.MUNICIPALITY, cut, "programmes refused")

    def _divide(self, received: int, year_index: int, share_of_year: float) -> None:
        """Divide the year's money between renewal, heat loops and repairs."""
        settings, move = self.today.settings, self.ledger.move
        vote = settings.participatory_budget
        voted = round(vote.share * received)
        move(holders.MUNICIPALITY, holders.PARTICIPATORY, voted, "voted on")
        protected = round(settings.ring_fence.share * (received - voted))
        if vote.from_renewal:
            protected = max(0, round(settings.ring_fence.share * received) - voted)
        move(holders.MUNICIPALITY, holders.WORKS_RENEWAL, protected, "ring-fenced")
        if not year_index:
            given = tiyn(settings.heat_loops.grant_share * self.heat_loops_kzt)
            move(holders.STATE, holders.CONTRACTORS, given, "heat loops, granted")
        due = settings.heat_loops.due_share(year_index) * share_of_year
        self.heat_loops_owed += tiyn(due * self.heat_loops_kzt)
        loops = min(self.heat_loops_owed, received - voted - protected)
        self.heat_loops_owed -= loops
        move(holders.MUNICIPALITY, holders.CONTRACTORS, loops, "heat loops")
        rest = received - voted - protected - loops
        move(holders.MUNICIPALITY, holders.WORKS_UNRELEASED, rest, "repairs")
        self._shares = self._shares_of(received)
        self.credit = round(settings.budget.credit_share * received)

    def open_month(self, months_left: int) -> None:
        """Release this month's part of the repair money and pay its part of the programmes.

        `months_left` counts this one.
        """
        for one, unpaid in self._unpaid.items():
            cost = unpaid // months_left
            self._unpaid[one] -= cost
            self.ledger.move(holders.SERVICES, one.supplier, cost, one.name)
        part = max(0, self.ledger.balance(holders.WORKS_UNRELEASED)) // months_left
        for code, amount in enumerate(_parts(part, self._shares)):
            account = self.purse_account(code)
            self.ledger.move(holders.WORKS_UNRELEASED, account, amount, "repairs released")

    def _shares_of(self, received: int) -> Float64:
        """Return each network's share of repair money: one purse, or own surplus and value."""
        shares = np.zeros(len(NETWORKS))
        if not self.today.settings.budget.separate_purses:
            shares[0] = 1.0
            return shares
        cost = np.where(self.assets.is_pump, 0.0, self.assets.renewal_cost_kzt)
        value = np.bincount(self.assets.arrays.network, weights=cost, minlength=len(NETWORKS))
        if not value.any():
            value = np.ones(len(NETWORKS))
        for code, over in self._surplus.items():
            shares[code] = over
        own = min(1.0, float(shares.sum()) / received) if received else 0.0
        if own > 0.0:
            shares *= own / shares.sum()
        return shares + (1.0 - own) * value / value.sum()

    def _let(self, sort: Sort, key: tuple[int, int], norm_kzt: float) -> float:
        """Let a contract; return its price."""
        let = contract(self.today, sort, key, norm_kzt)
        self.overrun_kzt += let.overrun_kzt
        return let.price_kzt

    def repair_contract(self, failure: Failure) -> Contract:
        """Return the price at which the repair of a failure is let."""
        norm = float(self.assets.repair_cost_kzt[failure.asset]) * failure.breaks
        return contract(self.today, Sort.REPAIR, (failure.asset_id, failure.ordinal), norm)

    def renewal_contract(self, asset: int, norm_kzt: float | None = None) -> Contract:
        """Return the contract of an asset's next work; without a cost at norm, of laying it new."""
        norm = float(self.assets.renewal_cost_kzt[asset]) if norm_kzt is None else norm_kzt
        return contract(self.today, Sort.RENEWAL, self._key_of(asset), norm)

    def award(self, work: Work) -> None:
        """Put a work that is let and paid on the programme; whether it is done well shows here."""
        asset_id, number = self._key_of(work.asset)
        work.outcome = outcome(self.today, (asset_id, number))
        self._works_let[asset_id] = number + 1
        self.overrun_kzt += work.overrun_kzt
        self.programme.append(work)

    def _key_of(self, asset: int) -> tuple[int, int]:
        """Return id of an asset, and the number of works let on it so far."""
        asset_id = int(self.assets.arrays.asset_id[asset])
        return asset_id, self._works_let.get(asset_id, 0)

    def purse_of(self, network: int) -> int:
        """Return which purse pays a network's repairs."""
        return network if self.today.settings.budget.separate_purses else 0

    def pay_repair(
        self, network: int, cost_kzt: float, *, urgent: bool, asset_id: int = -1
    ) -> bool:
        """Pay a repair if its purse can; return whether it did.

        An urgent one, of a main that is shut, may overdraw the purse up to the credit of the year:
        later months and, in the end, next year's repair money pay it back.
        """
        account, cost = self.purse_account(network), tiyn(cost_kzt)
        credit = self.credit * float(self._shares[self.purse_of(network)]) if urgent else 0.0
        if self.ledger.balance(account) + credit < cost:
            self.refused += 1
            return False
        self.ledger.move(account, holders.CONTRACTORS, cost, "repair", asset_id=asset_id)
        return True

    def plan_season(self, day: int, days_left: int) -> list[Work]:
        """Spend the renewal fund on the plan of works of the policy in force; return the works.

        Each work is let by a contract, whose price the fund and the department must be able to pay.
        """
        works = plan_works(
            self.today.settings.renewals,
            self.renewal_fund_kzt,
            self._terms(days_left, self._parts_of_fund_kzt()),
        )
        return self._begin(works, holders.WORKS_RENEWAL, day, days_left)

    def lay(self, rows: list[int], account: str, day: int, days_left: int) -> list[Work]:
        """Lay assets new out of an account, in their order, as far as its money goes."""
        money = kzt(self.ledger.balance(account))
        works = plan_works(in_order(rows, len(self.assets)), money, self._terms(days_left))
        return self._begin(works, account, day, days_left)

    def _terms(self, days_left: int, department_kzt: tuple[float, ...] = ()) -> Terms:
        """Return the terms on which works are let in a season that ends in some days."""
        conduct, params, assets = self.today.settings.conduct, self.today.params, self.assets
        wait = self._approval_days()
        days = durations_days(assets.arrays.length_m, params.renewal_m_per_day)
        is_open = (wait == 0) | (wait + days <= days_left)
        is_open[[work.asset for work in self.programme]] = False
        return Terms(
            price_kzt=np.where(is_open, assets.renewal_cost_kzt, np.inf),
            network=assets.arrays.network.astype(np.int32),
            street_edge=assets.street_edge,
            coordinated_price=params.coordinated_price if conduct.coordinated_digs else None,
            let=self.renewal_contract,
            least_kzt=lambda norm_kzt: least_kzt(self.today, norm_kzt),
            department_kzt=department_kzt,
        )

    def _begin(self, works: list[Work], account: str, day: int, days_left: int) -> list[Work]:
        """Pay the works of a season and give them their days; return them."""
        length_m, params = self.assets.arrays.length_m, self.today.params
        wait = self._approval_days()
        schedule(works, day, days_left, length_m, params.renewal_m_per_day, wait_days=wait)
        for work in works:
            self._spend_renewal(work.asset, work.cost_kzt, account)
            self.award(work)
        return works

    def season(self, day: int) -> tuple[int, int] | None:
        """Return first day and days left of this year's season for works, None where it is over."""
        year_day = self.today.clock.day_of_year(day)
        start = math.ceil(self.today.params.season_start_day)
        end = math.floor(self.today.params.season_end_day)
        first = max(start, year_day)
        return (day + first - year_day, end - first) if first < end else None

    def surplus_of(self, network: int) -> int:
        """Return what a network's operator brought when the year opened, in tiyn."""
        return self._surplus.get(network, 0)

    def _parts_of_fund_kzt(self) -> tuple[float, ...]:
        """Return the most that each department may spend; empty: all of the fund."""
        weights = self.today.settings.departments.weights
        if not weights:
            return ()
        fund = self.ledger.balance(holders.WORKS_RENEWAL)
        return tuple(kzt(part) for part in _parts(max(0, fund), np.array(weights) / sum(weights)))

    def _approval_days(self) -> Int64:
        """Return how long departments take to approve a work on each asset, shape (n_assets,).

        Each department that it touches takes its time in turn, unless digs are coordinated.
        """
        conduct, days = self.today.settings.conduct, self.today.settings.departments.approval_days
        is_main = self.assets.arrays.network != STREET.code
        under_street = is_main & (self.assets.street_edge >= 0)
        both = under_street & (not conduct.coordinated_digs)
        return days * np.where(both, 2, 1).astype(np.int64)

    def _spend_renewal(self, asset: int, cost_kzt: float, account: str) -> None:
        asset_id, network = (
            int(self.assets.arrays.asset_id[asset]),
            NETWORKS[int(self.assets.arrays.network[asset])],
        )
        cost = tiyn(cost_kzt)
        move = self.ledger.move
        move(account, holders.CONTRACTORS, cost, "renewal", asset_id=asset_id)
        move(
            holders.CONTRACTORS,
            holders.networks_value(network),
            cost,
            "laid",
            asset_id=asset_id,
            instrument=Instrument.VALUE,
        )


def _parts(amount: int, shares: Float64) -> list[int]:
    """Divide an amount by shares into whole tiyn; what rounding leaves goes to the largest."""
    parts = [int(amount * float(share)) for share in shares]
    parts[int(np.argmax(shares))] += amount - sum(parts)
    return parts
