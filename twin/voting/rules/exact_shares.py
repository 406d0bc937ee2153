"""Rounds of Equal Shares in whole numbers, for those that floats do not decide.

Voters with the same history have the same balance, so balances are kept by class of voters, all
over one denominator.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from twin.core.arrays import Float64, Int32, Int64
    from twin.voting.kernels.equal_shares import Market


@final
@dataclass(slots=True)
class ExactPurses:
    """Balances of all voters, exactly."""

    market: Market
    cost: Int64
    """Costs in minor units, shape (n_projects,)."""
    unit: Int64
    """Utility per weight of each project, shape (n_projects,)."""
    voter_class: Int32
    """Class of each voter, shape (n_voters,)."""
    balance: list[int]
    """Numerator of the balance of each class."""
    denominator: int
    n_done: int = 0
    """Purchases that the balances include."""

    def _supporters(self, j: int) -> Int32:
        return self.market.voter[self.market.first[j] : self.market.first[j + 1]]

    def _groups(self, j: int) -> tuple[Int64, list[int], list[int], list[int]]:
        """Return supporters grouped: (group of each, class, weight, voters of each group)."""
        classes = self.voter_class[self._supporters(j)]
        kinds, keys = np.ones(1, dtype=np.int64), classes.astype(np.int64)
        if not self.market.is_uniform:
            weight = self.market.weight[self.market.first[j] : self.market.first[j + 1]]
            kinds, kind = np.unique(weight, return_inverse=True)
            keys = keys * len(kinds) + kind
        voters = np.bincount(keys)
        used = np.flatnonzero(voters)
        group = np.empty(len(voters), dtype=np.int64)
        group[used] = np.arange(len(used))
        of_class = (used // len(kinds)).tolist()
        of_weight = [int(kinds[k]) for k in (used % len(kinds)).tolist()]
        return group[keys], of_class, of_weight, voters[used].tolist()

    def payment(self, j: int) -> Fraction | None:
        """Return the payment per weight at which supporters cover a project; None: too dear.

        It is over the common denominator: divide by it for money.
        """
        _, of_class, weights, voters = self._groups(j)
        cost = int(self.cost[j]) * self.denominator
        rich = [(self.balance[c], w, n) for c, w, n in zip(of_class, weights, voters, strict=True)]
        if sum(balance * n for balance, _, n in rich) < cost:
            return None
        while cost > 0:
            payment = Fraction(cost, sum(w * n for _, w, n in rich))
            up, down = payment.numerator, payment.denominator
            poor = sum(balance * n for balance, w, n in rich if balance * down < up * w)
            still = [one for one in rich if one[0] * down >= up * one[1]]
            if len(still) == len(rich):
                return payment
            cost, rich = cost - poor, still
        return Fraction(0)

    def price(self, j: int) -> Fraction | None:
        """Return the payment per utility, over the common denominator; None: too dear."""
        payment = self.payment(j)
        return None if payment is None else payment / int(self.unit[j])

    def buy(self, j: int) -> None:
        """Take the payment for a project from its supporters."""
        payment = self.payment(j)
        if payment is None:
            message = f"project in row {j} was bought by supporters who cannot cover it"
            raise ArithmeticError(message)
        up, down = payment.numerator, payment.denominator
        group, of_class, weights, _ = self._groups(j)
        self.denominator *= down
        self.balance = [balance * down for balance in self.balance]
        first_new = len(self.balance)
        self.balance += [
            max(self.balance[c] - up * w, 0) for c, w in zip(of_class, weights, strict=True)
        ]
        self.voter_class[self._supporters(j)] = first_new + group
        self._forget_empty_classes()
        self.n_done += 1

    def _forget_empty_classes(self) -> None:
        """Keep the classes that have voters; join those of one balance."""
        used = np.flatnonzero(np.bincount(self.voter_class, minlength=len(self.balance)))
        by_value: dict[int, int] = {}
        new = np.zeros(len(self.balance), dtype=np.int32)
        for old in used.tolist():
            new[old] = by_value.setdefault(self.balance[old], len(by_value))
        self.balance = list(by_value)
        self.voter_class = new[self.voter_class]

    def write_into(self, out_money: Float64, out_error: Float64) -> None:
        """Write balances as floats, and the bounds of their errors."""
        value = np.array([one / self.denominator for one in self.balance])
        out_money[:] = value[self.voter_class]
        out_error[:] = out_money * 2.0**-52
