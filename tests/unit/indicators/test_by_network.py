"""Service, outages and failures of every network that is declared, by hand."""

import math

import numpy as np
import pytest

from tests.unit.indicators.worked import value_of
from twin.city.networks import NETWORKS

ALL = pytest.mark.parametrize("kind", NETWORKS, ids=lambda kind: kind.name)


def only(kind, value, others):
    """Return a number for one network, and another for all others."""
    out = np.full(len(NETWORKS), float(others))
    out[kind.code] = value
    return out


@ALL
def test_service_share_is_service_over_residents_connected(kind):
    # 40 residents for ten days with nine tenths of their service on the mean
    sums = {
        "person_days": 1000.0,
        "service_person_days": only(kind, 360.0, 77.0),
        "connected_person_days": only(kind, 400.0, 500.0),
    }
    assert value_of(f"{kind.name}_service_share", **sums) == 0.9
    sums["connected_person_days"] = only(kind, 0.0, 500.0)
    assert math.isnan(value_of(f"{kind.name}_service_share", **sums))


@pytest.mark.parametrize(
    "kind", [kind for kind in NETWORKS if kind.outage_meaning], ids=lambda kind: kind.name
)
def test_outage_days_are_days_a_year_of_a_resident_connected(kind):
    # 20 of 1000 person-days are 2 % of the days, and 2 % of 365.25 days are 7.305
    sums = {
        "person_days": 5000.0,
        "outage_person_days": only(kind, 20.0, 3.0),
        "connected_person_days": only(kind, 1000.0, 2000.0),
    }
    assert value_of(f"{kind.name}_outage_days", **sums) == pytest.approx(7.305)
    sums["connected_person_days"] = only(kind, 0.0, 2000.0)
    assert math.isnan(value_of(f"{kind.name}_outage_days", **sums))


@ALL
def test_failures_are_those_of_the_network_per_kilometre_of_it_and_year(kind):
    # six failures on 0.5 + 1 km in half a year; the 9 km of all others do not count
    others = [(one.name, 9000.0, 0.0, 0.0) for one in NETWORKS if one is not kind]
    rows = [(kind.name, 500.0, 0.0, 0.0), *others, (kind.name, 1000.0, 0.0, 0.0)]
    indicator = f"{kind.name}_{kind.failures_name}_per_km_year"
    failures = only(kind, 6.0, 50.0)
    found = value_of(indicator, rows=rows, days=0.5 * 365.25, failures=failures)
    assert found == pytest.approx(8.0)
    assert math.isnan(value_of(indicator, rows=others, days=365.25, failures=failures))
    assert math.isnan(value_of(indicator, rows=rows, days=0, failures=failures))
