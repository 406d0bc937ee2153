"""Official wear against its integral, and new estates."""

import numpy as np
import pytest

from tests.builders import grid_city
from twin.assets import Assets, official_wear, violations
from twin.assets.books import estates
from twin.city.networks import NETWORKS


@pytest.mark.parametrize("years", [0.5, 10.0, 25.0, 60.0])
@pytest.mark.parametrize("growth", [0.01, 0.048, 0.2])
def test_wear_of_estates_is_the_mean_over_their_years_of_laying(years, growth):
    steps = 200_000
    laid = (np.arange(steps) + 0.5) / steps * years
    length = growth * np.exp(growth * laid)
    wear = np.minimum(1.0, (years - laid) / 25.0)
    share, found = estates(years, growth, 25.0)
    assert share == pytest.approx(length.mean() * years, rel=1e-6)
    assert found == pytest.approx(np.average(wear, weights=length), rel=1e-6)


def test_official_wear_begins_as_the_books_and_is_diluted():
    assets = Assets(grid_city(), 2026, 1)
    mains = np.arange(len(assets)) >= assets.start[1]
    length, wear = assets.arrays.length_m[mains], assets.arrays.wear_book
    assert official_wear(assets) == pytest.approx(np.average(wear[mains], weights=length))
    assets.age(3 * 365.25, np.ones(len(assets.tables.classes)), 0)
    assert official_wear(assets) < np.average(wear[mains], weights=length)


def test_a_city_that_does_not_grow_reports_its_books():
    assert estates(10.0, 0.0, 25.0) == (0.0, 0.0)
    assert estates(0.0, 0.048, 25.0) == (0.0, 0.0)


def test_violations_are_twenty_to_forty_times_fewer_than_failures():
    severities = np.linspace(0.0, 1.0, 100_001)  # severity is uniform
    for kind in NETWORKS[1:3]:
        heard = sum(violations(kind.records, float(one)) for one in severities)
        assert 20.0 <= severities.size / heard <= 40.0
    assert violations(NETWORKS[0].records, 0.99) == 0.0
