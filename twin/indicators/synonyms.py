"""Everyday words for what an indicator answers, for names that do not exist."""

from __future__ import annotations

_ANSWERED_BY = {
    "arrears_months": "arrears unpaid_bills non_payment",
    "collection_rate": "payment paid_bills collection",
    "debt_kzt_per_person": "debt loans",
    "spending_million_kzt_year": "cost costs money spending budget expenditure",
    "cost_recovery": "profit profitability",
    "leakage_share": "leak leaks leakage water_loss water_losses nrw",
    "breaks_per_km_year": "bursts accidents_on_pipes pipe_failures failures breaks",
    "water_outage_days": "outage outages no_water water_cuts",
    "water_service_share": "pressure water_pressure water_supply",
    "cold_hours": "cold cold_homes indoor_temperature",
    "heat_outage_days": "no_heat heating_outages",
    "injury_crashes_per_year": "accidents crashes road_accidents",
    "peak_delay_hours": "congestion jams traffic_jams delay delays",
    "traffic_co2_t": "co2 emissions",
    "reports_per_person_year": "complaints reports calls_109 appeals",
    "trust_mean": "trust confidence",
    "satisfaction_mean": "satisfaction happiness",
    "reach_8min_share": "ambulance ambulances",
    "vote_turnout": "turnout votes",
    "wear_phys_mean": "wear wear_mean deterioration",
}


def answering(name: str) -> str:
    """Return the indicator that answers an everyday word; empty where none is known."""
    word = name.strip().lower().replace(" ", "_").replace("-", "_")
    return next((kind for kind, words in _ANSWERED_BY.items() if word in words.split()), "")
