"""Rows of the register: ids, ages, failures, renewal, and what policies see, by hand."""

import numpy as np
import pytest

from tests.builders import grid_city
from twin.assets import Assets
from twin.assets.hazard import hazard_tables
from twin.assets.kernels import LEAKING, SHUT, SOUND
from twin.city.networks import NETWORK_NAMES, NETWORKS, code_of
from twin.core.parameters import with_values
from twin.core.streams import Stream
from twin.kernels.rng import uniforms4

STREET, WATER, HEAT = (code_of(name) for name in ("street", "water", "heat"))
SEED = 3


@pytest.fixture
def city():
    return grid_city()


@pytest.fixture
def assets(city):
    return Assets(city, 2026, SEED)


def test_rows_lie_network_by_network_with_ids_that_stay(city, assets):
    sizes = [len(city.network_edges(name)) for name in NETWORK_NAMES]
    assert assets.start.tolist() == [0, *np.cumsum(sizes)]
    assert len(assets) == sum(sizes)
    for code, name in enumerate(NETWORK_NAMES):
        rows = assets.rows(name)
        assert (rows.start, rows.stop) == (assets.start[code], assets.start[code + 1])
        assert (assets.arrays.network[rows] == code).all()
        ids = 100_000_000 * code + np.arange(sizes[code])
        np.testing.assert_array_equal(assets.arrays.asset_id[rows], ids)
        column = "util_edge_id" if code else "street_edge_id"
        np.testing.assert_array_equal(assets.edge_id[rows], city.network_edges(name)[column])


def test_columns_of_the_bundle_come_through(city, assets):
    for name in NETWORK_NAMES:
        rows, frame = assets.rows(name), city.network_edges(name)
        np.testing.assert_array_equal(assets.arrays.length_m[rows], frame["length_m"])
        np.testing.assert_array_equal(assets.arrays.wear_book[rows], frame["wear_book"])
        np.testing.assert_array_equal(assets.street_edge[rows], frame["street_edge_id"])
        np.testing.assert_array_equal(assets.arrays.age_years[rows], 2026 - frame["built_year"])
        norm = NETWORKS[code_of(name)].norm_life_years
        assert (assets.arrays.norm_years[rows] == norm).all()
        if name != "street":
            np.testing.assert_array_equal(assets.diameter_m[rows], frame["diameter_m"])
            np.testing.assert_array_equal(assets.is_pump[rows], frame["kind"] == "pump")
    assert np.isnan(assets.diameter_m[assets.rows("street")]).all()
    assert not assets.is_pump[assets.rows("street")].any()


def test_an_asset_built_after_the_start_is_new(city):
    city.street_edges["built_year"] = np.int32(2030)
    assert (Assets(city, 2026, SEED).arrays.age_years[: len(city.street_edges)] == 0.0).all()


def test_nothing_has_failed_or_been_renewed_at_the_start(assets):
    arrays = assets.arrays
    for column in (arrays.exposure, arrays.n_failures, arrays.failed, arrays.load_years):
        assert not column.any()
    assert not assets.n_renewals.any()


def test_a_failure_has_the_size_and_place_of_its_draw(assets):
    row = int(assets.start[WATER]) + 2
    one = assets.break_now(row, 9)
    size, surface, _, _ = uniforms4(SEED, int(Stream.FAILURE_SEVERITY), 100_000_002, 1, 0)
    assert (one.asset, one.asset_id, one.network, one.day) == (row, 100_000_002, WATER, 9)
    assert (one.severity, one.surfaces, one.ordinal) == (size, surface < size, 1)
    assert (one.breaks, one.joined_to, one.isolated, one.clamped) == (1, None, False, False)
    assert (one.known_day, one.start_day, one.end_day, one.reports) == (-1, -1, -1, 0)
    assert np.isnan(one.travel_s)
    assert assets.arrays.failed[row] == LEAKING
    assert assets.break_now(row, 10) is None
    assets.mend(row)
    assert assets.break_now(row, 11).ordinal == 2


def test_leaks_of_mains_show_the_more_often_the_larger_and_defects_of_streets_always(assets):
    mains = [assets.break_now(row, 0) for row in range(int(assets.start[WATER]), len(assets))]
    assert {one.surfaces for one in mains} == {True, False}
    large = [one.surfaces for one in mains if one.severity > 0.7]
    small = [one.surfaces for one in mains if one.severity < 0.3]
    assert np.mean(large) > np.mean(small)
    streets = [assets.break_now(row, 0) for row in range(int(assets.start[WATER]))]
    assert all(one.surfaces for one in streets)


def test_ageing_gives_a_record_of_each_failure(assets):
    assets.arrays.threshold[5] = 0.0
    before = assets.arrays.age_years.copy()
    calm = np.ones(len(assets.tables.classes))
    failures = assets.age(1.0, calm, 12)
    assert [(one.asset, one.day, one.ordinal) for one in failures if one.asset == 5] == [(5, 12, 1)]
    assert assets.arrays.age_years - before == pytest.approx(1.0 / 365.25)
    assert assets.arrays.failed[5] == LEAKING


