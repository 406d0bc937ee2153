"""Service levels: what the flows bring to each building."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from twin.model.state import State

DOES = "service and indoor temperature per building"
OUTAGE_SHARE = 0.5
"""Service below which a day counts as an outage."""


def step(state: State) -> None:
    """Bring the flows to the buildings: service, outages, indoor temperature."""
    for network in state.networks:
        code, service = network.code, state.flow_service[network.name].service
        used = state.flow_service[network.name].used
        if used is not None:
            state.accounts.bills.add_use(code, used)
        connected = ~np.isnan(service)
        people = state.people[connected]
        level = service[connected]
        state.sums.connected_person_days[code] = float(people.sum())
        state.sums.service_person_days[code] = float(people @ level)
        state.sums.outage_person_days[code] = float(people[level < OUTAGE_SHARE].sum())
        state.journal.buildings.add_service(code, service)
    sold = (one.network.name for one in state.accounts.operators)
    state.accounts.taxes.note_day(state.flow_service[name].service for name in sold)
    heat = state.flow_service["heat"].service
    day = state.homes.live(state.temp_c, heat)
    state.homes.add_to(state.sums, day)
    state.homes.note_hours(state.day, state.temp_c, day)
    state.journal.buildings.add_homes(state.homes.rows, day)
