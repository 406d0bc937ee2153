"""Who is sent where, and which failure a report is about."""

import math

import numpy as np

from tests.builders_money import fill_purse, spent_kzt
from tests.unit.institutions.test_works import HEAT, WATER, Town
from twin.city.actions import RankRepairs, SetBudget, SetClosures, SetVoice
from twin.city.networks import NETWORKS, code_of
from twin.economy import tiyn
from twin.institutions import ContactCentre, RepairCrew, send_crews
from twin.institutions.settings import Settings, adopted

STREET = code_of("street")


def known(town, network, offset, severity=0.2):
    one = town.fail(network, offset, severity)
    town.services[network].learn(one, 0, "report")
    return one


def test_of_two_crews_the_one_that_is_free_first_goes_and_at_a_tie_the_lower_number():
    town = Town()
    late, second, first = (RepairCrew(k, NETWORKS[WATER].works, k) for k in (0, 2, 1))
    late.free_from_hour = 5.0
    town.crews[WATER] = [late, second, first]
    asked = []
    for offset in (2, 3, 4):
        known(town, WATER, offset)
    started = _send(town, 0, np.zeros(3), lambda home, asset: asked.append((home, asset)) or 0.0)
    assert [home for home, _ in asked] == [1, 2, 0]
    assert [asset for _, asset in asked] == [one.asset for one in started]


def _send(town, day, score, travel_s):
    return send_crews(day, score, town.services, town.crews, town.office, travel_s)


def test_the_highest_score_goes_first_and_equals_in_the_order_they_became_known():
    town = Town()
    town.crews[WATER] = [RepairCrew(k, NETWORKS[WATER].works, 0) for k in range(3)]
    a, b, c = (known(town, WATER, offset) for offset in (2, 3, 4))
    assert town.send(0, [1.0, 2.0, 1.0]) == [b, a, c]


def test_a_network_without_a_free_crew_holds_nobody_else_back():
    town = Town()
    town.crews[WATER][0].free_from_hour = 24.0
    known(town, WATER, 2)
    heat = known(town, HEAT, 2)
    assert town.send(0, [1.0, 0.0]) == [heat]
    assert town.office.refused == 0


def test_an_empty_purse_holds_back_its_own_network_only():
    town = Town()
    town.today.adopt(SetBudget(1e9, separate_purses=True))
    known(town, WATER, 2)
    heat = known(town, HEAT, 2)
    for code in range(len(NETWORKS)):
        fill_purse(town.office, code, 0.0 if code == WATER else 1e9)
    assert town.send(0, [1.0, 0.0]) == [heat]
    assert town.office.refused == 1


def test_a_started_repair_records_its_cost_and_its_way():
    town = Town()
    one = known(town, WATER, 2)
    town.send(0)
    assert one.cost_kzt == town.office.repair_contract(one).price_kzt
    assert spent_kzt(town.office.ledger, "repair") == round(one.cost_kzt, 2)
    paid = [key for key, _ in town.office.ledger.movements() if key.purpose == "repair"]
    assert [key.asset_id for key in paid] == [one.asset_id]
    assert one.travel_s == 60.0


def test_a_shut_main_is_mended_on_credit_and_a_leak_is_not():
    for severity, sent in ((0.9, 1), (0.2, 0)):
        town = Town()
        fill_purse(town.office, WATER, 0.0)
        town.office.credit = tiyn(1e9)
        known(town, WATER, 2, severity)
        assert len(town.send(0)) == sent


def reports_at(town, **counts):
    out = np.zeros(len(town.city.buildings), dtype=np.int32)
    for building, number in counts.items():
        out[int(building[1:])] = number
    return out


