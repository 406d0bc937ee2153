"""Programmes: what the policy in force costs a year beside repairs and renewal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from twin.city.networks import NETWORKS
from twin.economy import holders

if TYPE_CHECKING:
    from twin.institutions.settings import Settings
    from twin.parameters import PriceParams

_NEUTRAL_VOICE = 0.05
_NORM = 0.5
"""Competence, integrity, transparency and sirens' share of delay at which nothing is charged."""
_DAYS = 365.0


@final
@dataclass(frozen=True, slots=True)
class CityFacts:
    """What the cost of programmes depends on."""

    people: int
    pipes_km: float
    """Length of all mains."""
    fire_stations: int
    adaptive_junctions: int
    """Junctions whose lights adapt under the policy in force."""
    metered_households: int
    """Households and buildings that the policy gives a meter, beyond those that have one."""
    metered_buildings: int


@final
@dataclass(frozen=True, slots=True)
class Programme:
    """One programme of the municipality."""

    name: str
    cost_kzt_year: float
    norm_kzt_year: float
    """What it costs under neutral settings, for which it has a standing budget."""
    supplier: str = holders.STAFF

    @property
    def extra_kzt_year(self) -> float:
        """What the policy costs a year beyond the standing budget; below 0 what it saves."""
        return self.cost_kzt_year - self.norm_kzt_year


def programmes(
    settings: Settings, prices: PriceParams, facts: CityFacts, norm: Settings
) -> tuple[Programme, ...]:
    """Return the programmes of the municipality under a policy.

    Parameters
    ----------
    settings
        Policy in force.
    prices
        Prices of levers.
    facts
        Size of the city.
    norm
        Policy for which services have standing budgets.
    """
    conduct, voice, sensors = settings.conduct, settings.voice, settings.detection
    emergency, lights = settings.emergency, settings.traffic_lights
    channel = {
        "phone": prices.phone_kzt_year,
        "app": prices.app_kzt_year,
        "office": prices.office_kzt_year,
    }
    doublings = math.log2(max(1.0, voice.voice_share / _NEUTRAL_VOICE))
    ambulances = norm.emergency.ambulances_per_10000
    engines = norm.emergency.fire_engines_per_station
    per_open_books = prices.transparency_kzt_person_year * facts.people / (1.0 - _NORM)
    per_honesty = prices.integrity_kzt_person_year * facts.people / (1.0 - _NORM)
    helped = max(0.0, _NORM - emergency.delay_share) / _NORM
    closed = settings.closures.busiest + len(settings.closures.streets)
    bought = sensors.watched_km * prices.sensor_kzt_per_km / prices.sensor_life_years
    read = sensors.watched_km * prices.sensor_reading_kzt_per_km * _DAYS / sensors.sensor_days
    walked = facts.pipes_km * prices.survey_kzt_per_km * _DAYS
    meters = facts.metered_households * prices.meter_kzt_household
    meters += facts.metered_buildings * prices.heat_meter_kzt_building
    return (
        Programme(
            "ambulances",
            _on_duty(emergency.ambulances_per_10000, facts.people) * prices.ambulance_kzt_year,
            _on_duty(ambulances, facts.people) * prices.ambulance_kzt_year,
        ),
        Programme(
            "fire engines",
            emergency.fire_engines_per_station * facts.fire_stations * prices.fire_engine_kzt_year,
            engines * facts.fire_stations * prices.fire_engine_kzt_year,
        ),
        Programme("priority at lights", helped * prices.signal_priority_kzt_year, 0.0),
        Programme(
            "channels",
            sum(channel[name] for name in voice.channels),
            channel["phone"] + channel["app"],
        ),
        Programme("campaign", doublings * prices.campaign_kzt_person_year * facts.people, 0.0),
        Programme(
            "campaign for the vote",
            settings.participatory_budget.campaign_kzt_per_person * facts.people,
            0.0,
        ),
        Programme("sensors", bought + read + sensors.cost_kzt, 0.0, holders.SUPPLIES),
        Programme(
            "leak surveys",
            walked / sensors.awareness_days,
            walked / norm.detection.awareness_days,
        ),
        Programme(
            "adaptive lights",
            facts.adaptive_junctions * lights.cost_kzt_per_junction_year,
            0.0,
            holders.SUPPLIES,
        ),
        Programme("open books", per_open_books * conduct.transparency, per_open_books * _NORM),
        Programme("supervision", per_honesty * conduct.integrity, per_honesty * _NORM),
        Programme(
            "coordination", prices.coordination_kzt_year * float(conduct.coordinated_digs), 0.0
        ),
        Programme("closed streets", closed * prices.closure_kzt_street, 0.0),
        Programme("meters", meters / prices.meter_life_years, 0.0, holders.SUPPLIES),
        *(
            Programme(
                f"{kind.name} crews",
                _crews(settings, kind.code) * prices.crew_kzt_year,
                kind.default_crews * prices.crew_kzt_year,
            )
            for kind in NETWORKS
            if kind.sales is None
        ),
    )


def answers(settings: Settings, prices: PriceParams, norm: Settings, reports: float) -> Programme:
    """Return what answering some reports costs; all arguments as of `programmes`."""
    each = reports * prices.answer_kzt
    return Programme(
        "answers", each * settings.voice.feedback_rate, each * norm.voice.feedback_rate
    )


def _on_duty(per_10000: float, people: int) -> int:
    """Return units on duty, rounded up."""
    return math.ceil(per_10000 * people / 10_000.0)


def cut_offs(prices: PriceParams, number: int) -> Programme:
    """Return what it costs to cut some households off and to connect them again."""
    return Programme("cut-offs", number * prices.cut_off_kzt, 0.0)


def _crews(settings: Settings, network: int) -> int:
    """Return the crews of a network; the usual number where no policy sets it."""
    crews = settings.crews.crews
    return crews[network] if crews else NETWORKS[network].default_crews


def operator_pay_kzt(
    settings: Settings, prices: PriceParams, network: int, fixed_kzt_year: float
) -> float:
    """Return what an operator pays a year beyond its norm: for crews, and for able people.

    Parameters
    ----------
    settings
        Policy in force.
    prices
        Prices of levers.
    network
        Code of the operator's network.
    fixed_kzt_year
        Its fixed costs at the norm.
    """
    crews = _crews(settings, network) - NETWORKS[network].default_crews
    extra = crews * prices.crew_kzt_year
    able = (settings.conduct.competence - _NORM) / (1.0 - _NORM) * prices.competence_pay_share
    return extra + able * fixed_kzt_year
