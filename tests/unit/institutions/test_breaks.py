"""Open areas, shutting off, finding and sending, with numbers worked out by hand."""

import math

import numpy as np
import pytest

from tests.unit.institutions.test_works import HEAT, WATER, Town
from twin.city.actions import SetConduct, SetDetection
from twin.city.networks import code_of
from twin.core.streams import Stream
from twin.institutions import RepairCrew
from twin.institutions.crew import Way
from twin.kernels.rng import exponential, uniform01

STREET = code_of("street")
BORE_M2 = 0.25 * math.pi * 0.2**2
"""Of a pipe of 200 mm: 0.0314 m2."""


def broken(network, severity, town=None):
    """Return a town with a break in a pipe of 200 mm, the break and the service."""
    town = town or Town()
    row = int(town.assets.start[network]) + 2
    if network != STREET:
        town.assets.diameter_m[row] = 0.2
    return town, town.fail(network, 2, severity), town.services[network]


@pytest.mark.parametrize(
    ("network", "severity", "area_m2"),
    [
        (WATER, 1.0, 0.03 * BORE_M2),
        (WATER, 0.5, 0.03 * BORE_M2 / 4.0),
        (HEAT, 1.0, 0.02 * BORE_M2),
        (HEAT, 0.5, 0.02 * BORE_M2 / 4.0),
        (STREET, 1.0, 0.0),
    ],
)
def test_a_break_opens_its_share_of_the_bore_by_the_square_of_its_severity(
    network, severity, area_m2
):
    _, _, service = broken(network, severity)
    assert service.break_area_m2[2] == pytest.approx(area_m2)
    assert np.count_nonzero(service.break_area_m2) == (area_m2 > 0.0)


@pytest.mark.parametrize(("network", "hours"), [(WATER, 3.0), (HEAT, 0.0)])
def test_a_shut_break_flows_for_the_hours_of_isolation(network, hours):
    _, burst, service = broken(network, 0.6)
    open_m2 = service.break_area_m2[2]
    service.learn(burst, 1, "report")
    assert burst.isolated
    assert service.break_hours[2] == hours
    assert service.break_area_m2[2] == (open_m2 if hours else 0.0)


def test_a_burst_is_shut_from_half_a_full_break_on():
    for severity, shut in ((0.5, 1), (0.49, 0)):
        _, one, service = broken(WATER, severity)
        service.learn(one, 1, "report")
        assert service.closed[2] == shut


def test_a_street_is_never_shut_by_a_defect():
    _, defect, service = broken(STREET, 0.9)
    service.learn(defect, 1, "report")
    assert service.closed.sum() == 0
    assert not defect.isolated
    assert service.waiting == [defect]


def test_a_failure_becomes_known_once_only():
    _, leak, service = broken(WATER, 0.2)
    service.learn(leak, 3, "report")
    service.learn(leak, 5, "survey")
    assert (leak.known_day, leak.known_by, service.waiting) == (3, "report", [leak])


def test_a_clamp_leaves_a_leak_of_its_own_severity_or_of_the_break_if_that_is_less():
    for severity, left in ((0.8, 0.3), (0.1, 0.1)):
        town, one, service = broken(WATER, severity)
        service.learn(one, 1, "report")
        service._isolate(one)
        service.clamp(4)
        assert one.clamped
        assert service.break_area_m2[2] == pytest.approx(0.03 * left**2 * BORE_M2)
        assert town.assets.arrays.failed[one.asset] == 1  # leaks, and ages again


def test_a_leak_that_was_never_shut_gets_no_clamp():
    _, leak, service = broken(WATER, 0.2)
    service.learn(leak, 1, "report")
    service.clamp(50)
    assert not leak.clamped


def test_a_torn_break_is_full_known_and_shut():
    town, leak, service = broken(HEAT, 0.2)
    leak.surfaces = False
    service.burst(leak, 6)
    assert (leak.severity, leak.surfaces, leak.clamped) == (1.0, True, False)
    assert (leak.known_day, leak.known_by, leak.isolated) == (6, "alarm", True)
    assert town.assets.arrays.failed[leak.asset] == 2


def test_a_clamped_main_that_tears_is_shut_though_it_was_known():
    _, one, service = broken(WATER, 0.8)
    service.learn(one, 1, "report")
    service.clamp(4)
    service.burst(one, 9)
    assert (one.known_day, one.isolated, one.clamped) == (1, True, False)
    assert service.closed[2] == 1


