"""What the accounts of a city consist of; `twin.model.accounts` opens and moves them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

from twin.economy import holders
from twin.economy.ledger import Instrument

if TYPE_CHECKING:
    from twin.economy import Bills, Ledger, Operator, TaxBase
    from twin.parameters import PriceParams


@final
@dataclass(slots=True)
class Accounts:
    """Ledger, payers and operators of a city."""

    ledger: Ledger
    bills: Bills
    operators: list[Operator]
    """Of the networks that sell something, in the order of `twin.city.networks`."""
    prices: PriceParams
    reference_price_kzt: dict[int, float]
    """Price of a unit in the start year, by code of the network."""
    taxes: TaxBase
    heat_loops_kzt: float = 0.0
    """Price of the heat loops laid on credit before the first day."""
    last_price_kzt: dict[int, float] = field(default_factory=dict)
    """Price of a unit in the month before, by code of the network."""

    def debt_tiyn(self) -> int:
        """Return what operators and municipality owe to banks and investors."""
        return sum(
            -held
            for instrument in (Instrument.LOAN, Instrument.INVESTMENT)
            for name, held in self.ledger.accounts(instrument).items()
            if holders.is_city_run(name)
        )

    def imbalance(self) -> float:
        """Return the tiyn that the books miss; they are whole numbers, so 0 is exact."""
        return float(self.ledger.imbalance_tiyn() + self.bills.imbalance_tiyn())
