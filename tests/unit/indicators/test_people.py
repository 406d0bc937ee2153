"""What people feel and do, by hand."""

import math

import pytest

from tests.unit.indicators.worked import by_network, value_of

ENDS = (0.45, 0.62, 0.08)


def test_trust_satisfaction_and_participation_are_those_of_the_end():
    assert value_of("trust_mean", ends=ENDS) == 0.45
    assert value_of("satisfaction_mean", ends=ENDS) == 0.62
    assert value_of("participation_rate", ends=ENDS) == 0.08


def test_reports_of_all_networks_are_per_resident_and_year():
    # 20 reports in 1461 person-days, which are four person-years
    reports = by_network(street=5.0, water=12.0, heat=3.0)
    found = value_of("reports_per_person_year", reports=reports, person_days=1461.0)
    assert found == pytest.approx(5.0)
    assert math.isnan(value_of("reports_per_person_year", reports=reports))


def test_digital_share_is_reports_by_app_over_all_reports():
    reports = by_network(street=5.0, water=12.0, heat=3.0)
    assert value_of("digital_report_share", reports=reports, reports_digital=5.0) == 0.25
    assert math.isnan(value_of("digital_report_share", reports_digital=5.0))


def test_turnout_is_ballots_over_adults_of_all_rounds():
    assert value_of("vote_turnout", votes=210.0, vote_adults=4200.0) == pytest.approx(0.05)
    assert math.isnan(value_of("vote_turnout"))


def test_lost_votes_are_those_without_a_chosen_project():
    assert value_of("vote_lost_share", votes=200.0, votes_lost=30.0) == pytest.approx(0.15)
    assert math.isnan(value_of("vote_lost_share"))


def test_built_share_is_of_projects_chosen():
    assert value_of("voted_built_share", projects_chosen=8.0, projects_built=6.0) == 0.75
    assert math.isnan(value_of("voted_built_share"))
