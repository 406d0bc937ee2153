"""Trips of a town: purposes and hours, choice of mode, goals of errands, trucks, agreement."""

import dataclasses

import networkx as nx
import numpy as np
import pytest

from tests.unit.flows.traffic.town import grid_town
from twin.core.errors import ScenarioError
from twin.flows.traffic.town.demand import PERIOD_HOURS, TripRates, find_equilibrium
from twin.flows.traffic.town.demand.choice import balanced, fit_choice, gravity
from twin.flows.traffic.town.demand.skims import bus_time_s, walk_time_s, within_zones
from twin.flows.traffic.town.streets import StreetLinks
from twin.flows.traffic.town.traffic import TownTraffic
from twin.parameters import DayProfile, Errands, Purpose, TrafficParams

CITY = grid_town(6, zones_across=3, people_per_zone=600)
RATES = TripRates()
TOWN = TownTraffic(CITY, TrafficParams())
DEMAND = TOWN.demand
NOW = np.ones(9)


def settled(growth=NOW, town=TOWN):
    return find_equilibrium(town.network(), town.pairs, town.demand, growth, 1e-8)


def test_hours_of_a_day_make_a_day():
    assert sum(PERIOD_HOURS) == 24.0
    hours = np.array(PERIOD_HOURS)
    purposes = RATES.purposes.values()
    profiles = [part for one in purposes for part in (one.leave, one.back)]
    for profile in (*profiles, RATES.trucks.hours, RATES.bus_hours):
        assert float(np.array(profile.shares()) @ hours) == pytest.approx(1.0)


def test_a_profile_of_more_than_a_day_and_a_purpose_without_walkers_are_refused():
    with pytest.raises(ScenarioError, match="more than the trips of a day"):
        DayProfile(am=0.9, midday=0.1)
    with pytest.raises(ScenarioError, match="nobody is left to walk"):
        Purpose(car_share=0.8, bus_share=0.2)


def test_everybody_who_leaves_in_a_day_comes_back():
    persons = DEMAND.hour_trips(DEMAND.free_car_s, NOW).persons
    day = (persons * np.array(PERIOD_HOURS)[:, np.newaxis, np.newaxis]).sum(axis=0)
    assert day == pytest.approx(day.T)
    work = (CITY.persons["work_building"] >= 0).sum()
    errands = RATES.errands.trips_per_person_day * 9 * 600
    assert day.sum() == pytest.approx(2.0 * (work + errands))


def test_people_go_to_work_and_school_where_they_are_registered():
    zone = CITY.buildings["zone_id"].to_numpy()
    pupil = (CITY.persons["occupation"] == "pupil").to_numpy()
    home, goal = (zone[CITY.persons[name]] for name in ("building_id", "work_building"))
    day = DEMAND.day_trips(DEMAND.free_car_s, NOW)
    for trips, who in zip(day[:2], (~pupil, pupil), strict=True):
        assert trips[0, 1] == np.count_nonzero(who & (home == 0) & (goal == 1))


def test_constants_give_the_shares_asked_for_and_longer_drives_lower_them():
    trips = DEMAND.fixed[0]
    times = (DEMAND.free_car_s, bus_time_s(CITY, TOWN.streets, RATES), TOWN_WALK_S)
    choice = fit_choice(RATES.work, RATES, trips, times)
    car, bus = choice.shares(DEMAND.free_car_s)
    assert float((trips * car).sum() / trips.sum()) == pytest.approx(RATES.work.car_share)
    assert float((trips * bus).sum() / trips.sum()) == pytest.approx(RATES.work.bus_share)
    slower, rides = choice.shares(DEMAND.free_car_s + 600.0)
    assert (slower < car).all()
    assert (rides > bus).all()
    assert (choice.shares(np.full((9, 9), np.inf))[0] == 0.0).all()


TOWN_WALK_S = walk_time_s(CITY, TOWN.streets, RATES)


def test_walking_times_are_those_of_the_shortest_ways():
    graph = nx.Graph()
    edges = CITY.street_edges
    for tail, head, length in zip(edges["tail"], edges["head"], edges["length_m"], strict=True):
        graph.add_edge(tail, head, weight=length / RATES.walk_ms)
    nodes = CITY.zones["street_node_id"]
    expected = nx.single_source_dijkstra_path_length(graph, nodes[0])
    assert TOWN_WALK_S[0, 1:] == pytest.approx([expected[node] for node in nodes[1:]])
    assert TOWN_WALK_S[0, 0] == pytest.approx(TOWN_WALK_S[0, 1:].min() / 2.0)


