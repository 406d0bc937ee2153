"""Heavy axles, roughness, speed on bad streets, carbon dioxide, crashes, traffic lights."""

import numpy as np
import pytest

from tests.naive.traffic import all_or_nothing
from tests.unit.flows.traffic.town import grid_town
from twin.city.pavement import (
    NEW_IRI_MPKM,
    WORN_IRI_MPKM,
    iri_mpkm,
    load_years,
    roughness_mpkm,
    wear_share,
)
from twin.flows.traffic.town.demand import TripRates
from twin.flows.traffic.town.road import (
    bus,
    capacity_share,
    car_co2_gpkm,
    fuel_factor,
    injury_crashes,
    speed_share,
    standard_axles,
    truck_co2_gpkm,
    trucks,
)
from twin.flows.traffic.town.road.loads import loaded
from twin.flows.traffic.town.road.traffic_lights import TrafficLights
from twin.flows.traffic.town.streets import StreetLinks
from twin.flows.traffic.town.traffic import TownTraffic
from twin.kernels.paths import forward_star
from twin.parameters import HeavyVehicleParams, StreetParams, TrafficParams

HEAVY, STREETS = HeavyVehicleParams(), StreetParams()


def test_harm_grows_with_the_fourth_power_of_the_load():
    assert standard_axles((80.0,)) == 1.0
    assert standard_axles((160.0,)) == 16.0
    assert standard_axles((7.0, 7.0)) < 2e-4
    assert standard_axles((160.0,), power=4.2) == pytest.approx(2**4.2)
    assert all(0.3 < vehicle.axles < 3.0 for vehicle in (*trucks(HEAVY), bus(HEAVY)))


def test_roughness_follows_the_summary_model():
    one = np.ones(1)
    assert roughness_mpkm(0 * one, 0 * one, 3 * one, climate_per_year=0.05)[0] == pytest.approx(
        1.04 * 2.0
    )
    # by hand: 1.04 * exp(0.05 * 10) * (2 + 263 / 4^5 * 2)
    found = roughness_mpkm(10 * one, 2 * one, 3 * one, climate_per_year=0.05)[0]
    assert found == pytest.approx(1.04 * 1.6487213 * (2.0 + 263.0 / 1024.0 * 2.0))


def test_axles_age_a_street_as_years_would():
    age, axles, strength = np.array([5.0, 20.0]), np.array([0.4, 3.0]), np.array([2.5, 4.0])
    climate = {"climate_per_year": 0.05}
    older = age + load_years(axles, strength, **climate)
    nothing = np.zeros(2)
    assert roughness_mpkm(older, nothing, strength, **climate) == pytest.approx(
        roughness_mpkm(age, axles, strength, **climate)
    )
    assert load_years(nothing, strength, **climate).tolist() == [0.0, 0.0]
    weak, strong = (load_years(axles[:1], np.array([snc]), **climate) for snc in (2.0, 4.0))
    assert weak > strong


def test_wear_is_roughness_between_new_and_broken():
    assert wear_share(np.array([1.0, NEW_IRI_MPKM, WORN_IRI_MPKM, 20.0])).tolist() == [0, 0, 1, 1]
    rough = np.linspace(NEW_IRI_MPKM, WORN_IRI_MPKM, 5)
    assert iri_mpkm(wear_share(rough)) == pytest.approx(rough)


def test_rough_streets_are_slower_and_let_fewer_through():
    wear = np.array([0.0, 0.2, 1.0])
    assert speed_share(wear, STREETS) == pytest.approx([1.0, 1.0, 0.7])
    share = capacity_share(wear, np.array([10.0, 10.0, 10.0]), STREETS)
    assert share == pytest.approx([1.0, 1.0, (1.5 + 0.7) / (1.5 + 1.0)])


