"""Wear, failure and renewal, by hand. Lengths and wear of the assets are those of `ROWS`."""

import math

import pytest

from tests.unit.indicators.worked import by_network, value_of

YEAR = 365.25


def test_breaks_are_those_of_mains_per_kilometre_of_mains_and_year():
    # 5 + 3 breaks on 2.5 + 1.5 km in two years; the seven street defects do not count
    failures = by_network(street=7.0, water=5.0, heat=3.0)
    assert value_of("breaks_per_km_year", days=2 * YEAR, failures=failures) == 1.0
    assert math.isnan(value_of("breaks_per_km_year", days=0, failures=failures))
    assert math.isnan(value_of("breaks_per_km_year", rows=(), days=YEAR, failures=failures))


def test_wear_of_mains_is_weighted_by_length_and_without_streets():
    # (2000 x 0.1 + 500 x 0.5 + 1500 x 0.4) / 4000
    assert value_of("wear_phys_mean") == pytest.approx(1050.0 / 4000.0)
    assert math.isnan(value_of("wear_phys_mean", rows=()))


def test_wear_of_mains_in_the_register_is_weighted_by_length():
    # (2000 x 0.3 + 500 x 0.8 + 1500 x 0.2) / 4000
    assert value_of("wear_book_mean") == pytest.approx(1300.0 / 4000.0)
    assert math.isnan(value_of("wear_book_mean", rows=()))


def test_official_wear_is_what_was_reported_at_the_end():
    assert value_of("wear_official_mean", wear_official=0.47) == 0.47


def test_reported_violations_are_those_of_mains_per_kilometre_and_year():
    # 0.6 + 0.2 expected reports on 2.5 + 1.5 km in two years, none of streets
    reported = by_network(street=1.0, water=0.6, heat=0.2)
    rate = value_of("reported_violations_per_km_year", days=2 * YEAR, violations=reported)
    assert rate == pytest.approx(0.1)


def test_wear_of_streets_is_weighted_by_length_and_without_mains():
    # (1000 x 0.2 + 3000 x 0.6) / 4000
    assert value_of("street_wear_phys_mean") == pytest.approx(0.5)
    assert math.isnan(value_of("street_wear_phys_mean", rows=()))


def test_roughness_goes_from_2_08_to_10_with_wear_and_is_weighted_by_length():
    # 1 km at 2.08 + 7.92 x 0.2 = 3.664, 3 km at 2.08 + 7.92 x 0.6 = 6.832
    assert value_of("road_roughness_iri") == pytest.approx((3.664 + 3 * 6.832) / 4)
    new, broken = (value_of("road_roughness_iri", rows=[("street", 9.0, w, 0.0)]) for w in (0, 1))
    assert (new, broken) == (pytest.approx(2.08), 10.0)
    assert math.isnan(value_of("road_roughness_iri", rows=()))


def test_renewed_kilometres_are_those_of_mains():
    renewed = by_network(street=4000.0, water=700.0, heat=300.0)
    assert value_of("renewed_km", renewed_m=renewed) == 1.0


def test_repaved_kilometres_are_those_of_streets():
    renewed = by_network(street=4000.0, water=700.0, heat=300.0)
    assert value_of("repaved_km", renewed_m=renewed) == 4.0


def test_waiting_failures_are_a_mean_over_days_of_all_networks_together():
    # on ten days 20 + 25 + 15 failure-days of waiting: six wait on a mean day
    waiting = by_network(street=20.0, water=25.0, heat=15.0)
    assert value_of("waiting_failures", days=10, waiting_failure_days=waiting) == 6.0
    assert math.isnan(value_of("waiting_failures", waiting_failure_days=waiting))


def test_days_to_mended_are_a_mean_over_repairs_and_not_over_failures():
    # three repairs took 2 + 5 + 8 days; four more failures are still open
    counts = {
        "repairs": by_network(street=1.0, water=2.0),
        "failures": by_network(street=1.0, water=5.0, heat=1.0),
        "known_failures": 5.0,
    }
    assert value_of("days_to_mended", days_to_mended=15.0, **counts) == 5.0
    assert math.isnan(value_of("days_to_mended", days_to_mended=15.0, known_failures=5.0))


def test_days_to_known_are_a_mean_over_failures_that_became_known():
    counts = {"repairs": by_network(water=2.0), "failures": by_network(water=9.0)}
    assert value_of("days_to_known", days_to_known=28.0, known_failures=4.0, **counts) == 7.0
    assert math.isnan(value_of("days_to_known", days_to_known=28.0, **counts))
