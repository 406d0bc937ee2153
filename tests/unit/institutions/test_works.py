"""Failures from the day they happen to the day they are mended."""

import datetime as dt

import mesa
import numpy as np
import pytest

from tests.builders import grid_city
from tests.builders_money import fill_purse
from twin.assets import Assets, Failure
from twin.city.actions import SetBudget, SetConduct, SetDetection, SetVoice
from twin.city.networks import NETWORKS, code_of
from twin.core.clock import Clock
from twin.institutions import (
    ContactCentre,
    Municipality,
    NetworkService,
    RepairCrew,
    Today,
    send_crews,
)

WATER, HEAT = code_of("water"), code_of("heat")
CITY = grid_city()
"""Read by all towns, changed by none."""


class Town:
    def __init__(self, purse_kzt=1e9):
        self.model = mesa.Model(rng=1)
        self.city = CITY
        self.assets = Assets(self.city, 2026, seed=1)
        self.today = Today(Clock(dt.date(2026, 1, 1)), seed=1)
        self.office = Municipality(self.model, self.today, self.assets)
        self.today.adopt(SetBudget(planned_kzt=purse_kzt))
        self.office.open_year(1.0)
        self.office.open_month(1)
        codes = range(len(NETWORKS))
        self.services = [NetworkService(self.model, self.today, self.assets, c) for c in codes]
        self.crews = [[RepairCrew(0, kind.works, 0)] for kind in NETWORKS]
        self.centre = ContactCentre(self.today, self.city, self.assets)

    def fail(self, network, offset=2, severity=0.3, *, day=0, surfaces=True):
        row = int(self.assets.start[network]) + offset
        failure = self.assets.break_now(row, day)
        failure.severity, failure.surfaces = severity, surfaces
        self.services[network].begin(failure)
        return failure

    def send(self, day, score=None):
        waiting = sum(len(s.waiting) for s in self.services)
        score = np.zeros(waiting) if score is None else np.asarray(score)
        return send_crews(day, score, self.services, self.crews, self.office, lambda _a, _b: 60.0)


def test_an_unknown_leak_runs_and_is_not_shut():
    town = Town()
    failure = town.fail(WATER)
    service = town.services[WATER]
    assert service.break_area_m2[2] > 0
    assert service.closed.sum() == 0
    assert failure.known_day == -1


def test_a_search_finds_the_widest_unknown_break_of_the_part_that_is_short():
    town = Town()
    far, small, wide = (town.fail(HEAT, *one) for one in ((1, 0.8), (2, 0.2), (3, 0.6)))
    service = town.services[HEAT]
    is_short = np.ones(service.closed.size, dtype=bool)
    is_short[1] = False
    service.search(5, is_short)
    assert (wide.known_day, wide.known_by) == (5, "alarm")
    assert service.closed[3] == 1
    service.search(6, is_short)
    assert small.known_day == 6
    service.search(7, is_short)
    assert far.known_day == -1


def test_a_known_burst_is_shut_within_hours_and_a_small_leak_runs_on():
    town = Town()
    burst, leak = town.fail(WATER, 2, 0.7), town.fail(WATER, 3, 0.2)
    service = town.services[WATER]
    service.learn(burst, 4, "report")
    service.learn(leak, 4, "report")
    assert service.closed[2] == 1
    assert service.break_area_m2[2] > 0
    assert service.break_hours[2] == 3.0
    service.end_flow()
    assert service.break_area_m2[2] == 0
    assert not service.break_hours.any()
    assert service.closed[3] == 0
    assert service.break_area_m2[3] > 0


def test_repair_shuts_the_pipe_and_ends_in_service():
    town = Town()
    leak = town.fail(WATER)
    service = town.services[WATER]
    service.learn(leak, 0, "report")
    assert town.send(0) == [leak]
    assert service.closed[2] == 1
    assert service.waiting == []
    assert service.finish(leak.end_day + 1) == [leak]
    assert service.closed[2] == 0
    assert town.assets.arrays.failed.sum() == 0


def test_without_money_nothing_is_mended():
    town = Town(purse_kzt=0.0)
    leak = town.fail(WATER)
    town.services[WATER].learn(leak, 0, "report")
    assert town.send(0) == []
    assert town.office.refused == 1


def test_a_main_that_cannot_be_paid_is_clamped_and_opened_again():
    town = Town(purse_kzt=0.0)
    burst = town.fail(WATER, severity=0.8)
    service = town.services[WATER]
    full = service.break_area_m2[2]
    service.learn(burst, 1, "report")
    service.clamp(3)
    assert service.closed[2] == 1
    service.clamp(4)
    assert service.closed[2] == 0
    assert 0.0 < service.break_area_m2[2] < full
    assert burst.clamped
    assert not burst.isolated
    assert service.waiting == [burst]


