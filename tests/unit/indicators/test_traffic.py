"""What ways through the city cost, by hand."""

import math

import pytest

from tests.unit.indicators.worked import value_of

YEAR = 365.25


def street(kind, days=0, person_days=0.0, **totals):
    """Return an indicator of a period with these totals of the streets."""
    flow = {f"street.{name}": value for name, value in totals.items()}
    return value_of(kind, days=days, person_days=person_days, flow=flow)


def test_delay_share_is_time_lost_over_free_flow_time():
    found = street("peak_delay_share", travel_time_vehh=130.0, free_flow_vehh=100.0)
    assert found == pytest.approx(0.3)
    assert math.isnan(street("peak_delay_share", travel_time_vehh=130.0))


def test_delay_hours_are_time_lost_per_year():
    hours = {"travel_time_vehh": 130.0, "free_flow_vehh": 100.0}
    assert street("peak_delay_hours", days=2 * YEAR, **hours) == pytest.approx(15.0)
    assert math.isnan(street("peak_delay_hours", **hours))


def test_a_car_trip_takes_the_hours_of_all_over_the_number_of_cars():
    # 150 vehicle-hours of 600 cars: a quarter of an hour
    assert street("car_trip_minutes", travel_time_vehh=150.0, vehicles=600.0) == 15.0
    assert math.isnan(street("car_trip_minutes", travel_time_vehh=150.0))


def test_unserved_share_is_over_trips_served_and_unserved():
    assert street("unserved_trip_share", unserved_trips=5.0, vehicles=95.0) == 0.05
    assert math.isnan(street("unserved_trip_share"))


def test_driven_distance_is_per_resident_and_year():
    # 8000 km in 1461 person-days, four person-years
    found = street("driven_distance", person_days=1461.0, vehkm=8000.0)
    assert found == pytest.approx(2000.0)
    assert math.isnan(street("driven_distance", vehkm=8000.0))


def test_carbon_dioxide_is_per_year():
    assert street("traffic_co2_t", days=YEAR / 2, co2_t=7.0) == pytest.approx(14.0)
    assert math.isnan(street("traffic_co2_t", co2_t=7.0))


def test_crashes_are_per_year():
    found = street("injury_crashes_per_year", days=4 * YEAR, injury_crashes=6.0)
    assert found == pytest.approx(1.5)
    assert math.isnan(street("injury_crashes_per_year", injury_crashes=6.0))


def test_shares_of_car_and_bus_are_over_all_trips_of_people():
    trips = {"person_trips": 1000.0, "car_trips": 300.0, "bus_trips": 250.0, "vehicles": 200.0}
    assert street("car_trip_share", **trips) == 0.3
    assert street("bus_trip_share", **trips) == 0.25
    assert math.isnan(street("car_trip_share", car_trips=300.0))
    assert math.isnan(street("bus_trip_share", bus_trips=250.0))
