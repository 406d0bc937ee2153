"""Every registered parameter, moved away from its default, changes what the program makes of it."""

import datetime as dt
import pickle
from dataclasses import fields
from functools import lru_cache
from types import SimpleNamespace

import mesa
import numpy as np
import pytest

from tests.builders import grid_city
from tests.builders_accounts import MoneyTown
from tests.contracts.readers_of_works import contracts, investor, state
from tests.naive.citizens import town as people_town
from tests.unit.citizens.demography.people_town import founded_with, lived
from tests.unit.flows.traffic.town import grid_town
from twin.assets import Assets, Failure, Season, official_wear, violations
from twin.assets.knowledge import Knowledge, KnowledgeNumbers
from twin.assets.works import carry_out
from twin.buildings.heaters import building_heater_w
from twin.buildings.homes import Homes
from twin.citizens import Channel, Households, Population, Voice, pay_bills
from twin.citizens.ballots import distance_to_nearest, learn, propose, turnout_chance, vote
from twin.citizens.demography import PROJECTIONS, lose_jobs
from twin.citizens.opinion import talk, ties_of
from twin.citizens.voice import day_rules, voice_hazards
from twin.city.actions import (
    RankRenewals,
    SetBudget,
    SetClosures,
    SetCollection,
    SetConduct,
    SetCrews,
    SetDetection,
    SetEmergency,
    SetInspection,
    SetMetering,
    SetRingFence,
    SetTariff,
    SetVoice,
)
from twin.city.heat_loops import with_heat_loops
from twin.city.network_kind import NetworkKind
from twin.city.networks import NETWORK_NAMES, NETWORKS, code_of
from twin.city.tables import BUILDING_USES, ROAD_CLASSES
from twin.city.work_options import WorkOption
from twin.core.clock import Clock
from twin.core.errors import ScenarioError
from twin.core.parameter_set import Parameters
from twin.emergency.services import EmergencyServices
from twin.flows.base import NetworkState
from twin.flows.heat.system import HeatSystem
from twin.flows.heat.town.makeup import makeup_limit_kgs
from twin.flows.traffic.system import TrafficSystem
from twin.flows.traffic.town.demand import PERIODS, find_equilibrium, trip_factor
from twin.flows.traffic.town.road import capacity_share, speed_share
from twin.flows.traffic.town.road.day import hour_totals
from twin.flows.traffic.town.traffic import TownTraffic
from twin.institutions import ContactCentre, Municipality, NetworkService, RepairCrew, Today
from twin.institutions.crew import Way
from twin.institutions.participatory_budget import amenity_part, nearness, projects_of
from twin.model.accounts import resident_use
from twin.model.day.flows import _street_share
from twin.model.disposition import Disposition
from twin.model.perceived_problems import _at_home, _seen
from twin.model.shocks.schedule import scheduled
from twin.model.weather import Weather
from twin.parameters import (
    BehaviourParams,
    EmergencyParams,
    HeaterParams,
    HeatParams,
    InspectionParams,
    InstitutionParams,
    KnowledgeParams,
    OpinionParams,
    ParticipationParams,
    PaymentParams,
    TimeConstants,
    TrafficParams,
    WeatherParams,
    WorkParams,
)

NUMBERS = dict(Parameters.of({}).items())


def moves(path):
    """Other values of a number, first near and then at the bounds, each with its parameters."""
    number, known = NUMBERS[path], NUMBERS[path].facts
    share = 0.01 * (known.high - known.low)
    values = [0.9 * number, 1.1 * number, number + share, known.low, known.high]
    full_day = {f"{path.rpartition('.')[0]}.midday": 0.0}
    for more in ({}, full_day if path.endswith((".am", ".pm")) else {}):
        for value in values:
            if value == number or not known.low <= value <= known.high:
                continue
            try:
                yield Parameters.of({**more, path: value}), Parameters.of(more)
            except ScenarioError:
                continue


