"""How long crews work, worked out by hand: hours by diameter, shifts, ways, who is free."""

import math

import numpy as np
import pytest

from twin.assets import Failure
from twin.city.networks import NETWORKS, code_of
from twin.core.streams import Stream
from twin.institutions.crew import RepairCrew, Way, median_hours
from twin.kernels.rng import normal

STREET, WATER, HEAT = (NETWORKS[code_of(name)].works for name in ("street", "water", "heat"))
SEED = 5


def failure(asset_id=7, ordinal=1):
    return Failure(3, asset_id, 1, 0, 0.4, surfaces=True, ordinal=ordinal)


def taken(works, hours, *, day=0, travel_s=0.0, crew=None, log_spread=0.0):
    """Return a failure that a crew took, and the crew."""
    crew = crew or RepairCrew(0, works, 0)
    one = failure()
    crew.take(one, Way(day, travel_s, 1.0), hours, SEED, log_spread=log_spread)
    return one, crew


@pytest.mark.parametrize(
    ("works", "diameter_m", "hours"),
    [
        (WATER, 0.1, 9.0),
        (WATER, 0.05, 9.0),  # no less than that of DN100
        (WATER, 0.3, 9.0 + 12.0 * 0.2),
        (HEAT, 0.1, 16.0),
        (HEAT, 0.5, 16.0 + 24.0 * 0.4),
        (STREET, math.nan, 5.0),
    ],
)
def test_wider_pipes_take_longer_to_mend(works, diameter_m, hours):
    assert median_hours(works, diameter_m) == pytest.approx(hours)


@pytest.mark.parametrize(
    ("works", "end_hour", "end_day"),
    [
        # 30 hours from the start of day 2: two shifts of 12 h and 6 h more, or 24 h and 6 h
        (STREET, 48.0 + 2 * 24.0 + 6.0, 4),
        (WATER, 48.0 + 30.0, 3),
        (HEAT, 48.0 + 30.0, 3),
    ],
)
def test_work_beyond_a_shift_goes_on_the_next_day(works, end_hour, end_day):
    one, crew = taken(works, 30.0, day=2)
    assert crew.free_from_hour == pytest.approx(end_hour)
    assert (one.start_day, one.end_day) == (2, end_day)


def test_the_way_comes_before_the_work_and_an_unknown_way_costs_no_time():
    one, crew = taken(WATER, 5.0, travel_s=1800.0)
    assert crew.free_from_hour == pytest.approx(5.5)
    assert one.travel_s == 1800.0
    one, crew = taken(WATER, 5.0, travel_s=math.nan)
    assert crew.free_from_hour == pytest.approx(5.0)
    assert math.isnan(one.travel_s)


def test_a_crew_starts_when_its_last_job_ends_and_not_before_the_day():
    _, crew = taken(WATER, 7.0)
    one, crew = taken(WATER, 4.0, crew=crew)
    assert crew.free_from_hour == pytest.approx(11.0)
    one, crew = taken(WATER, 4.0, day=3, crew=crew)
    assert crew.free_from_hour == pytest.approx(76.0)
    assert (one.start_day, one.end_day, crew.jobs_done) == (3, 3, 3)


def test_work_that_ends_at_midnight_ends_on_the_next_day():
    one, _ = taken(WATER, 24.0)
    assert one.end_day == 1


def test_a_crew_is_free_until_its_work_fills_the_day():
    _, crew = taken(WATER, 23.0)
    assert crew.is_free(0)
    _, crew = taken(WATER, 24.0)
    assert not crew.is_free(0)
    assert crew.is_free(1)


def test_hours_spread_around_the_median_by_a_draw_of_asset_and_ordinal():
    draw = normal(SEED, int(Stream.REPAIR_DURATION), 7, 1)
    _, crew = taken(WATER, 10.0, log_spread=0.5)
    assert crew.free_from_hour == pytest.approx(10.0 * math.exp(0.5 * draw))
    draws = [normal(SEED, int(Stream.REPAIR_DURATION), 7, k) for k in range(3)]
    assert np.unique(draws).size == 3
