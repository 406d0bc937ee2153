"""The investor: looks at the worst mains of a network, and puts money into them or says why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, final

import numpy as np

from twin.economy import holders
from twin.economy.ledger import Instrument, kzt, tiyn
from twin.institutions.appraisal import annuity_factor, appraised

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.assets import Assets
    from twin.city.actions import SetInvestment
    from twin.core.arrays import Int64
    from twin.economy import Operator
    from twin.institutions.municipality import Municipality
    from twin.institutions.today import Today
    from twin.parameters import InvestorParams

_BILLS = "bills paid"


class Bundle(NamedTuple):
    """Works on the worst mains of a network."""

    rows: list[int]
    """Of the assets, worst first."""
    cost_kzt: float
    saving_kzt: float
    """A year, as far as known: repairs avoided, and what leaks from them."""


class KnownYear(NamedTuple):
    """What is known of the year before when an investor looks at a network."""

    leaked_kzt: float
    """Making and pumping of what was lost through breaks."""
    budget_kzt: float
    """Money that the city received for works."""


@final
@dataclass(slots=True)
class RunningContract:
    """A contract that the investor has taken."""

    terms: SetInvestment
    operator: Operator
    due: int
    """Yearly payment in tiyn."""
    years_left: int
    bills_before: int
    """Bills paid to the operator in tiyn, up to the last payment."""
    return_due: int = 0
    """Return of the year that is still unpaid, in tiyn."""


@final
class Investor:
    """Private capital, with one contract at a time.

    It expects what its source of repayment brought last year, requires a premium on what is not
    guaranteed, and invests if the payments return its hurdle and pay back within its horizon.
    """

    def __init__(
        self,
        today: Today,
        office: Municipality,
        operators: Sequence[Operator],
        params: InvestorParams,
    ) -> None:
        self.today = today
        self.office = office
        self.operators = {one.network.code: one for one in operators}
        self.params = params
        self.contract: RunningContract | None = None
        self.decisions: list[tuple[int, int, float, str]] = []
        """Day, code of the network, capital in KZT, and why."""

    def supplement(self, network: int) -> float:
        """Return the factor on a network's tariff under the contract that runs."""
        one = self.contract
        if one is None or one.terms.source != "tariff" or one.terms.network != network:
            return 1.0
        return 1.0 + one.terms.supplement_share

    def collect(self) -> None:
        """Take the year's payment: from its source, then from the guarantee; end with the term."""
        one = self.contract
        if one is None:
            return
        one.return_due = round(self._owed(one) * one.terms.return_share)
        paid = self._pay(one, one.operator.account, min(one.due, self._available(one)))
        if one.terms.source == "budget":
            paid += self._pay(one, holders.MUNICIPALITY, one.due)
        missing = max(0, one.due - paid)
        self._pay(one, holders.MUNICIPALITY, round(one.terms.guarantee_share * missing))
        operator = one.operator.account
        self.office.ledger.move(
            operator,
            holders.INVESTOR,
            one.return_due,
            "return unpaid",
            instrument=Instrument.INVESTMENT,
        )
        one.years_left -= 1
        if one.years_left == 0:
            self._end(one)

    def _available(self, one: RunningContract) -> int:
        """Return what the operator can pay out of the source of repayment, in tiyn."""
        if one.terms.source == "budget":
            return 0
        if one.terms.source == "surplus":
            return one.operator.close_year()
        bills = self._bills(one.operator)
        came, one.bills_before = bills - one.bills_before, bills
        share = one.terms.supplement_share / (1.0 + one.terms.supplement_share)
        held = self.office.ledger.balance(one.operator.account)
        return max(0, min(round(share * came), held))

    def _bills(self, operator: Operator) -> int:
        return self.office.ledger.total(_BILLS, target=operator.account)

    def _pay(self, one: RunningContract, account: str, amount: int) -> int:
        """Move a payment: first the return on capital, then capital itself; return it."""
        ledger, operator = self.office.ledger, one.operator.account
        interest = min(amount, one.return_due)
        capital = min(amount - interest, self._owed(one))
        ledger.move(account, holders.INVESTOR, interest, "return on capital")
        ledger.move(account, holders.INVESTOR, capital, "repayment")
        ledger.move(
            holders.INVESTOR, operator, capital, "repayment", instrument=Instrument.INVESTMENT
        )
        one.return_due -= interest
        return interest + capital

    def _owed(self, one: RunningContract) -> int:
        """Return the capital that is not paid back yet, in tiyn."""
        return -self.office.ledger.balance(one.operator.account, Instrument.INVESTMENT)

    def _end(self, one: RunningContract) -> None:
        """End a contract; what is still owed is lost to the investor."""
        ledger, account, owed = self.office.ledger, one.operator.account, self._owed(one)
        ledger.move(
            holders.INVESTOR, account, owed, "contract ended", instrument=Instrument.INVESTMENT
        )
        self.contract = None

    def consider(self, day: int, known: KnownYear) -> None:
        """Look at the offer of the year, if no contract runs and works can still be done in it."""
        terms = self.today.settings.investment
        season = self.office.season(day)
        if not terms.source or self.contract is not None or season is None:
            return
        operator = self.operators[terms.network]
        bundle = self.bundle(terms, known)
        capital = (1.0 - terms.grant_share) * bundle.cost_kzt
        due = capital / annuity_factor(terms.return_share, terms.term_years)
        source = self._source_kzt(terms, operator, bundle, known)
        expected = min(due, source)
        expected += terms.guarantee_share * (due - expected)
        premium = self.params.risk_premium * (1.0 - terms.guarantee_share)
        found = appraised(
            capital,
            expected,
            terms.term_years,
            hurdle=self.params.hurdle + premium,
            horizon_years=self.params.horizon_years,
        )
        taken = found.is_taken and bool(bundle.rows)
        reason = found.reason if bundle.rows else "does not invest: no main to lay new"
        self.decisions.append((day, terms.network, capital, reason))
        if taken:
            self._invest(terms, operator, bundle, season)

    def bundle(self, terms: SetInvestment, known: KnownYear) -> Bundle:
        """Return the mains with most expected failures per KZT that the capital pays for."""
        assets = self.office.assets
        rows = self._worst_first(assets, terms.network)
        whole = terms.capital_kzt / max(1.0 - terms.grant_share, 1e-9)
        cost = np.cumsum(assets.renewal_cost_kzt[rows])
        chosen = rows[: int(np.searchsorted(cost, whole, side="right"))]
        rate = assets.failures_per_year()
        repairs = float((rate[chosen] * assets.repair_cost_kzt[chosen]).sum())
        all_rates = float(rate[assets.arrays.network == terms.network].sum())
        part = float(rate[chosen].sum()) / all_rates if all_rates else 0.0
        spent = float(cost[chosen.size - 1]) if chosen.size else 0.0
        return Bundle(chosen.tolist(), spent, repairs + part * known.leaked_kzt)

    def _worst_first(self, assets: Assets, network: int) -> Int64:
        """Return the mains of a network that may be laid new, most failures per KZT first."""
        worth = assets.failures_per_year() / assets.renewal_cost_kzt
        busy = {job.asset for job in self.office.programme}
        own = np.flatnonzero((assets.arrays.network == network) & (worth > 0.0))
        free = np.array([row for row in own if int(row) not in busy], dtype=np.int64)
        order: Int64 = free[np.argsort(-worth[free], kind="stable")]
        return order

    def _source_kzt(
        self, terms: SetInvestment, operator: Operator, bundle: Bundle, known: KnownYear
    ) -> float:
        """Return what the source of repayment is expected to bring a year."""
        if terms.source == "surplus":
            return kzt(self.office.surplus_of(terms.network)) + bundle.saving_kzt
        if terms.source == "budget":
            return self.params.budget_share * known.budget_kzt
        return terms.supplement_share * operator.approved_kzt_year

    def _invest(
        self, terms: SetInvestment, operator: Operator, bundle: Bundle, season: tuple[int, int]
    ) -> None:
        """Put the capital into the works; what they do not need goes back at once."""
        ledger, account = self.office.ledger, holders.WORKS_INVESTMENT
        whole = tiyn(bundle.cost_kzt)
        given = round(terms.grant_share * whole)
        ledger.move(holders.STATE, account, given, "grant to works")
        ledger.move(holders.INVESTOR, account, whole - given, "investment")
        self.office.lay(bundle.rows, account, *season)
        left = ledger.balance(account)
        back = min(left, whole - given)
        ledger.move(account, holders.INVESTOR, back, "not needed")
        ledger.move(account, holders.STATE, left - back, "grant returned")
        capital = whole - given - back
        ledger.move(
            operator.account,
            holders.INVESTOR,
            capital,
            "investment",
            instrument=Instrument.INVESTMENT,
        )
        due = round(capital / annuity_factor(terms.return_share, terms.term_years))
        bills = self._bills(operator)
        self.contract = RunningContract(terms, operator, due, terms.term_years, bills)