def behaviour(parameters):
    params = parameters.group(BehaviourParams)
    people = Population.from_city(people_town(300, 20), 1, params)
    voices = [
        Voice(channels=tuple(Channel), feedback_rate=0.3),
        Voice(channels=(Channel.APP, Channel.OFFICE)),
    ]
    columns = [people.get(name).tobytes() for name in people.column_names]
    hazards = [voice_hazards(people, voice, params).tobytes() for voice in voices]
    rules = [np.asarray(rule).tobytes() for rule in day_rules(params, NETWORKS, voices[0])]
    felt = Disposition.of(people)
    for month in range(3):
        felt.note_bills(np.full(people.n_households, 0.05 * (1 + month)), params.bill_months)
    felt.apply(people, params, parameters.group(ParticipationParams))
    weighs = people.get("disposition").tobytes()
    return columns, hazards, rules, cold_radiators(params), weighs


def opinion(parameters):
    params = parameters.group(OpinionParams)
    town = people_town(300, 20)
    town.persons["work_building"] = np.arange(300) % 7
    people = Population.from_city(town, 1)
    talk(people, ties_of(people, 1, params), params)
    return people.get("trust").tobytes()


def demography(parameters):
    """Three years of people who are not content, in every projection; a plant closes."""
    kept = []
    for projection in PROJECTIONS[1:]:
        people, town = founded_with(parameters, 1200, 40, projection=projection)
        people.set("satisfaction", 0.4)
        people.set("trust", 0.6)
        lose_jobs(people, town, 0.2, 1, 0)
        for year in range(3):
            people = lived(people, town, year, outages=20.0).people
        kept += [values.tobytes() for values in people.save_state().values()]
    return kept


def participation(parameters):
    """A round of a participatory budget, from proposals to what voters learn."""
    params = parameters.group(ParticipationParams)
    town = people_town(6000, 200)
    people = Population.from_city(town, 1, participation=params)
    rng = np.random.default_rng(1)
    home = rng.uniform(0, 2_000, (200, 2))
    dry = np.where(np.arange(len(people)) % 2 == 0, 0.5, 0.0)
    wishes = propose(people, dry, 3, 1, params)
    streets, assets = np.arange(200, dtype=np.int32) % 40, Assets(mains(), 2026, seed=1)
    price = {"money": 10**9, "price_kzt": lambda row: 1e6 + row, "year": 2029, "params": params}
    projects = projects_of(wishes, assets, streets, **price)
    cheap = projects_of(wishes, assets, streets, **{**price, "money": 10**4})
    places = np.array([one.building for one in projects] or [0])
    near_m = distance_to_nearest(people, home, home[places])
    people.set("voted", (np.arange(len(people)) % 3 == 0).astype(np.uint8))
    chance = turnout_chance(
        people,
        params,
        kzt_per_head=900.0,
        distance_m=near_m,
        paper_ballots=False,
        campaign_kzt_per_person=50.0,
    )
    kind = (np.arange(12) % 4).astype(np.int32)
    ballots = vote(
        people,
        chance,
        home,
        home[:12],
        kind,
        rng.normal(size=12),
        key=np.arange(12, dtype=np.int32),
        ballot_length=3,
        round_number=3,
        seed=1,
        params=params,
    )
    before = people.get("efficacy").tobytes()
    chosen = np.arange(12) < 6
    learn(people, ballots, np.arange(12) < 3, chosen, params)
    felt = Disposition.of(people)
    felt.amenity = np.minimum(1.0, nearness(home, 5, params.amenity_distance_m))
    felt.wear_amenity(1.0, params.amenity_life_years)
    felt.apply(people, parameters.group(BehaviourParams), params)
    return (
        [wishes.person_id.tobytes(), wishes.kind.tobytes(), wishes.quality.tobytes()],
        [(one.kind, one.cost) for one in (*projects, *cheap)],
        [amenity_part(10**8, params), chance.tobytes(), ballots.project.tobytes(), before],
        [people.get(name).tobytes() for name in ("efficacy", "trust", "disposition")],
    )