def test_a_hidden_failure_in_the_street_has_no_claim_over_a_nearer_one():
    town = Town()
    hidden = town.fail(WATER, 2, 0.3, surfaces=False)
    near = town.fail(WATER, 12, 0.3)
    street = town.assets.street_edge[hidden.asset]
    building = int(np.flatnonzero(town.city.buildings["street_edge_id"] == street)[0])
    town.centre.asset_xy[near.asset] = town.centre.building_xy[building]
    town.centre.asset_xy[hidden.asset] = town.centre.building_xy[building] + [30.0, 40.0]
    town.centre.assign(town.services[WATER], reports_at(town, **{f"b{building}": 2}), 1)
    assert (hidden.reports, near.reports) == (0, 2)
    hidden.surfaces = True
    town.centre.assign(town.services[WATER], reports_at(town, **{f"b{building}": 5}), 2)
    assert (hidden.reports, near.reports) == (5, 2)
    assert town.centre.reports_total == 7
    assert town.centre.unfounded == 0


def test_nearest_is_by_the_straight_line():
    town = Town()
    one, other = town.fail(WATER, 2, 0.3), town.fail(WATER, 3, 0.3)
    town.centre.building_street = np.full_like(town.centre.building_street, -5)
    town.centre.building_xy[0] = [0.0, 0.0]
    town.centre.asset_xy[one.asset] = [6.0, 0.0]
    town.centre.asset_xy[other.asset] = [3.0, 4.0]
    town.centre.assign(town.services[WATER], reports_at(town, b0=1), 1)
    assert (one.reports, other.reports) == (0, 1)


def test_places_are_middles_of_edges_and_of_buildings():
    town = Town()
    centre = ContactCentre(town.today, town.city, town.assets)
    building = town.city.buildings.geometry.iloc[3].centroid
    assert centre.building_xy[3].tolist() == [building.x, building.y]
    row = int(town.assets.start[WATER]) + 2
    ends = np.array(town.city.network_edges("water").geometry.iloc[2].coords)
    assert centre.asset_xy[row].tolist() == ends.mean(axis=0).tolist()
    assert centre.take_answers().sum() == 0


def test_nobody_sees_an_answer_where_the_city_gives_none():
    town = Town()
    failure = town.fail(WATER)
    town.centre.assign(town.services[WATER], reports_at(town, b7=1), 0)
    town.today.adopt(SetVoice(feedback_rate=0.0))
    town.centre.close(failure)
    assert town.centre.take_answers().sum() == 0
    assert town.centre.answers_given == 0


def test_an_answer_reaches_all_who_reported_once_and_about_their_fault():
    town = Town()
    failure = town.fail(WATER)
    for day, building in ((0, 7), (1, 9)):
        town.centre.assign(town.services[WATER], reports_at(town, **{f"b{building}": 1}), day)
    town.today.day = 3
    town.today.adopt(SetVoice(feedback_rate=1.0))
    town.centre.close(failure)
    answers = town.centre.take_answers()
    assert np.flatnonzero(answers).tolist() == [7, 9]
    assert set(answers[[7, 9]]) == {1 << WATER}
    assert town.centre.answers_given == 2
    assert town.centre.take_answers().sum() == 0


def test_people_remember_the_share_of_reports_answered():
    town = Town()
    centre = town.centre
    assert centre.answered_share == 0.63
    share = 0.63
    for offset, rate in ((2, 1.0), (3, 0.0)):
        failure = town.fail(WATER, offset)
        town.today.adopt(SetVoice(feedback_rate=rate))
        centre.assign(town.services[WATER], reports_at(town, b7=2), 0)
        centre.close(failure)
        town.services[WATER].open.pop(failure.asset)
        share += 2 / 202 * (rate - share)
        assert abs(centre.answered_share - share) < 1e-12


def test_an_action_changes_its_own_setting_only():
    before = Settings()
    after = adopted(before, SetClosures())
    repairs = RankRepairs(np.array([1.0]))
    assert adopted(after, repairs).repairs is repairs
    assert adopted(after, repairs).closures is after.closures
    assert before.repairs is not repairs


def test_a_crew_without_a_known_way_is_sent_all_the_same():
    town = Town()
    one = known(town, WATER, 2)
    assert _send(town, 0, np.zeros(1), lambda _home, _asset: math.nan) == [one]
