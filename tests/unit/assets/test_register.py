"""The register against its naive reference, and the luck that policies share."""

import numpy as np
import pytest

from tests.builders import grid_city
from tests.naive.assets import age_and_fail
from twin.assets import Assets
from twin.assets.hazard import hazard_tables
from twin.assets.kernels import age_and_fail_into, first_thresholds
from twin.assets.register import AssetArrays
from twin.city.networks import NETWORKS
from twin.city.pavement import roughness_mpkm, wear_share
from twin.core.streams import Stream

SEED, STREAM = 11, int(Stream.FAILURE)
WATER_STEEL = hazard_tables().class_of(NETWORKS[1], "steel")


def fleet(n=200, age=30.0, length=400.0):
    ids = np.arange(1000, 1000 + n, dtype=np.int32)
    return AssetArrays(
        asset_id=ids,
        network=np.ones(n, dtype=np.uint8),
        class_of=np.full(n, WATER_STEEL, dtype=np.int32),
        length_m=np.full(n, length),
        norm_years=np.full(n, 30.0),
        age_years=np.full(n, age),
        load_years=np.zeros(n),
        wear_book=np.full(n, 0.5),
        factor=np.ones(n),
        exposure=np.zeros(n),
        threshold=first_thresholds(SEED, STREAM, ids),
        n_failures=np.zeros(n, dtype=np.int32),
        failed=np.zeros(n, dtype=np.uint8),
    )


def live(assets, days, rates, stress=1.0):
    """Age day by day, mending at once; return (day, row) of every failure."""
    out = np.empty(assets.age_years.size, dtype=np.int32)
    seen = []
    for day in range(days):
        by_class = np.full(len(rates), stress)
        count = age_and_fail_into(rates, assets, 1.0, by_class, (SEED, STREAM), out)
        for row in out[:count]:
            seen.append((day, int(row)))
            assets.failed[row] = 0
    return seen


def test_kernel_agrees_with_the_naive_loop():
    rates = hazard_tables().rate
    assets = fleet(40)
    assets.load_years[::3] = 2.7
    assets.factor[:] = 0.5 + 0.05 * np.arange(40)
    stress = 1.0 + 0.1 * np.arange(len(rates))
    rows = [
        {
            "id": int(assets.asset_id[i]),
            "network": 1,
            "class": WATER_STEEL,
            "factor": float(assets.factor[i]),
            "length": 400.0,
            "norm": 30.0,
            "age": 30.0,
            "load": float(assets.load_years[i]),
            "book": 0.5,
            "exposure": 0.0,
            "threshold": float(assets.threshold[i]),
            "count": 0,
            "failed": False,
            "shut": i % 7 == 0,
        }
        for i in range(40)
    ]
    out = np.empty(40, dtype=np.int32)
    assets.failed[::7] = 2
    for _ in range(200):
        n = age_and_fail_into(rates, assets, 3.0, stress, (SEED, STREAM), out)
        assert out[:n].tolist() == age_and_fail(rows, rates, 3.0, stress, SEED, STREAM)
        for i in out[:n]:
            assets.failed[i] = 0
            rows[i]["failed"] = False
    assert assets.exposure == pytest.approx([row["exposure"] for row in rows], rel=1e-12)
    assert assets.wear_book == pytest.approx([row["book"] for row in rows], rel=1e-12)
    assert len(age_and_fail_into.signatures) == 1


def test_number_of_failures_is_poisson_with_the_mean_of_the_law():
    tables = hazard_tables()
    assets = fleet(2000, age=50.0)
    expected = 0.0
    for day in range(365):
        age = 50.0 + (day + 1) / 365.25
        expected += 0.0016 * np.exp(0.080 * age) * 0.4 / 365.25 * 2000
    found = len(live(assets, 365, tables.rate))
    assert abs(found - expected) < 4 * np.sqrt(expected)


def test_renewal_removes_failures_and_shifts_no_other_asset():
    rates = hazard_tables().rate
    plain, renewed = fleet(), fleet()
    renewed.age_years[:100] = 0.0
    before, after = live(plain, 2000, rates), live(renewed, 2000, rates)
    others = [event for event in before if event[1] >= 100]
    assert [event for event in after if event[1] >= 100] == others
    assert len([e for e in after if e[1] < 100]) < len([e for e in before if e[1] < 100])


def test_stress_speeds_failures_up():
    rates = hazard_tables().rate
    assert len(live(fleet(), 1000, rates, 2.0)) > 1.5 * len(live(fleet(), 1000, rates, 1.0))


def test_failures_of_a_worn_fleet_grow_by_a_tenth_a_year():
    # pattern V2: without renewal 7-13 % a year
    tables = hazard_tables()
    row = tables.class_of(NETWORKS[1], "steel")
    growth = tables.rate[row, 31] / tables.rate[row, 30] - 1.0
    assert 0.07 <= growth <= 0.13


def test_heavy_axles_age_streets_and_a_new_pavement_starts_again():
    city = grid_city()
    assets, spared = Assets(city, 2026, SEED), Assets(city, 2026, SEED)
    axles = np.full(len(city.street_edges), 0.2)
    assets.pass_axles(axles)
    streets, pipes = assets.rows("street"), slice(assets.rows("street").stop, None)
    assert (assets.wear_phys()[streets] > spared.wear_phys()[streets]).all()
    assert (assets.failures_per_year()[streets] > spared.failures_per_year()[streets]).all()
    assert assets.wear_phys()[pipes].tobytes() == spared.wear_phys()[pipes].tobytes()
    rough = roughness_mpkm(
        assets.arrays.age_years[streets],
        0.2 * assets.arrays.age_years[streets],
        np.full(axles.size, 2.5),
        climate_per_year=0.05,
    )
    assert assets.wear_phys()[streets] == pytest.approx(wear_share(rough), abs=2e-3)
    before = assets.wear_phys()[0]
    assets.renew(0)
    assert assets.arrays.load_years[0] == 0.0
    assets.pass_axles(axles, years=1.0)
    assert assets.arrays.load_years[0] == 0.0  # laid today: nothing has passed yet
    assert assets.wear_phys()[0] < before
    assert assets.arrays.load_years[1] > 0.0