def cold_radiators(params):
    """How homes are perceived that electric heaters keep warm."""
    state = SimpleNamespace(
        flow_service={"heat": SimpleNamespace(service=np.array([0.2, 1.0]))},
        homes=SimpleNamespace(temp_c=np.full(2, 18.0), heater_load_w=np.ones((2, 24))),
        citizens=SimpleNamespace(params=params),
    )
    return _at_home(NETWORKS[code_of("heat")], state).tobytes()


def payment(parameters):
    n = 4000
    ids = np.arange(n, dtype=np.int32)
    households = Households(ids, np.full(n, 1e5), np.linspace(0.0, 1.0, n))
    bills = np.linspace(0.0, 2e4, n)
    params = parameters.group(PaymentParams)
    first = pay_bills(households, bills, 0, 1, params)
    second = pay_bills(households, bills, 1, 1, params, mood=first.mood)
    return first.paid_kzt.tobytes(), second.paid_kzt.tobytes()


@lru_cache(maxsize=1)
def streets():
    """A town with every kind of job, dwellings at work, wide streets and crossings."""
    city = grid_town(6, zones_across=3, people_per_zone=600)
    works = np.flatnonzero(city.buildings["use"] == "office")
    uses = ["industrial", "retail", "health", "school", "office"]
    city.buildings.loc[works, "use"] = np.resize(uses, works.size)
    city.buildings["dwellings"] = 50
    city.street_edges["road_class"] = np.where(
        city.street_edges.index % 3 == 0, "local", "arterial"
    )
    return city


def traffic(parameters):
    params = parameters.group(TrafficParams)
    town = TownTraffic(streets(), params)
    demand, now = town.demand, np.ones(town.demand.zone_people.size)
    slow_s = 1.5 * demand.free_car_s
    trips = demand.hour_trips(slow_s, now)
    wear = np.linspace(0.0, 1.0, town.streets.n_edges)
    facts = town.link_facts(wear)
    time_s = 2.0 * town.streets.new_time_s[town.streets.edge]
    cars = np.ones(town.streets.n_links)
    sums = [hour_totals(facts, period, cars, time_s) for period in range(len(PERIODS))]
    settled = find_equilibrium(town.network(), town.pairs, demand, 12.0 * now, 1e-4)
    days = [trip_factor(1, day, params.demand.day_to_day_cv) for day in range(200)]
    arrays = (
        trips.cars,
        trips.bus_persons,
        demand.truck_hours(),
        town.heavy.axles_m_per_year,
        town.signals.wait_s(0.5),
        speed_share(wear, params.streets),
        capacity_share(wear, town.speed_ms, params.streets),
        settled.found.flow_vehph,
        settled.found.time,
        np.array(town.streets.space().jam_veh_per_m),
    )
    return [values.tobytes() for values in arrays], sums, days


@lru_cache(maxsize=1)
def solved_streets():
    city = grid_city(6, 6)
    system = TrafficSystem.from_city(city)
    n = len(city.street_edges)
    people = city.buildings["people"].to_numpy(dtype=np.int32)
    state = NetworkState(
        day=0,
        outdoor_temp_c=np.zeros(24),
        closed=np.zeros(n, dtype=np.uint8),
        break_area_m2=np.zeros(n),
        capacity_share=np.ones(n),
        wear_phys=np.full(n, 0.5),
        people=people,
    )
    return city, system, system.solve(state), people


def emergency(parameters):
    city, system, service, people = solved_streets()
    units = EmergencyServices(city, system, parameters.group(EmergencyParams))
    units.drive(service, people, None, (1, 0), SetEmergency())
    return pickle.dumps((units.ambulances, units.fire_engines))


@lru_cache(maxsize=1)
def spread():
    """A city with all uses and years of construction, on district heat."""
    city = grid_city(6, 6)
    n = len(city.buildings)
    city.buildings["use"] = np.resize(BUILDING_USES, n)
    years = np.repeat([1950, 1970, 2000, 2015], len(BUILDING_USES))
    city.buildings["built_year"] = np.resize(years, n)
    return city


def homes(parameters):
    groups = parameters.group(HeaterParams), parameters.group(TimeConstants)
    return Homes(spread(), np.ones((1, len(spread().buildings))), *groups).params.tau_h.tobytes()