def test_a_bus_is_waited_for_once_and_pays_off_on_long_ways():
    oft = dataclasses.replace(RATES, bus_headway_s=0.0)
    wait_s = bus_time_s(CITY, TOWN.streets, RATES) - bus_time_s(CITY, TOWN.streets, oft)
    assert wait_s.max() <= RATES.outside_weight * RATES.bus_headway_s / 2.0 + 1e-6
    never = dataclasses.replace(RATES, bus_headway_s=86_400.0)
    on_foot = bus_time_s(CITY, TOWN.streets, never)
    assert on_foot == pytest.approx(RATES.outside_weight * TOWN_WALK_S)


def test_buses_run_on_wide_streets_where_there_are_any():
    town = grid_town(6, zones_across=3, people_per_zone=600)
    town.street_edges["road_class"] = np.where(town.street_edges.index < 12, "arterial", "local")
    slow = bus_time_s(town, StreetLinks(town), RATES)
    assert (slow >= bus_time_s(CITY, TOWN.streets, RATES) - 1e-9).all()
    assert slow.sum() > bus_time_s(CITY, TOWN.streets, RATES).sum()
    heavy = TownTraffic(town, TrafficParams()).heavy
    assert heavy.buses_day[TownTraffic(town, TrafficParams()).streets.edge >= 12].max() == 0.0


def test_errands_go_nearby_and_where_much_is_offered():
    time_s = np.array([[60.0, 300.0, 600.0], [300.0, 60.0, 300.0], [600.0, 300.0, 60.0]])
    trips = gravity(np.array([10.0, 0.0, 5.0]), np.array([1.0, 1.0, 0.0]), time_s, Errands())
    assert trips.sum(axis=1) == pytest.approx([10.0, 0.0, 5.0])
    assert trips[0, 0] > trips[0, 1] > trips[0, 2] == 0.0
    nothing = np.array([3.0]), np.array([0.0]), np.array([[0.0]])
    assert gravity(*nothing, Errands()).tolist() == [[0.0]]


def test_trucks_start_and_end_as_often_as_places_need():
    ends = np.array([5.0, 1.0, 0.0, 9.0])
    weight = np.exp(-0.3 * np.abs(np.subtract.outer(np.arange(4), np.arange(4))))
    trips = balanced(ends, weight)
    assert trips.sum(axis=0) == pytest.approx(ends)
    assert trips.sum(axis=1) == pytest.approx(ends)
    jobs = CITY.buildings["jobs"].sum()
    homes = CITY.buildings["dwellings"].sum()
    assert DEMAND.trucks[0].sum() == pytest.approx(0.5 * (0.068 * jobs + 0.099 * homes))


def test_demand_and_times_agree():
    for growth in (NOW, 20.0 * NOW):
        town = settled(growth)
        assert town.change <= 1e-4
        again = DEMAND.hour_trips(town.car_s, growth).cars[0]
        assert again == pytest.approx(town.hours.cars[0])
        cars = town.found.net.demand - 2.0 * DEMAND.truck_hours()[0][TOWN.pairs]
        assert float(np.abs(again[TOWN.pairs] - cars).sum()) <= 1e-4 * cars.sum()


def test_a_fuller_town_drives_less_than_in_proportion():
    one, full = settled(), settled(20.0 * NOW)
    assert full.rounds > 1
    assert full.hours.cars[0].sum() < 19.9 * one.hours.cars[0].sum()
    errands = [DEMAND.day_trips(each.car_s, NOW)[2] for each in (one, full)]
    assert errands[1].sum() < errands[0].sum()


def test_errands_answer_to_time_by_the_elasticity():
    longer = 1.1 * DEMAND.free_car_s
    assert RATES.errands.time_elasticity == -0.5
    before = DEMAND.day_trips(DEMAND.free_car_s, NOW)[2].sum(axis=1)
    after = DEMAND.day_trips(longer, NOW)[2].sum(axis=1)
    # other goals are chosen too, so the way does not grow by just a tenth
    assert after == pytest.approx(before * 1.1**-0.5, rel=0.02)
    assert (after < before).all()


def test_settling_is_deterministic():
    one, two = settled(2.0 * NOW), settled(2.0 * NOW)
    assert one.found.flow_vehph.tobytes() == two.found.flow_vehph.tobytes()


def test_within_a_zone_the_way_is_half_that_to_the_next():
    apart = np.array([[0.0, 4.0, 0.0], [4.0, 0.0, 6.0], [0.0, 6.0, 0.0]])
    assert np.diag(within_zones(apart)).tolist() == [2.0, 2.0, 3.0]
    assert within_zones(np.zeros((1, 1))).tolist() == [[0.0]]
