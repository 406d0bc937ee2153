"""The tables of several towns together."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import pandas as pd

from twin.core.columns import conform
from twin.economy import holders
from twin.indicators import indicators, together
from twin.model.tables import (
    ASSETS,
    EVENTS,
    HOMES,
    INDICATORS,
    MONEY,
    VOTES,
    WORKS,
    ZONES,
    RunResult,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twin.core.columns import Table
    from twin.economy import Ledger
    from twin.indicators import Period

GRANT = "state grant"


@final
class TotalRows:
    """Indicators of all towns together, and of each of them, period by period."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.rows: list[tuple[str, str, str, str, str, float]] = []

    def add(self, ended: Sequence[Sequence[tuple[str, str, str, Period]]]) -> None:
        """Add the periods that ended in a year, of each town in the order of `names`."""
        for at_once in zip(*ended, strict=True):
            length, start, end, _ = at_once[0]
            periods = [period for _, _, _, period in at_once]
            for prefix, period in (
                ("", together(periods)),
                *((f"{name}.", own) for name, own in zip(self.names, periods, strict=True)),
            ):
                for kind, one in indicators.items():
                    value = float(one.function(period))
                    self.rows.append((length, start, end, f"{prefix}{kind}", one.unit, value))


def whole_result(rows: TotalRows, towns: Mapping[str, RunResult], state: Ledger) -> RunResult:
    """Return indicators and money of all towns together; the other tables are those of each.

    Parameters
    ----------
    rows
        Indicators.
    towns
        Tables of each town.
    state
        The state's books.
    """
    names = [column.name for column in INDICATORS.columns]
    results = list(towns.values())
    invariants = {
        name: max(one.invariants[name] for one in results) for name in results[0].invariants
    }
    invariants["money"] = max(invariants["money"], _missed_tiyn(towns, state))
    return RunResult(
        indicators=conform(INDICATORS, pd.DataFrame(rows.rows, columns=names)),
        zones=_empty(ZONES),
        assets=_empty(ASSETS),
        events=_empty(EVENTS),
        homes=_empty(HOMES),
        money=_money(towns, state),
        votes=_empty(VOTES),
        works=_empty(WORKS),
        invariants=invariants,
        solves={kind: sum(one.solves[kind] for one in results) for kind in results[0].solves},
    )


def _missed_tiyn(towns: Mapping[str, RunResult], state: Ledger) -> float:
    """Return by how much the towns' books miss the state's, in tiyn."""
    missed = abs(state.balance(holders.STATE)) + state.imbalance_tiyn()
    for name, one in towns.items():
        booked = int(one.money.loc[one.money["purpose"] == GRANT, "amount_tiyn"].sum())
        missed += abs(booked - state.balance(holders.of_town(name, holders.WORKS_RENEWAL)))
    return float(missed)


def _money(towns: Mapping[str, RunResult], state: Ledger) -> pd.DataFrame:
    """Return all money; accounts of a town carry its name, the state is one for all."""
    names = [column.name for column in MONEY.columns]
    # the grants themselves are in the books of the towns that receive them
    own = [(*key, amount) for key, amount in state.movements() if key.purpose != GRANT]
    parts = [pd.DataFrame(own, columns=names)]
    for name, one in towns.items():
        named = {
            side: [
                account if account == holders.STATE else holders.of_town(name, account)
                for account in one.money[side]
            ]
            for side in ("source", "target")
        }
        parts.append(one.money.assign(**named))
    filled = [part for part in parts if len(part)]
    return conform(MONEY, pd.concat(filled, ignore_index=True) if filled else parts[0])


def _empty(table: Table) -> pd.DataFrame:
    return conform(table, pd.DataFrame(columns=[column.name for column in table.columns]))