@lru_cache(maxsize=1)
def district():
    return HeatSystem.from_city(grid_city())


def heat(parameters):
    params, network = parameters.group(HeatParams), district().network
    limit = makeup_limit_kgs(network, network.base_input.heat_w, params)
    loops = with_heat_loops(grid_city(), 2, 2026, params).util_edges
    return limit.tobytes(), loops[["tail", "head", "length_m"]].to_numpy().tobytes()


def heaters(parameters):
    income = np.linspace(0.0, 1e6, 50)
    home = np.arange(50, dtype=np.int32)
    return building_heater_w(home, income, 50, parameters.group(HeaterParams)).tobytes()


def weather(parameters):
    city, clock = grid_city(), Clock(dt.date(2026, 1, 1))
    found = Weather(city, scheduled((), city), clock, 1, parameters.group(WeatherParams))
    days = [found.temp_c(day) for day in (0, 200, 400)]
    return [day.tobytes() for day in days], [found.season(day) for day in (0, 20, 100, 330)]


def institutions(parameters):
    today = Today(Clock(dt.date(2026, 1, 1)), 1, params=parameters.group(InstitutionParams))
    today.adopt(SetVoice(voice_share=0.1, channels=("phone",), feedback_rate=1.0))
    today.adopt(SetDetection(180.0, 0.0, 3.0, 0.0))
    model, city = mesa.Model(rng=1), grid_city()
    assets = Assets(city, 2026, seed=1)
    office = Municipality(model, today, assets)
    services = [NetworkService(model, today, assets, code) for code in range(len(NETWORKS))]
    return (
        _failures(today, assets, services, ContactCentre(today, city, assets)),
        _narrowed(today, assets, services, office),
        _money(today, assets, office),
        _first_loan(parameters),
    )


def _first_loan(parameters):
    """The books of a city with a small plan over its first new year: what it borrows and pays."""
    town = MoneyTown(1, start=dt.date(2026, 12, 20), days=20, parameters=parameters)
    town.adopt(SetBudget(100.0, 1.0), SetConduct(integrity=1.0), SetTariff(3_000.0))
    for day in range(20):
        town.live(day)
    return list(town.ledger.movements())


def economy(parameters):
    """The books of a city where all programmes run, with a low and with a high tariff."""
    return [_books(parameters, bill_kzt) for bill_kzt in (2_000.0, 20_000.0)]


def _books(parameters, bill_kzt):
    town = MoneyTown(1, days=400, parameters=parameters)
    town.adopt(
        SetBudget(2e8, 0.5),
        SetTariff(bill_kzt),
        SetCollection(1 if bill_kzt < 10_000.0 else 6),
        SetMetering(0.4),
        SetDetection(60.0, 0.5, 3.0, 1e6, 10.0),
        SetVoice(0.2, ("phone", "app", "office"), 0.9),
        SetEmergency(2.0, 3, delay_share=0.2),
        SetConduct(0.7, 0.7, 0.7, coordinated_digs=True),
        SetClosures(1),
        SetCrews(tuple(kind.default_crews + 1 for kind in NETWORKS)),
    )
    for day in range(400):
        if day == 200:  # prices rise
            town.adopt(SetTariff(1.5 * bill_kzt))
        town.live(day, use=1.0 + day % 2)
    wanted = [resident_use(town.state, kind) for kind in town.state.networks]
    return list(town.ledger.movements()), town.state.citizens.trust.tobytes(), wanted


def _failures(today, assets, services, centre):
    water = services[1]
    water.today.adopt(SetConduct(competence=0.2, integrity=0.2, transparency=0.2))
    severities = (0.1, 0.29, 0.47, 0.51, 0.8, 0.9)
    failures = []
    for offset, severity in enumerate(severities):
        failure = assets.break_now(water.first + offset, 0)
        failure.severity, failure.surfaces = severity, True
        water.begin(failure)
        failures.append(failure)
    found = sorted(water._found_on)
    for failure in failures:
        water.learn(failure, 0, "report")
    seen = [found, water.closed.tobytes()]
    for day in range(400):
        water.clamp(day)
        seen += [water.closed.tobytes(), water.break_area_m2.tobytes()]
    crew = RepairCrew(0, water.declared.works, 0)
    water.send(crew, failures[0], Way(0, 0.0, today.repair_time_factor()))
    seen.append(crew.free_from_hour)
    reports = np.zeros(centre.building_street.size, dtype=np.int32)
    reports[0] = 1
    centre.assign(water, reports, 0)
    for failure in failures:
        centre.close(failure)
    return [*seen, centre.answered_share]


