"""Operators: what a network earns and costs month by month, and what is left for its pipes."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from twin.economy import holders
from twin.economy.ledger import Instrument, tiyn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.city.network_kind import NetworkKind, Sales
    from twin.economy.ledger import Ledger
    from twin.parameters import OperatorParams

MONTHS = 12
_NO_LIMIT = 10**18
"""Tiyn that nobody owes: loans without interest have no limit."""


def lending_limit_tiyn(most_interest_kzt_year: float, interest_per_year: float) -> int:
    """Return the largest debt whose interest stays within a yearly limit, in tiyn."""
    if interest_per_year <= 0.0:
        return _NO_LIMIT
    return min(_NO_LIMIT, tiyn(max(0.0, most_interest_kzt_year) / interest_per_year))


@final
class Operator:
    """The operator of one network: sells a service, runs the works, borrows when short.

    Fixed costs (staff and overhead) are those for which the tariff of the start year was approved:
    a share of the revenue it should bring. They stay the same in real terms whatever the tariff
    does later, and rise with what the city pays for competence.

    Parameters
    ----------
    network
        A network with `sales`.
    ledger
        Where its money moves.
    params
        Costs and loans.
    approved_kzt_year
        Revenue that the tariff of the start year should bring, households and firms together.
    """

    def __init__(
        self,
        network: NetworkKind,
        ledger: Ledger,
        params: OperatorParams,
        approved_kzt_year: float,
    ) -> None:
        if network.sales is None:
            message = f"{network.name} sells nothing"
            raise TypeError(message)
        self.network = network
        self.sales: Sales = network.sales
        self.account = holders.operator(network)
        self.ledger = ledger
        self.params = params
        self.approved_kzt_year = approved_kzt_year
        self.fixed_kzt_year = params.fixed_cost_share * approved_kzt_year
        self.refused: dict[str, int] = {}
        """Costs that could not be paid at the lending limit, in tiyn by purpose."""

    def pay_month(
        self,
        flow: Mapping[str, float],
        *,
        extra_staff_kzt_year: float = 0.0,
        share_of_month: float = 1.0,
    ) -> None:
        """Pay a month's costs, interest first; borrow what the till lacks, up to the limit.

        What a bank lends no more for is refused: it is not paid, and not owed either.

        Parameters
        ----------
        flow
            City totals of the month by `<network>.<name>`.
        extra_staff_kzt_year
            Pay a year beyond the norm, for crews and competence; below 0 less. Staff costs nothing
            where it saves more than all pay.
        share_of_month
            Part of the month that was lived.
        """
        params, name, sales = self.params, self.network.name, self.sales
        years = share_of_month / MONTHS
        interest = round(self.debt_tiyn() * params.loan_interest_per_year * years)
        self._pay(holders.BANK, interest, "interest")
        made = max(0.0, flow.get(f"{name}.{sales.made}", 0.0))
        supplier = holders.FUEL if sales.supplier == "fuel" else holders.SUPPLIES
        self._pay(supplier, tiyn(made * sales.made_kzt), sales.supplier)
        if sales.pump_kwh:
            kwh = max(0.0, flow.get(f"{name}.{sales.pump_kwh}", 0.0))
            cost = tiyn(kwh * params.electricity_kzt_per_kwh)
            self._pay(holders.ELECTRICITY, cost, "electricity")
        overhead = params.overhead_share * self.fixed_kzt_year
        staff = max(0.0, self.fixed_kzt_year - overhead + extra_staff_kzt_year)
        self._pay(holders.STAFF, tiyn(staff * years), "staff")
        self._pay(holders.STAFF, tiyn(overhead * years), "overhead")
        self._borrow()

    def _pay(self, target: str, cost: int, purpose: str) -> None:
        """Pay a cost as far as till and bank allow; refuse the remainder."""
        paid = min(cost, max(0, self.ledger.balance(self.account) + self.credit_tiyn()))
        self.ledger.move(self.account, target, paid, purpose)
        if paid < cost:
            self.refused[purpose] = self.refused.get(purpose, 0) + cost - paid

    def credit_tiyn(self) -> int:
        """Return what the bank would still lend, in tiyn."""
        params = self.params
        most = lending_limit_tiyn(
            params.debt_service_limit_share * self.approved_kzt_year, params.loan_interest_per_year
        )
        return max(0, most - self.debt_tiyn())

    def take_refused(self) -> dict[str, int]:
        """Return what was refused since the last call, in tiyn by purpose."""
        refused, self.refused = self.refused, {}
        return refused

    def _borrow(self) -> None:
        """Borrow what the till lacks."""
        lacking = -min(0, self.ledger.balance(self.account))
        self.ledger.move(holders.BANK, self.account, lacking, "loan")
        self.ledger.move(self.account, holders.BANK, lacking, "loan", instrument=Instrument.LOAN)

    def debt_tiyn(self) -> int:
        """Return what the operator owes the bank."""
        return -self.ledger.balance(self.account, Instrument.LOAN)

    def repay(self, amount_tiyn: int) -> None:
        """Pay back part of the debt."""
        self.ledger.move(self.account, holders.BANK, amount_tiyn, "repayment")
        self.ledger.move(
            holders.BANK, self.account, amount_tiyn, "repayment", instrument=Instrument.LOAN
        )

    def close_year(self) -> int:
        """Pay back debt out of what is over the reserve; return what is left over it, in tiyn."""
        months = self.params.reserve_months
        reserve = tiyn(self.fixed_kzt_year * months / MONTHS)
        over = max(0, self.ledger.balance(self.account) - reserve)
        back = min(over, self.debt_tiyn())
        self.repay(back)
        return over - back

    def take_subsidy(self, most_tiyn: int) -> int:
        """Pay back debt out of a subsidy of at most some tiyn; return the subsidy."""
        subsidy = min(most_tiyn, self.debt_tiyn())
        self.ledger.move(holders.MUNICIPALITY, self.account, subsidy, "subsidy")
        self.repay(subsidy)
        return subsidy
