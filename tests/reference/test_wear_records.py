"""Laws of water mains against twelve years of main breaks of a cold city; 2005-2016."""

import numpy as np
import pytest

from docs.wear_records import (
    BREAKS,
    FITTED,
    SURVEY,
    Season,
    expected_by,
    expected_by_ours,
    expected_with_history,
    fitted,
    fitted_season,
    monthly_shares,
    records,
)
from twin.city.networks import NETWORKS
from twin.core.parameter_set import Parameters
from twin.parameters import WeatherParams

WATER = NETWORKS[1]


@pytest.fixture(scope="module")
def known(shared_data):
    folder = shared_data / "assets"
    if not (folder / BREAKS).is_file():
        pytest.skip(f"no main breaks in {folder}")
    return records(folder)


@pytest.fixture(scope="module")
def panel(known):
    return known[0]


def test_all_breaks_are_within_a_third(panel):
    ratio = expected_by_ours(panel).sum() / panel["breaks"].sum()
    assert 1 / 1.3 <= ratio <= 1.3


@pytest.mark.parametrize("material", sorted(SURVEY))
def test_breaks_of_each_material_are_within_half(panel, material):
    of = (panel["material"] == material).to_numpy()
    ratio = expected_by_ours(panel)[of].sum() / panel["breaks"][of].sum()
    assert 1 / 1.5 <= ratio <= 1.5


@pytest.mark.parametrize("material", sorted(SURVEY))
def test_rates_lie_between_the_city_and_the_survey_or_near_one_of_them(panel, material):
    rows = panel[panel["material"] == material]
    ours = expected_by_ours(rows).sum() / rows["km"].sum()
    seen = rows["breaks"].sum() / rows["km"].sum()
    low, high = sorted((seen, SURVEY[material]))
    assert low / 1.5 <= ours <= high * 1.5


@pytest.mark.parametrize("years", [(2005, 2010), (2011, 2016)])
def test_each_half_of_the_years_is_within_a_third(panel, years):
    of = panel["year"].between(*years).to_numpy()
    assert 1 / 1.3 <= expected_by_ours(panel)[of].sum() / panel["breaks"][of].sum() <= 1.3


@pytest.mark.parametrize("material", ["cast_iron", "ductile_iron"])
def test_a_fit_on_one_half_foretells_the_other(panel, material):
    of = (panel["material"] == material).to_numpy()
    even = (panel["pipe_id"] // 10 % 2 == 0).to_numpy()
    early = (panel["year"] <= 2010).to_numpy()
    for part in (even, early):
        others = panel[of & ~part]
        fit = fitted(panel[of & part], FITTED[material])
        ratio = expected_by(fit, others).sum() / others["breaks"].sum()
        assert 1 / 1.3 <= ratio <= 1.3


@pytest.mark.parametrize("material", ["cast_iron", "ductile_iron"])
def test_parameters_are_those_of_the_fit(panel, material):
    fit = fitted(panel[panel["material"] == material], FITTED[material])
    found = dict(zip(("constant", *fit.columns), fit.coefficients, strict=True))
    law, more = WATER.hazards[material], WATER.covariates[material]
    assert found["ln_diameter"] == pytest.approx(more.diameter_exponent, abs=0.02)
    assert found["age_years"] == pytest.approx(law.growth_per_year, abs=0.002)
    assert fit.variance == pytest.approx(more.hidden_variance, rel=0.05)
    newest = found["constant"] + found.get("since_1980", 0.0)
    pooled = np.exp(newest) * (SURVEY[material] / _observed(panel, material)) ** (1.0 / 3.0)
    assert law.level_per_km_year == pytest.approx(pooled, rel=0.03)
    factors = [one.factor for one in more.vintages.values()]
    expected = {
        "cast_iron": [found.get("before_1945", 0.0)],
        "ductile_iron": [
            found.get("before_1970", 0.0) - found.get("since_1980", 0.0),
            -found.get("since_1980", 0.0),
        ],
    }[material]
    assert factors == pytest.approx(np.exp(expected), rel=0.05)


def _observed(panel, material):
    rows = panel[panel["material"] == material]
    return rows["breaks"].sum() / rows["km"].sum()


@pytest.mark.parametrize(("material", "tolerance"), [("cast_iron", 0.2), ("ductile_iron", 0.35)])
def test_hidden_differences_explain_the_breaks_after_breaks(panel, material, tolerance):
    rows = panel[panel["material"] == material]
    plain, knowing = expected_by_ours(rows), expected_with_history(rows)
    repeated = (rows["earlier"] > 0).to_numpy()
    seen = rows["breaks"][repeated].sum()
    assert knowing[repeated].sum() == pytest.approx(seen, rel=tolerance)
    assert plain[repeated].sum() < 0.7 * seen  # without them the law misses them


def test_the_season_of_cast_iron_is_that_of_the_records(known):
    iron = known[1][known[1]["material"] == "cast_iron"]
    winter = iron["month"].isin([12, 1, 2, 3]).mean()
    more = WATER.covariates["cast_iron"]
    shares = monthly_shares(more.cold_per_k, more.cooling_per_k, rule=Season())
    assert shares[[11, 0, 1, 2]].sum() == pytest.approx(winter, abs=0.03)
    cold, cooling, _ = fitted_season(iron, rule=Season())
    assert (cold, cooling) == pytest.approx((more.cold_per_k, more.cooling_per_k), abs=0.05)


def test_cooling_ground_explains_months_that_the_air_of_the_day_does_not(known):
    iron = known[1][known[1]["material"] == "cast_iron"]
    ours = fitted_season(iron, rule=Season())[2]
    assert ours > fitted_season(iron, rule=Season(below_c=0.0))[2] + 2.0
    assert ours > fitted_season(iron, rule=Season(cover_days=20.0))[2] + 2.0


def test_the_weather_of_a_run_uses_the_fitted_season():
    weather = Parameters.of({}).group(WeatherParams)
    fit = Season()
    assert weather.cold_below_c == fit.below_c
    assert (weather.cover_days, weather.ground_days) == (fit.cover_days, fit.ground_days)