def _narrowed(today, assets, services, office):
    """Capacity left on streets with a defect, and beside digs on wide and narrow ones."""
    assets.lanes[:] = np.where(np.arange(assets.lanes.size) % 2 == 0, 4, 1)
    defect = assets.break_now(0, 0)
    services[0].begin(defect)
    for offset in (8, 9, 10, 11):
        dug = assets.break_now(services[2].first + offset, 0)
        services[2].begin(dug)
        dug.start_day = 0
    state = SimpleNamespace(
        services=services,
        today=today,
        assets=assets,
        day=0,
        institutions=SimpleNamespace(municipality=office),
    )
    return _street_share(state).tobytes()


def _money(today, assets, office):
    today.adopt(SetBudget(planned_kzt=3e9, transfer_share=0.5))
    today.adopt(SetRingFence(0.9))
    today.adopt(SetConduct(integrity=0.2, transparency=0.2, coordinated_digs=True))
    today.adopt(RankRenewals(np.where(assets.arrays.network == 1, 2.0, 1.0)))
    received = office.open_year(1.0)
    for day in range(366):
        today.day = day
        office.step()
    jobs = [(job.asset, job.start_day, job.end_day, job.cost_kzt) for job in office.programme]
    main = int(assets.start[1])
    dug = Failure(main, int(assets.arrays.asset_id[main]), 1, 0, 0.5, surfaces=True, ordinal=1)
    return received, jobs, office.repair_contract(dug).price_kzt


def networks(parameters):
    kinds = tuple(parameters.group(NetworkKind, f"networks.{name}") for name in NETWORK_NAMES)
    today, model, city = Today(Clock(dt.date(2026, 1, 1)), 1), mesa.Model(rng=1), grid_city()
    n_streets = len(city.street_edges)
    city.street_edges["road_class"] = np.resize(ROAD_CLASSES, n_streets)
    city.util_edges["length_m"] *= 1.3  # not the length of reference
    _mixed_mains(city, kinds)
    assets = Assets(city, 2026, seed=1, networks=kinds)
    assets.pass_axles(np.full(n_streets, 0.2))
    renewed = []
    rules = day_rules(BehaviourParams(), kinds, Voice())
    for row in (assets.start[1] + 2, assets.start[2] + 2):
        for diameter_m in (0.4, 0.62, 0.64, 0.8):  # about where another material is laid
            assets.renew(int(row), diameter_m=diameter_m)
            renewed.append((assets.material(int(row)), assets.arrays.factor[row]))
        assets.mend(int(row) + 1)
    arrays = (
        assets.arrays.factor,
        assets.arrays.wear_book,
        np.array(_reported(city, kinds)),
        assets.tables.season_factor(Season(20.0, 5.0), Season(5.0, 1.0)),
        assets.tables.rate,
        assets.tables.wear,
        assets.arrays.load_years,
        assets.arrays.norm_years,
        assets.repair_cost_kzt,
        assets.renewal_cost_kzt,
        rules.weights,
    )
    return (
        renewed,
        [array.tobytes() for array in arrays],
        [
            _worked_on(NetworkService(model, today, assets, kind.code), assets, city)
            for kind in kinds
        ],
    )


def _reported(city, kinds):
    """What the state hears of wear after five years, and of failures by severity."""
    assets = Assets(city, 2026, seed=1, networks=kinds)
    assets.age(5 * 365.25, np.ones(len(assets.tables.classes)), 0)
    heard = [violations(kind.records, one) for kind in kinds for one in np.linspace(0, 1, 201)]
    return [official_wear(assets), *heard]


