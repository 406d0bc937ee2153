"""How bad things look from each building: what people notice."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import numpy as np

from twin.citizens import Signals
from twin.city.network_kind import Perception

if TYPE_CHECKING:
    from twin.city.network_kind import NetworkKind
    from twin.core.arrays import Float32, Float64
    from twin.model.state import State

COMFORT_C = 18.0
"""Indoor temperature below which homes are cold (the norm for living rooms)."""
UNBEARABLE_C = 12.0
"""Indoor temperature at which a home without heat counts as a full outage."""


def perceived_problems(state: State) -> Signals:
    """Return how bad things look from each building."""
    severity = np.zeros((len(state.networks), state.people.size), dtype=np.float32)
    at_street = state.institutions.contact_centre.building_street
    for network in state.networks:
        severity[network.code] = np.maximum(
            _at_home(network, state).astype(np.float32), _seen(network, state)[at_street]
        )
    answered = state.institutions.contact_centre.take_answers()
    return Signals(np.clip(severity, 0.0, 1.0), answered)


def _at_home(network: NetworkKind, state: State) -> Float64:
    """Return how bad a network's service is felt in each building, shape (n_buildings,)."""
    service = state.flow_service[network.name].service
    felt: Float64
    match network.perceived:
        case Perception.MISSING:
            felt = np.where(np.isnan(service), 0.0, 1.0 - service)
        case Perception.COLD_HOME:
            degrees = COMFORT_C - state.homes.temp_c
            cold = np.clip(degrees / (COMFORT_C - UNBEARABLE_C), 0.0, 1.0)
            missing = np.where(state.homes.heater_load_w.any(axis=1), 1.0 - service, 0.0)
            by_heaters = state.citizens.params.self_heated_severity * missing
            felt = np.where(np.isnan(service), 0.0, np.maximum(cold, by_heaters))
        case Perception.CUT_OFF:
            felt = np.where(service <= 0.0, 1.0, 0.0)
        case _:
            assert_never(network.perceived)
    return felt


def _seen(network: NetworkKind, state: State) -> Float32:
    """Return how bad failures look that show in a street, shape (n_street_edges,)."""
    seen = np.zeros(len(state.city.street_edges), dtype=np.float32)
    worst = float(network.felt.seen_severity)
    for failure in state.services[network.code].open.values():
        street_edge = int(state.assets.street_edge[failure.asset])
        if failure.surfaces and not failure.isolated and street_edge >= 0:
            seen[street_edge] = max(seen[street_edge], worst * failure.severity)
    return seen
