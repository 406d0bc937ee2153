"""How bad things look from each building: what people notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.citizens import Problem, Signals

if TYPE_CHECKING:
    from twin.model.state import State

COMFORT_C = 18.0
"""Indoor temperature below which homes are cold (the norm for living rooms)."""
UNBEARABLE_C = 12.0
"""Indoor temperature at which a home without heat counts as a full outage."""
SEEN_LEAK = 0.5
"""How bad a full break that shows in one's street is felt, 0-1; an assumption."""
SEEN_DEFECT = 0.6
"""How bad a full street defect before one's house is felt, 0-1; an assumption."""

PROBLEM_OF = {"street": Problem.STREET, "water": Problem.WATER, "heat": Problem.HEAT}


def perceived_problems(state: State) -> Signals:
    """Return how bad things look from each building."""
    severity = np.zeros((len(Problem), state.people.size), dtype=np.float32)
    water = state.flow_service["water"].service
    severity[Problem.WATER] = np.where(np.isnan(water), 0.0, 1.0 - water)
    heat = state.flow_service["heat"].service
    cold = np.clip((COMFORT_C - state.homes.temp_c) / (COMFORT_C - UNBEARABLE_C), 0.0, 1.0)
    missing = np.where(state.homes.heater_load_w.any(axis=1), 1.0 - heat, 0.0)
    felt_cold = np.maximum(cold, state.citizens.params.self_heated_severity * missing)
    severity[Problem.HEAT] = np.where(np.isnan(heat), 0.0, felt_cold)
    street = state.flow_service["street"].service
    severity[Problem.STREET] = np.where(street <= 0.0, 1.0, 0.0)  # cut off from work and school
    for service in state.services:
        felt = SEEN_DEFECT if service.kind == "street" else SEEN_LEAK
        seen = np.zeros(len(state.city.street_edges), dtype=np.float32)
        for failure in service.open.values():
            street_edge = int(state.assets.street_edge[failure.asset])
            if failure.surfaces and not failure.isolated and street_edge >= 0:
                seen[street_edge] = max(seen[street_edge], felt * failure.severity)
        problem = PROBLEM_OF[service.kind]
        before = seen[state.institutions.contact_centre.building_street]
        severity[problem] = np.maximum(severity[problem], before)
    answered = state.institutions.contact_centre.answered(state.day)
    return Signals(np.clip(severity, 0.0, 1.0), answered)
