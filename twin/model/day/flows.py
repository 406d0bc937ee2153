"""Flows: each network is solved where its inputs changed; then units drive to calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.city.networks import STREET
from twin.flows.base import OUT_OF_SERVICE, NetworkState
from twin.model.accounts import resident_use

if TYPE_CHECKING:
    from twin.city.network_kind import NetworkKind
    from twin.core.arrays import Float64
    from twin.model.state import State

DOES = "solve each network where its inputs changed; drive to calls"


def step(state: State) -> None:
    """Solve each network whose inputs changed."""
    for network in state.networks:
        service = state.flows[network.name].solve(_network_state(state, network))
        state.flow_service[network.name] = service
        state.journal.note_imbalance(network, service)
        for name, value in service.totals.items():
            key = f"{network.name}.{name}"
            state.sums.flow[key] = state.sums.flow.get(key, 0.0) + value
        full = service.details.get("edge_pressure_share")
        state.services[network.code].end_flow(None if full is None else full < 1.0)
    drained_m3 = state.flow_service["heat"].totals.get("drained_m3", 0.0)
    state.sums.flow["heat.refill_m3"] = max(0.0, state.drained_m3 - drained_m3)
    state.drained_m3 = drained_m3
    may_pass = state.closures.units_may_pass(state.today.clock.date(state.day))
    emergency = state.institutions.emergency
    policy, luck = state.today.settings.emergency, (state.seed, state.day)
    emergency.drive(state.flow_service[STREET.name], state.people, may_pass, luck, policy)
    emergency.add_to(state.sums, state.sums.person_days)


def _network_state(state: State, network: NetworkKind) -> NetworkState:
    """Return what a network's solver must know today."""
    service = state.services[network.code]
    rows = state.assets.rows(network.name)
    share = np.ones(service.closed.size)
    closed = service.closed.copy()
    closed[state.assets.valve_shut[rows] & (closed == 0)] = 1
    closed[state.assets.is_absent[rows]] = OUT_OF_SERVICE
    if network.is_street:
        share = _street_share(state)
        closed |= state.closures.closed(state.today.clock.date(state.day))
    return NetworkState(
        day=state.day,
        outdoor_temp_c=state.temp_c,
        closed=closed,
        break_area_m2=service.break_area_m2.copy(),
        capacity_share=share,
        wear_phys=state.wear_phys[rows].copy(),
        people=state.people,
        adaptive_signal_share=state.today.settings.traffic_lights.adaptive_share,
        source_share=state.weather.source_share(network.name, state.day),
        break_hours=service.break_hours.copy(),
        trip_factor=state.traffic.trip_factor(state.seed, state.day),
        resident_use=resident_use(state, network),
    )


def _street_share(state: State) -> Float64:
    """Return the share of capacity left on each street: defects, and lanes taken by digs."""
    streets, params = state.services[STREET.code], state.today.params
    share = np.ones(streets.closed.size)
    for failure in streets.open.values():
        share[failure.asset] = params.faulty_street_share
    digs = [failure.asset for service in state.services for failure in service.digging()]
    programme = state.institutions.municipality.programme
    digs += [job.asset for job in programme if job.start_day <= state.day]
    for asset in digs:
        street = int(state.assets.street_edge[asset])
        if street >= 0:
            lanes = max(1.0, float(state.assets.lanes[street]))
            left = max(params.least_street_share, 1.0 - params.dug_up_lanes / lanes)
            share[street] = min(share[street], left)
    return share
