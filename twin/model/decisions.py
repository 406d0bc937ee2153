"""How levers come to act: they decide on a view, and what they decide comes into force."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from twin.citizens.demography import labour_force_of
from twin.city.actions import RankRepairs, SetClosures
from twin.city.view import CityView
from twin.economy import holders, kzt
from twin.institutions.investor import KnownYear
from twin.model.accounts import value_networks, yearly_programmes
from twin.model.participation import close_round, hold_round
from twin.policy import Cadence, sees_truth

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twin.institutions import Today
    from twin.model.state import State
    from twin.policy import AbstractLever


def found(levers: Iterable[AbstractLever], today: Today, people: int) -> None:
    """Let the levers act that act before the first day; they see a city without assets."""
    view = CityView.without_assets(today.clock.start, people)
    for lever in levers:
        if lever.cadence is Cadence.FOUNDING:
            for action in lever.decide(view):
                today.adopt(action)


def open_year(state: State, day: int = 0) -> None:
    """Let every lever decide for the year, and receive its money."""
    if day:
        state.assets.pass_axles(state.traffic.axles_m_per_year, years=1.0)
    state.wear_phys = state.assets.wear_phys()
    clock, office = state.today.clock, state.institutions.municipality
    year_index = clock.date(day).year - clock.start.year
    if day:
        state.knowledge.note_years(clock.share_of_year_left(0) if year_index == 1 else 1.0)
    state.asset_view = state.knowledge.view(year_index)
    decide(state, Cadence.YEAR, day)
    state.knowledge.inspect(state.today.settings.inspection, year_index)
    state.accounts.ledger.open_month(clock.date(day).isoformat()[:7])
    if not day:
        value_networks(state, state.assets, gain="opening value")
    close_round(state)  # before new money comes in
    part_of_year = clock.share_of_year_left(day)
    programmes = yearly_programmes(state, part_of_year)
    investor = state.institutions.investor
    if year_index:
        investor.collect()
    idle, labour_force = labour_force_of(state.citizens)
    received = office.open_year(
        part_of_year,
        year_index=year_index,
        operators=state.accounts.operators,
        programmes=programmes,
        taxes=state.accounts.taxes.taxes(float(state.people.sum()), float(labour_force - idle)),
    )
    hold_round(state, day)
    share, days = clock.share_of_year_left(day), clock.days_of_year_left(day)
    extra = share * sum(one.extra_kzt_year for one in programmes)
    state.journal.note_year(kzt(received), extra, days)
    investor.consider(day, _known_year(state, received))


def _known_year(state: State, received: int) -> KnownYear:
    """Return what an investor knows of the year before, of the network that is offered."""
    terms, last = state.today.settings.investment, state.journal.last_year
    kind = state.networks[terms.network]
    leaked_kzt = 0.0
    if last is not None and kind.sales is not None:
        sales, flow = kind.sales, last.flow
        made = flow.get(f"{kind.name}.{sales.made}", 0.0)
        leaked = max(0.0, flow.get(f"{kind.name}.{sales.leaked}", 0.0))
        kwh = flow.get(f"{kind.name}.{sales.pump_kwh}", 0.0) if sales.pump_kwh else 0.0
        price = state.accounts.operators[0].params.electricity_kzt_per_kwh
        leaked_kzt = leaked * (sales.made_kzt + (kwh * price / made if made > 0.0 else 0.0))
    return KnownYear(leaked_kzt, kzt(received))


def receive_grant(state: State, amount_tiyn: int, day: int) -> None:
    """Receive the state's money for renewal in the year that has just been opened.

    Parameters
    ----------
    state
        The city.
    amount_tiyn
        Grant of the year.
    day
        First day of the year, or of the run.
    """
    clock, ledger = state.today.clock, state.accounts.ledger
    ledger.open_month(clock.date(day).isoformat()[:7])
    ledger.move(holders.STATE, holders.WORKS_RENEWAL, amount_tiyn, "state grant")
    state.journal.note_grant(kzt(amount_tiyn), clock.days_of_year_left(day))


def decide(state: State, cadence: Cadence, day: int | None = None) -> None:
    """Ask every lever of a cadence, and put its actions into force."""
    if cadence is Cadence.DAY and not state.waiting() and state.day:
        state.today.adopt(RankRepairs(np.empty(0)))
        return
    view = state.view(day)
    for lever in state.spec.levers_in(state.today.clock.start.year + view.year_index).values():
        if lever.cadence is cadence:
            known = view
            if sees_truth(lever):
                known = replace(view, truth=state.knowledge.truth(view.year_index))
            for action in lever.decide(known):
                if isinstance(action, SetClosures):
                    state.closures.require_known(action)
                state.today.adopt(action)