def _mixed_mains(city, kinds):
    """Let mains be of all materials, vintages and many diameters."""
    edges = city.util_edges
    for kind in kinds[1:]:
        of = ((edges["network"] == kind.name) & (edges["kind"] == "pipe")).to_numpy()
        names = [name for name in kind.hazards if name != "pump"]
        edges.loc[of, "material"] = np.resize(names, of.sum())
        edges.loc[of, "built_year"] = np.resize(
            np.array([1940, 1965, 1975, 1990], dtype=np.int32), of.sum()
        )
        edges.loc[of, "diameter_m"] = np.resize([0.1, 0.2, 0.3, 0.4, 0.5], of.sum())


def _worked_on(service, assets, city):
    """A burst of one network: what is seen and lost, when it is shut, and how long it takes."""
    failure = assets.break_now(service.first + 2, 0)
    failure.severity, failure.surfaces = 0.9, True
    if not service.declared.is_street:
        assets.diameter_m[failure.asset] = 0.3
    service.begin(failure)
    state = SimpleNamespace(city=city, assets=assets, services={service.network: service})
    found = [service.break_area_m2.tobytes(), _seen(service.declared, state).tobytes()]
    service.learn(failure, 0, "report")
    crew = RepairCrew(0, service.declared.works, 0)
    service.send(crew, failure, Way(0, 0.0, 10.0))
    return [*found, service.break_hours.tobytes(), crew.free_from_hour]


@lru_cache(maxsize=1)
def mains():
    """A town of old mains of two materials."""
    city = grid_city(8, 8)
    edges = city.util_edges
    rows = np.arange(len(edges))
    steel = (edges["material"] == "cast_iron") & (rows % 2 == 0)
    edges["material"] = np.where(steel, "steel", edges["material"])
    edges["built_year"] = (1940 + 11 * rows % 70).astype(np.int32)
    return city


def knowledge(parameters):
    numbers = KnowledgeNumbers(
        parameters.group(KnowledgeParams),
        parameters.group(InspectionParams),
        parameters.group(WorkParams),
    )
    known = Knowledge(Assets(mains(), 2026, seed=1), mains(), numbers)
    for row in (120, 121, 130, 160):
        known.note_break(row)
    seen, spent = [], []
    for year, method in enumerate(("cctv", "acoustic", "coupon")):
        score = np.where(np.arange(len(known.assets)) % 3 == year, 1.0, np.nan)
        spent.append(known.inspect(SetInspection(method, 1.0, 1e12, score), year))
        view = known.view(year)
        seen += [getattr(view, field.name).tobytes() for field in fields(view)]
    known.note_work(120, WorkOption.LINE)
    carry_out(known.assets, 120, WorkOption.LINE, numbers.works)
    return (
        seen,
        spent,
        known.assets.arrays.wear_book.tobytes(),
        known.view(3).failures_per_year[120],
    )


READERS = {
    **{f"networks.{kind.name}.sales": economy for kind in NETWORKS},
    "knowledge": knowledge,
    "inspection": knowledge,
    "works": knowledge,
    "networks": networks,
    "citizens.behaviour": behaviour,
    "citizens.opinion": opinion,
    "citizens.payment": payment,
    "citizens.participation": participation,
    "demography": demography,
    "traffic": traffic,
    "emergency": emergency,
    "buildings.heaters": heaters,
    "buildings.time_constants": homes,
    "heat": heat,
    "weather": weather,
    "institutions": institutions,
    "economy.state": state,
    "economy.investor": investor,
    "economy": economy,
    "contracts": contracts,
}
"""What is made of the numbers of a group, by the start of their paths."""


@lru_cache(maxsize=32)
def made(reader, changes):
    return reader(Parameters.of(dict(changes)))


@pytest.mark.parametrize("path", list(NUMBERS))
def test_a_number_that_is_moved_changes_something(path):
    start = next(start for start in READERS if path.startswith(f"{start}."))
    reader = READERS[start]
    assert any(
        reader(other) != made(reader, tuple(base.changed().items())) for other, base in moves(path)
    ), f"parameters.{path} changes nothing that {reader.__name__} looks at: nobody reads it"