def test_a_joined_break_opens_the_pipe_wider_and_tears_off_the_clamp():
    town, first, service = broken(WATER, 0.6)
    service.learn(first, 1, "report")
    service.clamp(4)
    first.surfaces = False
    second = town.assets.break_now(first.asset, 5)
    assert second is None  # it leaks already; ageing makes such a failure by itself
    second = town.assets._failure(first.asset, 5)
    second.severity, second.surfaces = 0.8, True
    service.begin(second)
    assert (first.severity, first.breaks, first.surfaces, first.clamped) == (0.8, 2, True, False)
    assert service.break_area_m2[2] == pytest.approx(0.03 * 0.8**2 * BORE_M2)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_an_unreported_leak_is_found_by_sensors_or_a_survey_after_its_draw(share):
    town = Town()
    town.today.adopt(SetDetection(awareness_days=100.0, sensor_share=share, sensor_days=4.0))
    leak = town.fail(WATER, 2, 0.3, day=10)
    stream = int(Stream.DETECTION)
    assert 0.0 < uniform01(1, stream, leak.asset_id, 0) < 1.0
    wait = exponential(1, stream, leak.asset_id, leak.ordinal)
    mean, how = (4.0, "sensor") if share else (100.0, "survey")
    found_on = 11 + int(wait * mean)
    assert town.services[WATER]._found_on == {found_on: [leak]}
    town.services[WATER].survey(found_on - 1)
    assert leak.known_day == -1
    town.services[WATER].survey(found_on)
    assert (leak.known_day, leak.known_by) == (found_on, how)


def test_the_plant_sees_a_break_from_85_hundredths_on():
    for severity, how in ((0.85, "alarm"), (0.84, "survey")):
        _, one, service = broken(HEAT, severity)
        assert service._found(one)[1] == how
    assert service._found(broken(HEAT, 0.9)[1]) == (1, "alarm")


def test_defects_of_streets_are_found_by_survey_only():
    town = Town()
    town.today.adopt(SetDetection(sensor_share=1.0))
    _, defect, service = broken(STREET, 0.95, town)
    assert service._found(defect)[1] == "survey"


def test_ability_shortens_the_hours_of_a_repair():
    ends = []
    for competence in (0.0, 0.5, 1.0):
        town, leak, service = broken(WATER, 0.2)
        town.today.adopt(SetConduct(competence=competence))
        service.learn(leak, 0, "report")
        assert town.send(0) == [leak]
        ends.append(town.crews[WATER][0].free_from_hour - 60.0 / 3600.0)
    assert ends[0] == pytest.approx(1.5 * ends[1])
    assert ends[2] == pytest.approx(0.5 * ends[1])


def test_a_repair_ends_the_day_after_its_last_day_of_work():
    town, leak, service = broken(WATER, 0.2)
    service.learn(leak, 0, "report")
    crew = RepairCrew(0, service.declared.works, 0)
    service.send(crew, leak, Way(0, 0.0, 1.0))
    assert (leak.start_day, service.waiting, service.digging()) == (0, [], [leak])
    assert service.closed[2] == 1
    town.today.day = leak.end_day
    service.step()
    assert service.mended == []
    town.today.day = leak.end_day + 1
    service.step()
    assert service.mended == [leak]
    assert (service.open, service.digging()) == ({}, [])
    assert (service.closed[2], service.break_area_m2[2]) == (0, 0.0)


def test_a_street_stays_open_to_traffic_while_its_defect_is_mended():
    town, defect, service = broken(STREET, 0.5)
    service.learn(defect, 0, "report")
    assert town.send(0) == [defect]
    assert service.closed.sum() == 0


def test_a_failure_under_repair_is_not_dropped_by_a_renewal():
    town, leak, service = broken(WATER, 0.2)
    assert service.replaced(leak.asset + 1) is None
    service.learn(leak, 0, "report")
    town.send(0)
    assert service.replaced(leak.asset) is None
    assert service.open == {leak.asset: leak}


def test_an_unknown_failure_is_dropped_by_a_renewal():
    town, leak, service = broken(WATER, 0.2)
    assert service.replaced(leak.asset) is leak
    assert (service.open, service.waiting) == ({}, [])
    assert service.break_area_m2[2] == 0.0
    assert town.assets.arrays.failed[leak.asset] == 0


def test_a_search_goes_on_where_yesterdays_flow_was_short():
    town, leak, service = broken(HEAT, 0.4)
    service.end_flow(np.ones(service.closed.size, dtype=bool))
    town.today.day = 1
    service.step()
    assert (leak.known_day, leak.known_by) == (1, "alarm")
