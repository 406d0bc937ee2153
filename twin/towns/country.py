"""Towns year by year: the state divides its fund on what they report, and they live on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from twin.core.clock import Clock
from twin.economy import Ledger, holders, tiyn
from twin.parameters import StateParams
from twin.towns.allocation import RULES, allocated
from twin.towns.hosts import InProcess, InProcesses
from twin.towns.totals import TotalRows, whole_result
from twin.towns.town import Founding, live, report, result

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from twin.city.bundle import City
    from twin.model.tables import RunResult
    from twin.scenario import Scenario
    from twin.towns.allocation import TownReport
    from twin.towns.hosts import AbstractHost

type Progress = Callable[[int, int], None]
"""Called with days simulated so far and days in all."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Country:
    """What towns under a state leave behind."""

    whole: RunResult
    """Indicators of all towns together, and of each as `<town>.<indicator>`; all money."""
    towns: Mapping[str, RunResult]


def live_together(
    scenario: Scenario,
    cities: Mapping[str, City],
    seed: int,
    *,
    processes: int = 1,
    progress: Progress | None = None,
) -> Country:
    """Let the towns of a scenario live through its period under their state.

    Parameters
    ----------
    scenario
        With `towns`.
    cities
        The city of each town by name.
    seed
        Run seed; each town has its own random draws, keyed by seed and name.
    processes
        How many hold the towns; results are the same to the last bit with any number.
    progress
        Called after every year.
    """
    names = [town.name for town in scenario.towns]
    foundings = [Founding(name, cities[name], scenario, seed) for name in names]
    host: AbstractHost = (
        InProcess(foundings) if processes <= 1 else InProcesses(foundings, processes)
    )
    try:
        return _lived(scenario, names, host, progress)
    finally:
        host.close()


def _lived(
    scenario: Scenario, names: Sequence[str], host: AbstractHost, progress: Progress | None
) -> Country:
    clock, ledger, rows = Clock(scenario.start), Ledger(), TotalRows(names)
    openings = [day for day in range(scenario.n_days) if clock.is_year_start(day)]
    reports = host.each(report, dict.fromkeys(names, ()))
    for day, end in zip(openings, [*openings[1:], scenario.n_days], strict=True):
        grants = _grants(scenario, reports, day, ledger)
        lived = host.each(live, {name: (day, grants[name], end - day) for name in names})
        reports = [year.report for year in lived]
        rows.add([year.periods for year in lived])
        if progress is not None:
            progress(end, scenario.n_days)
    towns = dict(zip(names, host.each(result, dict.fromkeys(names, ())), strict=True))
    return Country(whole_result(rows, towns, ledger), towns)


def _grants(
    scenario: Scenario, reports: Sequence[TownReport], day: int, ledger: Ledger
) -> dict[str, int]:
    """Return each town's grant of the year that opens on a day, and book it."""
    fund, clock = scenario.state_fund, Clock(scenario.start)
    if fund is None:
        return {one.town: 0 for one in reports}
    date = clock.date(day)
    growth = (1.0 + fund.growth_share_per_year) ** (date.year - scenario.start.year)
    people = sum(one.people for one in reports)
    amount = fund.kzt_per_person_year * growth * people * clock.share_of_year_left(day)
    ledger.open_month(date.isoformat()[:7])
    whole = ledger.move(holders.STATE_BUDGET, holders.STATE, tiyn(amount), "fund for towns")
    params = scenario.parameters.group(StateParams)
    grants = allocated(RULES[fund.rule], reports, whole, params)
    for name, grant in grants.items():
        account = holders.of_town(name, holders.WORKS_RENEWAL)
        ledger.move(holders.STATE, account, grant, "state grant")
    return grants