def test_a_renewed_asset_is_sound_and_as_new(assets):
    row = int(assets.start[HEAT]) + 1
    assets.break_now(row, 0)
    assets.renew(row)
    arrays = assets.arrays
    assert (arrays.age_years[row], arrays.wear_book[row], arrays.failed[row]) == (0.0, 0.0, SOUND)
    assert assets.n_renewals.tolist() == [int(i == row) for i in range(len(assets))]


def test_a_renewal_is_laid_in_the_material_of_today_and_priced_by_its_diameter(assets):
    row = int(assets.start[WATER]) + 2
    assets.arrays.class_of[row] = assets.tables.class_of(NETWORKS[WATER], "steel")
    assets.renew(row)
    assert assets.material(row) == "pe"
    assets.renew(row, diameter_m=0.8)
    assert (assets.material(row), assets.diameter_m[row]) == ("ductile_iron", 0.8)
    assert assets.repair_cost_kzt[row] == pytest.approx(1.6e6 + 6.0e6 * 0.8)
    length_m = assets.arrays.length_m[row]
    assert assets.renewal_cost_kzt[row] == pytest.approx(length_m * (20_000 + 150_000 * 0.8))
    assert assets.known_factor[row] == pytest.approx((0.8 / 0.15) ** -0.85)
    assets.renew(row, material="steel", diameter_m=0.15)
    assert (assets.material(row), assets.known_factor[row]) == ("steel", 1.0)
    street, pump = 0, int(np.flatnonzero(assets.is_pump)[0])
    for other, same in ((street, "asphalt"), (pump, "pump")):
        assets.renew(other)
        assert assets.material(other) == same


def test_books_count_part_of_a_repair_as_an_improvement(city):
    changed = {"costs": {"capitalised_share": 0.5}}
    kinds = tuple(with_values(kind, changed) if kind.code == WATER else kind for kind in NETWORKS)
    assets = Assets(city, 2026, SEED, kinds)
    row = int(assets.start[WATER]) + 2
    before, age = assets.arrays.wear_book[row], assets.arrays.age_years[row]
    assets.break_now(row, 0)
    assets.mend(row)
    gross, repair = assets.renewal_cost_kzt[row], assets.repair_cost_kzt[row]
    # gross and net value rise by half the repair: 1 - (net + c) / (gross + c)
    net = (1.0 - before) * gross
    half = 0.5 * repair
    assert assets.arrays.wear_book[row] == pytest.approx(1.0 - (net + half) / (gross + half))
    assert assets.arrays.age_years[row] == age


def test_a_mended_asset_is_no_younger(assets):
    before = assets.arrays.age_years[3]
    assets.break_now(3, 0)
    assets.set_shut(3, shut=True)
    assert assets.arrays.failed[3] == SHUT
    assets.set_shut(3, shut=False)
    assert assets.arrays.failed[3] == LEAKING
    assets.mend(3)
    assert (assets.arrays.failed[3], assets.arrays.age_years[3]) == (SOUND, before)


def test_failures_of_the_next_year_are_those_at_its_middle(assets):
    tables = hazard_tables()
    row = int(assets.start[WATER]) + 2
    assets.arrays.age_years[row], assets.arrays.length_m[row] = 20.0, 250.0
    assets.arrays.class_of[row] = tables.class_of(NETWORKS[WATER], "steel")
    # rates are tabulated by whole years: half way between 20 and 21
    rate = 0.5 * 0.0016 * (np.exp(0.080 * 20) + np.exp(0.080 * 21))
    assets.known_factor[row], assets.arrays.factor[row] = 0.5, 0.5 * 3.0 * 1.5 * 0.8
    assert assets.register_failures_per_year()[row] == pytest.approx(0.25 * rate * 0.5)
    assert assets.failures_per_year()[row] == pytest.approx(0.25 * rate * 0.5 * 3.0 * 1.5 * 0.8)


def test_axles_of_years_pass_over_a_street_for_its_age_only(assets):
    axles = np.full(assets.start[1], 0.2)
    assets.arrays.age_years[:2] = [0.25, 10.0]
    assets.pass_axles(axles, years=1.0)
    assert assets._axles_m[:2] == pytest.approx([0.05, 0.2])
    assets.pass_axles(axles, years=2.0)
    assert assets._axles_m[:2] == pytest.approx([0.1, 0.6])
    assets.pass_axles(axles)
    assert assets._axles_m[:2] == pytest.approx([0.05, 2.0])


def test_indicators_see_copies_of_what_changes(assets):
    seen = assets.condition()
    np.testing.assert_array_equal(seen.wear_phys, assets.wear_phys())
    np.testing.assert_array_equal(seen.length_m, assets.arrays.length_m)
    assets.renew(4)
    assert seen.wear_phys[4] > 0.0
    assert seen.wear_book[4] > 0.0


def test_residents_along_a_street_depend_on_it(city, assets):
    people = city.buildings["people"].to_numpy()
    np.testing.assert_array_equal(assets.people_served[: people.size], people)
