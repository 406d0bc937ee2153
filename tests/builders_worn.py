"""A worn town in which every institution acts within a year, and the policy it lives under."""

import dataclasses

import numpy as np

from tests.builders import grid_city
from twin.scenario import scenario_from_text

SIZE = 6
DAYS = 365
SCENARIO = """
scenario: worn_town
question: What does every institution of a worn town do in a year?
city: {synthesise: {people: 2000, seed: 1}}
start: 2026-07-01
days: %d
shocks:
  - {kind: pipe_failures, date: 2026-08-02, network: water, count: 12}
  - {kind: street_closure, date: 2026-08-10, days: 7, streets: [e3]}
  - {kind: pipe_failures, date: 2026-11-05, network: heat, count: 10}
  - {kind: cold_spell, date: 2026-12-08, days: 4, temp_c: -33}
  - {kind: source_derating, date: 2026-12-09, days: 4, network: heat, capacity_share: 0.3}
  - {kind: main_break, date: 2026-12-12, network: heat, count: 1, most_share: 0.9}
  - {kind: pipe_failures, date: 2027-01-05, network: water, count: 20}
  - {kind: worn_network, date: 2027-03-01, network: water, wear_book: 0.95}
indicators: [breaks_per_km_year]
parameters:
  citizens: {participation: {proposals_per_1000_year: 20}}
levers:
"""
POLICY = {
    "budget": {
        "network_kzt_per_person_year": 125_000.0,
        "growth_share_per_year": -0.1,
        "credit_share": 0.03,
    },
    "closures": {"busiest": 1, "ambulances_pass": True},
    "departments": {"plan": "weights", "approval_days": 20, "heat_weight": 3.0},
    "detection": {
        "awareness_days": 20.0,
        "sensor_share": 0.5,
        "upkeep_share": 0.5,
        "cost_kzt_per_km_year": 1_500_000.0,
        "life_years_without_upkeep": 1.0,
    },
    "dispatch": {"water_crews": 1, "heat_crews": 1, "street_crews": 1},
    "emergency": {"ambulances_per_10000": 10.0},
    "heat_loops": {"count": 2, "pay_years": 3, "candidates": 4},
    "inspection": {"method": "acoustic", "share_per_year": 0.5, "most_kzt_per_year": 5_000_000.0},
    "investment": {
        "contract": "tariff",
        "network": "water",
        "capital_kzt_per_person": 12_000.0,
        "guarantee_share": 0.6,
        "grant_share": 0.3,
        "return_share_per_year": 0.25,
        "tariff_supplement_share": 0.32,
        "term_years": 8,
    },
    "institutions": {"competence": 0.3, "coordinated_digs": True},
    "participation": {"channels": ["phone", "app", "office"], "voice_share": 0.03},
    "participatory_budget": {
        "share": 0.1,
        "veto_share": 0.3,
        "project_cap_share": 0.3,
        "diverted_share": 0.3,
        "rule": "equal_shares",
        "campaign_kzt_per_person": 500.0,
        "least_votes": 20,
    },
    "renewal": {
        "ring_fence_share": 0.4,
        "order": "consequence",
        "options": ["line", "replace", "loop", "decommission"],
        "least_age_years": 45.0,
        "heat_share": 0.32,
        "street_share": 0.2,
    },
    "tariff": {"growth_share_per_year": 0.2},
    "traffic_lights": {"adaptive_share": 0.5},
}
"""Levers away from neutral, so that whatever depends on them has something to act on."""


def worn_town():
    """Return a town of about 1,900 people whose pipes and streets are at the end of their life.

    Heat hangs on one row of mains, as trees do; hospital, fire station and depot stand apart, and
    wide streets cross at lights.
    """
    city = grid_city(SIZE, SIZE, people_per_building=40)
    rows = np.arange(len(city.street_edges))
    streets = city.street_edges.assign(
        road_class="collector",
        built_year=(1975 + rows % 35).astype(np.int32),
        wear_book=np.linspace(0.3, 1.0, rows.size),
    )
    facilities = city.facilities.copy()
    corner = {"hospital": SIZE - 1, "fire_station": SIZE * (SIZE - 1), "depot": SIZE + 1}
    for kind, node in corner.items():
        facilities.loc[facilities["kind"] == kind, "street_node_id"] = np.int32(node)
    old = city.persons["person_id"] % 9 == 1
    persons = city.persons.copy()
    persons.loc[old, ["age", "occupation"]] = [np.uint8(70), "retired"]
    return dataclasses.replace(
        city,
        street_edges=streets,
        facilities=facilities,
        persons=persons,
        util_edges=_worn_pipes(city),
    )


def _worn_pipes(city):
    """Return old pipes of all ages; heat mains off the first row only where they hang on it."""
    edges = city.util_edges
    heat = (edges["network"] == "heat").to_numpy()
    first = int(city.util_nodes.index[city.util_nodes["network"] == "heat"][0])
    along = np.abs(edges["head"] - edges["tail"]).to_numpy() == 1
    above = edges[["tail", "head"]].min(axis=1).to_numpy() - first >= SIZE
    kept = edges[~(heat & along & above)].reset_index(drop=True)
    rows = np.arange(len(kept))
    return kept.assign(
        util_edge_id=rows.astype(np.int32),
        built_year=(1945 + 7 * rows % 40).astype(np.int32),
        wear_book=np.linspace(1.0, 0.6, rows.size),
    )


def worn_scenario(policy=None):
    """Return the town's year under `POLICY`, or under another: lever -> field -> value."""
    levers = POLICY if policy is None else policy
    lines = [f"  {kind}: {_flow(fields)}\n" for kind, fields in levers.items()]
    return scenario_from_text(SCENARIO % DAYS + "".join(lines or ["  {}\n"]))


def _flow(fields):
    """Write fields as a map of YAML on one line."""
    return "{" + ", ".join(f"{name}: {_plain(value)}" for name, value in fields.items()) + "}"


def _plain(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(str, value)) + "]"
    return repr(value) if isinstance(value, float) else str(value)