def test_a_second_break_of_a_leaking_pipe_joins_the_first_repair():
    town = Town()
    first = town.fail(WATER, severity=0.2)
    second = Failure(first.asset, first.asset_id, WATER, 5, 0.4, surfaces=True, ordinal=2)
    service = town.services[WATER]
    service.begin(second)
    assert second.joined_to is first
    assert (first.breaks, first.severity) == (2, 0.4)
    service.learn(first, 6, "report")
    before = town.office.purses_kzt[0]
    town.send(6)
    assert before - town.office.purses_kzt[0] == pytest.approx(
        town.office.repair_contract(first).price_kzt
    )


def test_a_shut_pipe_gathers_no_exposure():
    town = Town()
    burst = town.fail(WATER, severity=0.9)
    town.services[WATER].learn(burst, 0, "report")
    before = town.assets.arrays.exposure[burst.asset]
    town.assets.age(30.0, np.ones(3), 1)
    assert town.assets.arrays.exposure[burst.asset] == before


def test_money_gathers_for_the_first_in_rank():
    town = Town()
    dear, cheap = town.fail(HEAT), town.fail(WATER)
    for failure in (dear, cheap):
        town.services[failure.network].learn(failure, 0, "report")
    cost = [town.office.repair_contract(f).price_kzt for f in (cheap, dear)]
    fill_purse(town.office, WATER, cost[0] * 1.01)
    assert cost[0] < cost[1]
    assert town.send(0, score=[0.0, 1.0]) == []  # water waits behind heat
    fill_purse(town.office, WATER, sum(cost))
    assert town.send(1, score=[0.0, 1.0]) == [dear, cheap]


def test_one_crew_takes_one_job_after_another():
    town = Town()
    for offset in range(2, 12):
        town.services[WATER].learn(town.fail(WATER, offset), 0, "report")
    days = 0
    while town.services[WATER].waiting:
        town.send(days)
        days += 1
    assert days >= 3  # ten repairs of about ten hours


def test_alarm_finds_a_great_burst_on_the_next_day():
    town = Town()
    burst = town.fail(WATER, severity=0.95)
    town.services[WATER].survey(1)
    assert (burst.known_day, burst.known_by) == (1, "alarm")


def test_sensors_find_hidden_leaks_sooner_where_they_are_set_well():
    def found(share, competence=1.0):
        town = Town()
        service = town.services[WATER]
        town.today.adopt(SetConduct(competence=competence))
        town.today.adopt(SetDetection(sensor_share=share))
        for offset in range(2, 26):
            town.fail(WATER, offset, severity=0.1, surfaces=False)
        return np.mean([day for day, some in service._found_on.items() for _ in some])

    assert found(1.0) < 0.1 * found(0.0)
    assert found(1.0) < found(1.0, competence=0.0) < found(0.0)


def test_reports_go_to_the_failure_in_the_street_else_to_the_nearest():
    town = Town()
    here, far = town.fail(WATER, 2), town.fail(WATER, 20)
    street = town.assets.street_edge[here.asset]
    buildings = town.city.buildings
    reports = np.zeros(len(buildings), dtype=np.int32)
    reports[np.flatnonzero(buildings["street_edge_id"] == street)[0]] = 3
    town.centre.assign(town.services[WATER], reports, 5)
    assert (here.reports, far.reports) == (3, 0)
    assert here.known_day == 5
    assert far.known_day == -1


def test_reports_without_a_failure_are_counted_as_unfounded():
    town = Town()
    reports = np.ones(len(town.city.buildings), dtype=np.int32)
    town.centre.assign(town.services[WATER], reports, 0)
    assert town.centre.unfounded == len(town.city.buildings)


def test_an_answer_is_seen_where_the_report_came_from():
    town = Town()
    failure = town.fail(WATER)
    reports = np.zeros(len(town.city.buildings), dtype=np.int32)
    reports[7] = 1
    town.centre.assign(town.services[WATER], reports, 0)
    town.today.day = 3
    town.today.adopt(SetVoice(feedback_rate=1.0))
    town.centre.close(failure)
    assert np.flatnonzero(town.centre.take_answers()).tolist() == [7]
    assert town.centre.take_answers().sum() == 0


def test_renewal_ends_a_waiting_failure():
    town = Town()
    failure = town.fail(WATER)
    town.services[WATER].learn(failure, 0, "report")
    assert town.services[WATER].replaced(failure.asset) is failure
    assert town.services[WATER].waiting == []
    assert town.services[WATER].open == {}


def test_the_same_failure_takes_the_same_hours_whoever_mends_it():
    def end_day(first):
        town = Town()
        if first:
            town.services[WATER].learn(town.fail(WATER, 9), 0, "report")
            town.send(0)
        leak = town.fail(HEAT, 3)
        town.services[HEAT].learn(leak, 0, "report")
        town.send(0)
        return leak.end_day

    assert end_day(first=False) == end_day(first=True)


def test_a_failure_record_keeps_the_stable_id():
    town = Town()
    failure = town.fail(HEAT, 4)
    assert isinstance(failure, Failure)
    assert failure.asset_id == 2 * 100_000_000 + 4
    assert failure.cost_kzt == pytest.approx(0.0)
