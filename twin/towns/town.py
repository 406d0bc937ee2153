"""A town that lives under a state: its model, what it reports, and the years it lives through.

The functions take the town first, so that they run here or in the process that holds it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, final

import numpy as np

from twin.city.networks import STREET
from twin.core.streams import Stream
from twin.kernels.rng import uniform01
from twin.model.city_model import CityModel
from twin.model.decisions import receive_grant
from twin.parameters import StateParams
from twin.towns.allocation import TownReport

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.indicators import Period
    from twin.model.tables import RunResult
    from twin.scenario import Scenario

_SEEDS = 2**31 - 1


@final
@dataclass(frozen=True, slots=True, eq=False)
class Founding:
    """What a town is made of."""

    name: str
    city: City
    whole: Scenario
    """Of all towns."""
    seed: int
    """Run seed of all towns."""


class LivedYear(NamedTuple):
    """What a town hands over at the end of a year."""

    report: TownReport
    """At the opening of the next year."""
    periods: list[tuple[str, str, str, Period]]
    """Length, first and last day of each period that has ended, and the period."""


@final
class LivingTown:
    """A town of several, with its own random draws."""

    def __init__(self, founding: Founding) -> None:
        whole = founding.whole
        self.facts = next(one for one in whole.towns if one.name == founding.name)
        self.zones = whole.parameters.group(StateParams)
        """Zones of wear, which are the state's."""
        seed = town_seed(founding.seed, founding.name)
        self.model = CityModel(founding.city, whole.town(founding.name), seed=seed)
        self.model.state.journal.kept_periods = []


def town_seed(seed: int, name: str) -> int:
    """Return the run seed of a town, by its name: another town more changes nobody's draws."""
    entity = zlib.crc32(name.encode()) & _SEEDS
    return int(uniform01(seed, int(Stream.TOWN_SEED), entity, 0) * _SEEDS)


def report(town: LivingTown) -> TownReport:
    """Return what a town reports: mains by its register, as far as it reports them truly."""
    assets, facts = town.model.state.asset_view, town.facts
    mains = (assets.network != STREET.code) & np.isfinite(assets.renewal_cost_kzt)
    cost, book = assets.renewal_cost_kzt[mains], assets.wear_book[mains]
    reported = book + facts.overstated_share * (1.0 - book)
    whole = float(cost.sum())
    return TownReport(
        town=facts.name,
        people=int(town.model.state.people.sum()),
        wear=float((reported * cost).sum()) / whole if whole else 0.0,
        request_kzt=float(cost[reported > town.zones.red_zone_wear].sum()),
        lobbying_weight=facts.lobbying_weight,
        avoidable_failures=assets.failures_per_year[mains],
        cost_kzt=cost,
    )


def live(town: LivingTown, day: int, grant_tiyn: int, days: int) -> LivedYear:
    """Live through the days from the opening of a year on, with the state's grant for it."""
    state = town.model.state
    receive_grant(state, grant_tiyn, day)
    town.model.run_for(days)
    ended, state.journal.kept_periods = state.journal.kept_periods or [], []
    return LivedYear(report(town), ended)


def result(town: LivingTown) -> RunResult:
    """Return the tables of a town."""
    return town.model.result()
