"""What the accounts of a town cost: their share of a year, and 30 years of one policy.

The share is the processor time spent in the calls that book and check money (bills, closing of
months, the day's movements, the balance of every account) over that of the whole year.
"""

from __future__ import annotations

import resource
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from twin.economy.billing import Bills
from twin.economy.ledger import Ledger
from twin.model.books import Accounts
from twin.model.city_model import CityModel
from twin.model.day import institutions
from twin.scenario import load_scenario
from twin.scenario.city import resolve_city

if TYPE_CHECKING:
    from collections.abc import Iterator

SCENARIO = "scenarios/emergency_spiral.yaml"
YEARS = 30
_BOOKING = (
    (Bills, "add_use"),
    (Accounts, "imbalance"),
    (Ledger, "take_day"),
    (Ledger, "open_month"),
    (institutions, "close_month"),
)
_DAYS = 365
_MB = 1024.0


def run() -> dict[str, Any]:
    """Return the share of the accounts in a year, and time and memory of 30 years."""
    scenario = load_scenario(SCENARIO)
    model = CityModel(resolve_city(scenario), scenario, seed=1)
    model.run_for(_DAYS)
    with _timed() as spent:
        started = time.process_time()
        model.run_for(_DAYS)
        year = time.process_time() - started
    started = time.process_time()
    long_one = replace(scenario, years=YEARS)
    model = CityModel(resolve_city(scenario), long_one, seed=1)
    model.run_for(long_one.n_days)
    long = time.process_time() - started
    return {
        "people": len(model.city.persons),
        "year_s": year,
        "accounts_s": spent[0],
        "accounts_share": spent[0] / (year - spent[0]),
        "years": YEARS,
        "years_s": long,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MB,
        "money_missed_tiyn": float(model.result().invariants["money"]),
    }


@contextmanager
def _timed() -> Iterator[list[float]]:
    """Add up the processor time of the calls that book and check money."""
    spent, inside = [0.0], [False]

    def timing(call: Any) -> Any:  # noqa: ANN401 - any of the calls
        def timed(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            if inside[0]:
                return call(*args, **kwargs)
            inside[0], started = True, time.process_time()
            try:
                return call(*args, **kwargs)
            finally:
                spent[0] += time.process_time() - started
                inside[0] = False

        return timed

    with ExitStack() as stack:
        for owner, name in _BOOKING:
            stack.enter_context(patch.object(owner, name, timing(getattr(owner, name))))
        yield spent
