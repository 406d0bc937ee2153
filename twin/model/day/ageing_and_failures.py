"""Ageing and failures: every asset grows a day older, and some fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.assets import violations
from twin.institutions.service import FULL_BREAK
from twin.model.shocks.main_break import break_mains
from twin.model.shocks.pipe_failures import break_worst_pipes
from twin.model.shocks.worn_network import wear_down
from twin.scenario import MainBreak

if TYPE_CHECKING:
    from twin.assets import Failure
    from twin.model.state import State

DOES = "age every asset; some fail"


def step(state: State) -> None:
    """Age every asset by a day; those whose exposure passes their draw fail."""
    if state.day:  # the first day's is known before the levers decide
        wear_down(state)
    season = state.weather.season(state.day)
    stress = state.assets.tables.season_factor(season, state.weather.usual)
    failures = state.assets.age(1.0, stress, state.day)
    failures += _broken_by_shocks(state)
    for failure in failures:
        service = state.services[failure.network]
        service.begin(failure)
        if failure.severity >= FULL_BREAK:
            service.burst(failure, state.day)
        state.sums.failures[failure.network] += 1.0
        reported = violations(service.declared.records, failure.severity)
        state.sums.violations[failure.network] += reported
        state.journal.failures.append(failure)


def _broken_by_shocks(state: State) -> list[Failure]:
    """Carry out today's shocks that break pipes; return the failures."""
    today = state.today.clock.date(state.day)
    failures: list[Failure] = []
    for place, shock in state.shocks.breaks:
        if shock.date != today:
            continue
        if isinstance(shock, MainBreak):
            failures += break_mains(state, shock, state.shocks.mains[place])
        else:
            failures += break_worst_pipes(state, shock)
    return failures
