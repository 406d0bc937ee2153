"""The ledger: every movement of money leaves one account and enters another, in whole tiyn."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, final

from twin.core.errors import CityDataError, Fault
from twin.economy.holders import is_city_run

if TYPE_CHECKING:
    from collections.abc import Iterator

TIYN_PER_KZT = 100
SPENDING = "all spending"
"""Of the sums of a day, cash that left the city's accounts, without loans paid back."""
_GIVEN_BACK = ("repayment", "not needed", "grant returned")

_NOTED = ("bills", "depreciation", "written off")
"""Purposes of claims and value that are summed by day."""


def tiyn(amount_kzt: float) -> int:
    """Return an amount in whole tiyn, halves to even."""
    return round(amount_kzt * TIYN_PER_KZT)


def kzt(amount_tiyn: int) -> float:
    """Return an amount in KZT; exact below 2^53 tiyn."""
    return amount_tiyn / TIYN_PER_KZT


class Instrument(StrEnum):
    """What moves between two accounts; each adds up to nothing over all accounts."""

    CASH = "cash"
    CLAIM = "claim"
    """A bill not paid yet: the account that takes is owed, the account that gives owes."""
    LOAN = "loan"
    """A loan not paid back yet, likewise."""
    INVESTMENT = "investment"
    """Private capital not paid back yet, likewise."""
    VALUE = "value"
    """Book value of networks: laid by works, consumed by wear."""


class Movement(NamedTuple):
    """What identifies a line of the table of money; lines of a month with equal keys are summed."""

    month: str
    """`2026-01`."""
    instrument: str
    source: str
    """Account it leaves."""
    target: str
    """Account it enters."""
    purpose: str
    asset_id: int = -1
    """Stable id of the asset it was spent on, -1 for none."""


@final
class Ledger:
    """Accounts by name and instrument, and every movement between them.

    An account comes into being with its first movement. Which accounts may fall below zero is the
    business of whoever moves the money: the state, lenders and suppliers lie outside the city.
    """

    def __init__(self) -> None:
        self._month = ""
        self._balance: dict[tuple[str, str], int] = {}
        self._movements: dict[Movement, int] = {}
        self._day: dict[str, int] = {}

    @property
    def month(self) -> str:
        """Month in which movements are noted, as `2026-01`."""
        return self._month

    def open_month(self, month: str) -> None:
        """Note movements in a month from now on, such as `2026-01`.

        Raises
        ------
        CityDataError
            If the month is closed: earlier than the one that is open.
        """
        if month < self._month:
            what = f"is closed, the books stand at {self._month}"
            raise CityDataError(Fault(f"ledger {month}", what, "book it in the open month"))
        self._month = month

    def move(
        self,
        source: str,
        target: str,
        amount_tiyn: int,
        purpose: str,
        *,
        asset_id: int = -1,
        instrument: Instrument = Instrument.CASH,
    ) -> int:
        """Move an amount from one account to another; return it.

        Parameters
        ----------
        source, target
            Names of two accounts.
        amount_tiyn
            Whole tiyn, 0 or more.
        purpose
            What for, in two or three words.
        asset_id
            Stable id of the asset it is spent on.
        instrument
            What moves.

        Raises
        ------
        CityDataError
            If the amount is negative or no whole number, or both accounts are the same.
        """
        if type(amount_tiyn) is not int or amount_tiyn < 0:
            raise CityDataError(
                Fault(
                    f"ledger {source} -> {target}, {purpose}",
                    f"moves {amount_tiyn!r}",
                    "move a whole number of tiyn, 0 or more; swap the accounts to move money back",
                )
            )
        if source == target:
            what = f"moves {amount_tiyn} tiyn to the account it comes from"
            raise CityDataError(Fault(f"ledger {source}, {purpose}", what, "name two accounts"))
        if amount_tiyn:
            self._add((source, instrument), -amount_tiyn)
            self._add((target, instrument), amount_tiyn)
            key = Movement(self.month, instrument, source, target, purpose, asset_id)
            self._movements[key] = self._movements.get(key, 0) + amount_tiyn
            self._note(source, target, amount_tiyn, purpose, instrument)
        return amount_tiyn

    def _note(
        self, source: str, target: str, amount_tiyn: int, purpose: str, instrument: Instrument
    ) -> None:
        """Add a movement to the sums of the day."""
        names = []
        if instrument is Instrument.CASH:
            names.append(purpose)
            leaves = is_city_run(source) and not is_city_run(target)
            if leaves and purpose not in _GIVEN_BACK:
                names.append(SPENDING)
        elif purpose in _NOTED:
            names.append(purpose)
        for name in names:
            self._day[name] = self._day.get(name, 0) + amount_tiyn

    def _add(self, account: tuple[str, str], amount_tiyn: int) -> None:
        self._balance[account] = self._balance.get(account, 0) + amount_tiyn

    def balance(self, account: str, instrument: Instrument = Instrument.CASH) -> int:
        """Return what an account holds in tiyn; below zero what it has given or owes."""
        return self._balance.get((account, instrument), 0)

    def accounts(self, instrument: Instrument = Instrument.CASH) -> dict[str, int]:
        """Return the balances of all accounts of an instrument in tiyn, by name."""
        return {name: held for (name, kind), held in self._balance.items() if kind == instrument}

    def movements(self) -> Iterator[tuple[Movement, int]]:
        """Iterate over all movements and their amounts in tiyn, in the order of their first day."""
        yield from self._movements.items()

    def total(self, purpose: str, *, source: str = "", target: str = "") -> int:
        """Return all that has moved for a purpose, in tiyn; from or to one account where named."""
        return sum(
            amount
            for key, amount in self._movements.items()
            if key.purpose == purpose and source in ("", key.source) and target in ("", key.target)
        )

    def take_day(self) -> dict[str, float]:
        """Return what has moved since the last call, in KZT by purpose, and `SPENDING`.

        Cash, and of the other instruments bills, what is written off and depreciation.
        """
        moved, self._day = self._day, {}
        return {purpose: kzt(amount) for purpose, amount in moved.items()}

    def imbalance_tiyn(self) -> int:
        """Return by how much the accounts of the instruments miss adding up to nothing."""
        sums = dict.fromkeys(Instrument, 0)
        for (_, instrument), held in self._balance.items():
            sums[Instrument(instrument)] += held
        return max(abs(value) for value in sums.values())
