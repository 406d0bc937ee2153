"""What records are worth on a worn town; `python -m benchmarks renewal_orders` has more towns."""

import pytest

from benchmarks.renewal_orders import DEMANDED_SHARE, compare, recovered
from gis.synthesise import synthesise


@pytest.fixture(scope="module")
def sums():
    town = synthesise(14_000, 4, "worn", condition="red_zone")
    return compare(town, 3, ("age", "risk", "consequence", "omniscient"))


@pytest.mark.slow  # twenty years of records and five times twenty years of renewal
def test_estimates_recover_most_of_the_way_from_age_to_the_true_rates(sums):
    assert recovered(sums, "risk", "omniscient_repairs", 1) >= DEMANDED_SHARE
    assert recovered(sums, "consequence", "omniscient", 2) >= DEMANDED_SHARE


@pytest.mark.slow  # as above
def test_no_estimate_beats_the_true_rates(sums):
    assert sums["omniscient"][2] < min(sums[order][2] for order in ("age", "risk", "consequence"))
    assert sums["omniscient_repairs"][1] < sums["risk"][1] < sums["age"][1]
