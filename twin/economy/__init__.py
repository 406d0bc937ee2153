"""Money: who holds it, who owes it, and where each tenge comes from and goes to.

`ledger` is the only place where money moves; the other files work out how much.
"""

from twin.economy.billing import Bills, Payers
from twin.economy.ledger import Ledger, Movement, kzt, tiyn
from twin.economy.operators import Operator
from twin.economy.taxes import TaxBase, Taxes
from twin.economy.trace import trace

__all__ = [
    "Bills",
    "Ledger",
    "Movement",
    "Operator",
    "Payers",
    "TaxBase",
    "Taxes",
    "kzt",
    "tiyn",
    "trace",
]
