"""How a run begins: the city with its heat loops, its institutions, its flows, its first year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.assets import Assets
from twin.assets.knowledge import Knowledge, KnowledgeNumbers
from twin.assets.works import offer_links
from twin.buildings.homes import Homes
from twin.citizens import Population
from twin.city.heat_loops import with_heat_loops
from twin.city.network_kind import NetworkKind
from twin.city.networks import NETWORK_NAMES, NETWORKS
from twin.city.view import AssetView
from twin.core.clock import Clock
from twin.emergency.services import EmergencyServices
from twin.flows.base import CachedFlow, compiled_system
from twin.flows.traffic.system import TrafficSystem
from twin.indicators.groups import residents_by_group
from twin.institutions import ContactCentre, Investor, Municipality, NetworkService, Today
from twin.institutions.settings import Settings
from twin.model import recorder
from twin.model.accounts import opened
from twin.model.closures import Closures
from twin.model.decisions import found, open_year
from twin.model.disposition import Disposition
from twin.model.journal import Journal
from twin.model.moving_on import founded_demography, ties_between
from twin.model.rounds import Participation
from twin.model.shocks.schedule import scheduled
from twin.model.shocks.worn_network import wear_down
from twin.model.state import Institutions, State
from twin.model.weather import Weather
from twin.parameters import (
    BehaviourParams,
    ContractParams,
    EmergencyParams,
    HeaterParams,
    HeatParams,
    InspectionParams,
    InstitutionParams,
    InvestorParams,
    KnowledgeParams,
    ParticipationParams,
    PaymentParams,
    TimeConstants,
    TrafficParams,
    WeatherParams,
    WorkParams,
)

if TYPE_CHECKING:
    import mesa

    from twin.city.bundle import City
    from twin.core.parameter_set import Parameters
    from twin.flows.base import AbstractFlowSystem
    from twin.model.books import Accounts
    from twin.scenario import Scenario


def founded(city: City, scenario: Scenario, seed: int, model: mesa.Model) -> State:
    """Return a checked city on the eve of its first day; `model` takes its agents in."""
    params = scenario.parameters
    networks = tuple(params.group(NetworkKind, f"networks.{name}") for name in NETWORK_NAMES)
    shocks = scheduled(scenario.shocks, city)
    today = Today(
        Clock(scenario.start),
        seed,
        params=params.group(InstitutionParams),
        contracts=params.group(ContractParams),
    )
    found(scenario.levers.values(), today, int(city.buildings["people"].sum()))
    # they come last, so that no other asset's id moves
    loops = today.settings.heat_loops
    heat, year = params.group(HeatParams), scenario.start.year
    laid = with_heat_loops(city, loops.count, year, heat)
    n_loops = len(laid.util_edges) - len(city.util_edges)
    with_links = with_heat_loops(city, loops.count + loops.candidates, year, heat)
    n_links = len(with_links.util_edges) - len(laid.util_edges)
    laid = with_links
    weather = Weather(laid, shocks, today.clock, seed, params.group(WeatherParams))
    assets = Assets(laid, scenario.start.year, seed, networks)
    offer_links(assets, n_links)
    traffic = TrafficSystem(laid, params.group(TrafficParams))
    emergency = EmergencyServices(laid, traffic, params.group(EmergencyParams))
    assets.pass_axles(traffic.axles_m_per_year)
    flows = _flows(laid, traffic, params)
    accounts = opened(laid, networks, flows, seed, params)
    first = len(assets) - n_links - n_loops
    accounts.heat_loops_kzt = float(assets.renewal_cost_kzt[first : first + n_loops].sum())
    people = laid.buildings["people"].to_numpy(dtype=np.int32)
    citizens = Population.from_city(
        laid, seed, params.group(BehaviourParams), networks, params.group(ParticipationParams)
    )
    knowledge = Knowledge(assets, laid, _known_numbers(params))
    state = State(
        spec=scenario,
        payment=params.group(PaymentParams),
        accounts=accounts,
        participation=_participation(citizens, params),
        disposition=Disposition.of(citizens),
        norm_settings=Settings(),
        city=laid,
        seed=seed,
        today=today,
        weather=weather,
        shocks=shocks,
        people=people,
        traffic=traffic,
        flows=flows,
        closures=Closures(laid, today, shocks, traffic),
        n_loops=n_loops,
        assets=assets,
        knowledge=knowledge,
        institutions=_institutions(
            model, today, assets, laid, emergency, accounts, params.group(InvestorParams)
        ),
        citizens=citizens,
        demography=founded_demography(
            laid, citizens, scenario, seed, accounts.bills.payers.at_home
        ),
        ties=ties_between(citizens, scenario, seed),
        homes=_homes(laid, params),
        journal=Journal(people.size),
        wear_phys=assets.wear_phys(),
        asset_view=AssetView.empty(),
        temp_c=weather.temp_c(0),
    )
    wear_down(state)
    recorder.open_books(state)
    open_year(state)
    return state


def _known_numbers(params: Parameters) -> KnowledgeNumbers:
    """Return the parameters of what services know."""
    return KnowledgeNumbers(
        params.group(KnowledgeParams), params.group(InspectionParams), params.group(WorkParams)
    )


def _institutions(  # noqa: PLR0913 - what they stand on
    model: mesa.Model,
    today: Today,
    assets: Assets,
    city: City,
    emergency: EmergencyServices,
    accounts: Accounts,
    investing: InvestorParams,
) -> Institutions:
    """Create the institutions; agents act in the order in which they are made."""
    facilities = city.facilities
    depots = facilities.loc[facilities["kind"] == "depot", "street_node_id"].tolist()
    services = [NetworkService(model, today, assets, code) for code in range(len(assets.networks))]
    municipality = Municipality(
        model, today, assets, accounts.ledger, heat_loops_kzt=accounts.heat_loops_kzt
    )
    return Institutions(
        agents=model.agents,
        municipality=municipality,
        services=services,
        contact_centre=ContactCentre(today, city, assets),
        emergency=emergency,
        investor=Investor(today, municipality, accounts.operators, investing),
        depot_street_node=int(depots[0]) if depots else 0,
    )


def _homes(city: City, params: Parameters) -> Homes:
    """Return the buildings of a city with the residents of every group."""
    heaters, constants = params.group(HeaterParams), params.group(TimeConstants)
    return Homes(city, residents_by_group(city), heaters, constants)


def _participation(citizens: Population, params: Parameters) -> Participation:
    """Return a participatory budget before its first round."""
    return Participation(
        params=params.group(ParticipationParams),
        outage_days=np.zeros(len(citizens)),
    )


def _flows(city: City, traffic: TrafficSystem, params: Parameters) -> dict[str, CachedFlow]:
    """Compile every network for a city."""
    systems: dict[str, AbstractFlowSystem] = {
        kind.name: traffic if kind.is_street else compiled_system(kind, city, params)
        for kind in NETWORKS
    }
    return {name: CachedFlow(system) for name, system in systems.items()}
