"""What a run stands on and what a day changes; the steps of the day take it and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from twin.city.networks import NETWORKS
from twin.city.view import CityView, WorksView
from twin.indicators import Sums

if TYPE_CHECKING:
    from mesa.agentset import AgentSet

    from twin.assets import Assets, Failure
    from twin.assets.knowledge import Knowledge
    from twin.buildings.homes import Homes
    from twin.citizens import CitizenDay, Population
    from twin.citizens.demography import Demography
    from twin.citizens.opinion import Ties
    from twin.city.bundle import City
    from twin.city.network_kind import NetworkKind
    from twin.city.view import AssetView
    from twin.core.arrays import Float64, Int32
    from twin.emergency.services import EmergencyServices
    from twin.flows.base import CachedFlow, FlowService
    from twin.flows.traffic.system import TrafficSystem
    from twin.institutions import (
        ContactCentre,
        Investor,
        Municipality,
        NetworkService,
        RepairCrew,
        Today,
    )
    from twin.institutions.settings import Settings
    from twin.model.books import Accounts
    from twin.model.closures import Closures
    from twin.model.disposition import Disposition
    from twin.model.journal import Journal
    from twin.model.rounds import Participation
    from twin.model.shocks.schedule import Shocks
    from twin.model.weather import Weather
    from twin.parameters import PaymentParams
    from twin.scenario import Scenario


@final
@dataclass(slots=True)
class Institutions:
    """Who acts in the city. Those in `agents` act by their own `step`, in their order."""

    agents: AgentSet
    municipality: Municipality
    services: list[NetworkService]
    """One per network, in the order of `twin.city.networks`."""
    contact_centre: ContactCentre
    emergency: EmergencyServices
    investor: Investor
    depot_street_node: int
    crews: list[list[RepairCrew]] = field(default_factory=lambda: [[] for _ in NETWORKS])
    """Crews ever hired, network by network; policy says how many of them are on duty."""


@final
@dataclass(slots=True)
class State:
    """A city on one day of its run."""

    # what a run stands on
    spec: Scenario
    payment: PaymentParams
    accounts: Accounts
    participation: Participation
    disposition: Disposition
    norm_settings: Settings
    """Settings for which services have standing budgets."""
    city: City
    """With the heat loops that the lever lays before the first day."""
    seed: int
    today: Today
    """Date and policy in force."""
    weather: Weather
    shocks: Shocks
    traffic: TrafficSystem
    flows: dict[str, CachedFlow]
    closures: Closures
    n_loops: int
    """Heat loops laid; they are the last assets."""

    # what a day changes
    assets: Assets
    knowledge: Knowledge
    """What the services know of the assets."""
    institutions: Institutions
    people: Int32
    """Residents, shape (n_buildings,); they change when people move on."""
    citizens: Population
    demography: Demography
    ties: Ties | None
    """Whom people talk to; None where nobody listens."""
    homes: Homes
    journal: Journal
    wear_phys: Float64
    """Of the assets, as the solvers take it; shape (n_assets,)."""
    asset_view: AssetView
    """As levers saw it when the year opened."""
    temp_c: Float64
    """Outdoors by the hour, shape (24,)."""
    sums: Sums = field(default_factory=Sums)
    """Of today."""
    flow_service: dict[str, FlowService] = field(default_factory=dict)
    citizen_day: CitizenDay | None = None
    drained_m3: float = 0.0
    """Water missing yesterday from shut segments of heat networks."""
    months_billed: int = 0

    @property
    def day(self) -> int:
        """Days since the start of the run."""
        return self.today.day

    @property
    def services(self) -> list[NetworkService]:
        """One per network, in the order of `twin.city.networks`."""
        return self.institutions.services

    @property
    def networks(self) -> tuple[NetworkKind, ...]:
        """All networks with the numbers of the scenario, in order of their codes."""
        return self.assets.networks

    def waiting(self) -> list[Failure]:
        """Return known failures that wait, network by network."""
        return [failure for service in self.services for failure in service.waiting]

    def view(self, day: int | None = None) -> CityView:
        """Return what the institutions know today, or on the eve of another day."""
        waiting = self.waiting()
        asset = np.array([failure.asset for failure in waiting], dtype=np.int32)
        works = WorksView(
            asset=asset,
            network=np.array([failure.network for failure in waiting], dtype=np.uint8),
            severity=np.array([failure.severity for failure in waiting], dtype=np.float64),
            known_day=np.array([failure.known_day for failure in waiting], dtype=np.int32),
            reports=np.array([failure.reports for failure in waiting], dtype=np.int32),
            people_affected=self.assets.people_served[asset],
        )
        day = self.day if day is None else day
        date = self.today.clock.date(day)
        return CityView(
            day=day,
            date=date,
            people=int(self.people.sum()),
            assets=self.asset_view,
            works=works,
            year_index=date.year - self.spec.start.year,
        )