def test_carbon_dioxide_is_least_at_a_steady_middle_speed():
    speed_ms = np.array([2.5, 5.0, 20.0, 30.0])
    grams = car_co2_gpkm(speed_ms)
    assert grams[0] > grams[1] > grams[2]
    assert grams[3] > grams[2]
    assert 150.0 < grams[2] < 250.0
    assert car_co2_gpkm(np.zeros(1)) == car_co2_gpkm(np.ones(1))
    single, articulated = truck_co2_gpkm(speed_ms)
    assert (grams < single).all()
    assert (single < articulated).all()
    # by hand at 72 km/h: 110 + 0.000375 * 72^3 + 8702 / 72
    assert single[2] == pytest.approx(110.0 + 139.968 + 120.8611)
    assert fuel_factor(np.array([2.0, 7.0]), 2.0, STREETS.fuel_per_mpkm).tolist() == pytest.approx(
        [1.0, 1.1]
    )


def test_crashes_grow_with_distance_and_speed():
    slow, fast = injury_crashes(np.array([1e6, 1e6]), np.array([7.0, 14.0]), STREETS)
    assert fast / slow == pytest.approx(2.0**1.2)
    assert injury_crashes(np.array([1e6]), np.array([50 / 3.6]), STREETS)[0] == pytest.approx(0.6)


def test_all_trips_take_the_cheapest_way():
    town = grid_town(4, zones_across=2)
    streets = StreetLinks(town)
    time_s = streets.new_time_s[streets.edge] * (1.0 + 0.01 * (np.arange(streets.n_links) % 11))
    trips = np.arange(16.0).reshape(4, 4)
    flow = loaded(streets.star, time_s, streets.tail, streets.zone_node, trips)
    ends = list(zip(streets.tail.tolist(), streets.head.tolist(), strict=True))
    pairs = {}
    for i, start in enumerate(streets.zone_node.tolist()):
        for j, end in enumerate(streets.zone_node.tolist()):
            pairs[start, end] = pairs.get((start, end), 0.0) + trips[i, j]
    expected, lost = all_or_nothing(ends, time_s.tolist(), pairs, first_thru=0)
    assert flow == pytest.approx(expected)
    assert lost == 0.0


def test_links_without_cost_and_places_without_a_way_are_no_trouble():
    tail, head = np.array([0, 1, 2, 3], dtype=np.int32), np.array([1, 2, 1, 4], dtype=np.int32)
    star = forward_star(5, tail, head)
    places = np.array([0, 2, 4], dtype=np.int32)
    trips = np.array([[9.0, 2.0, 7.0], [0.0, 1.0, 1.0], [1.0, 1.0, 0.0]])
    flow = loaded(star, np.zeros(4), tail, places, trips)
    assert flow.tolist() == [2.0, 2.0, 0.0, 0.0]


def test_trucks_wear_the_streets_they_take_and_cars_none():
    few, many = (grid_town(6, zones_across=3, people_per_zone=600) for _ in range(2))
    many.buildings.loc[many.buildings["use"] == "office", "use"] = "industrial"
    light, heavy = (TownTraffic(town, TrafficParams()) for town in (few, many))
    assert heavy.heavy.trucks_day.sum() > 2.0 * light.heavy.trucks_day.sum()
    assert heavy.heavy.axles_m_per_year.sum() > 1.5 * light.heavy.axles_m_per_year.sum()
    cars = TrafficParams(demand=TripRates(people_per_car=1.0))
    driven = TownTraffic(few, cars)
    assert driven.heavy.axles_m_per_year.tobytes() == light.heavy.axles_m_per_year.tobytes()


def test_lights_stand_where_four_wide_streets_meet_and_adapt_busiest_first():
    town = grid_town(4, zones_across=2)
    streets = StreetLinks(town)
    assert TrafficLights(town, streets, np.ones(streets.n_links)).street_node.size == 0
    town.street_edges["road_class"] = "arterial"
    flow = np.where(streets.head == 10, 5.0, 1.0)
    lights = TrafficLights(town, streets, flow)
    assert sorted(lights.street_node.tolist()) == [5, 6, 9, 10]
    assert lights.street_node[0] == 10
    fixed, one, every = (lights.wait_s(share) for share in (0.0, 0.25, 1.0))
    assert np.unique(fixed).tolist() == pytest.approx([0.0, 60.0 * 0.55**2 / 2.0])
    assert np.flatnonzero(one < fixed).tolist() == np.flatnonzero(streets.head == 10).tolist()
    assert every == pytest.approx(0.8 * fixed)
