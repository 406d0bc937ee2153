"""Laws of wear found again in records of towns whose wear is known."""

import numpy as np
import pytest
from scipy.stats import rankdata

from tests.builders_records import REFERENCE_YEARS, WATER, drawn_terms, made_town
from twin.calibration.backtest.backtest import ALL, back_test
from twin.calibration.backtest.page import PAGE, PICTURE, write_page
from twin.calibration.backtest.scores import crps, inside, log_score, mase, top_share
from twin.calibration.today import placed
from twin.calibration.wear.calibrated import fit_wear
from twin.calibration.wear.cells import future_cells, record_cells
from twin.calibration.wear.fit import fit
from twin.calibration.wear.forecast import forecast
from twin.calibration.wear.learned import learned
from twin.calibration.wear.likelihood import Likelihood, Removal, fixed_columns, log_law
from twin.calibration.wear.season import SeasonFit, fit_season, month_shares, season_of
from twin.core.errors import CityDataError, SolveError
from twin.core.parameter_set import Parameters
from twin.parameters import WeatherParams

NAMED = 0.9


@pytest.fixture(scope="module")
def town():
    return made_town(2, n_pipes=200)


@pytest.fixture(scope="module")
def wear(town):
    return fit_wear(town.pipes, town.breaks, WATER)


def truth(town, one, name):
    """Return true terms at the reference age of a fit, of breaks that name their pipe."""
    terms = town.terms[name].copy()
    growth = 0.02 * np.logaddexp(0.0, terms[1])
    terms[0] += growth * (one.likelihood.law.reference_years - REFERENCE_YEARS) + np.log(NAMED)
    return terms


def covered(seed, **town_of):
    """Return whether each true term lies in the 90 % interval, and of the breaks that came."""
    town = made_town(seed, n_pipes=250, **town_of)
    wear = fit_wear(town.pipes, town.breaks, WATER)
    hits = []
    for name, one in wear.laws.items():
        values, _ = one.draws(2_000, np.random.default_rng(seed))
        low, high = np.quantile(values, (0.05, 0.95), axis=0)
        true = truth(town, one, name)
        hits += [low[at] <= value <= high[at] for at, value in enumerate(true)]
    ahead = forecast(town.pipes, wear.laws, int(town.pipes.listed), 5, seed=seed)
    return town, ahead, hits


def auc(score, hit):
    rank, n = rankdata(score), hit.sum()
    return (rank[hit].sum() - n * (n + 1) / 2) / (n * (hit.size - n))


def best_ranking(town):
    """Return the expected rate of each pipe given its breaks, by the true laws."""
    rate = np.zeros(len(town.pipes))
    for name, terms in town.terms.items():
        cells = record_cells(town.pipes, town.breaks, name)
        law = town.laws[name]
        expected = cells.km_years * np.exp(log_law(fixed_columns(cells, law), terms))
        expected *= np.where(cells.is_recorded, NAMED, town.removal)
        n = cells.rows.size
        seen = np.bincount(cells.pipe, weights=cells.breaks, minlength=n)
        inverse = np.exp(-terms[-1])
        z = (inverse + seen) / (inverse + np.bincount(cells.pipe, expected, minlength=n))
        ahead = future_cells(town.pipes, name, int(town.pipes.listed), 5)
        mean = ahead.km_years * np.exp(log_law(fixed_columns(ahead, law), terms))
        rate[cells.rows] = z * np.bincount(ahead.pipe, weights=mean, minlength=n)
    return rate


@pytest.mark.parametrize("only_in_service", [True, False])
def test_the_gradient_is_that_of_the_density(only_in_service):
    town = made_town(1, n_pipes=60, only_in_service=only_in_service)
    cells = record_cells(town.pipes, town.breaks, "ductile_iron")
    removal = Removal(-2.0, 0.3, only_in_service=only_in_service)
    density = Likelihood(cells, town.laws["ductile_iron"], removal)
    at = density.start + 0.1 * np.random.default_rng(1).standard_normal(density.start.size)
    slope = density.loss(at, 0.3)[1]
    for row in range(at.size):
        step = np.zeros(at.size)
        step[row] = 1e-5
        number = (density.loss(at + step, 0.3)[0] - density.loss(at - step, 0.3)[0]) / 2e-5
        assert slope[row] == pytest.approx(number, rel=1e-4, abs=1e-3)


def test_the_density_is_that_of_the_integral_over_the_hidden_factor():
    """Chance of the breaks of one pipe in service, by quadrature over its gamma factor."""
    town = made_town(5, n_pipes=40, year_spread=0.3)
    cells = record_cells(town.pipes, town.breaks, "cast_iron")
    density = Likelihood(cells, town.laws["cast_iron"], Removal(-2.0, 0.3))
    at = density.start
    p = 1.0 / (1.0 + np.exp(2.0))
    eta = density.log_rate(at)
    expected = cells.km_years * np.exp(eta)
    inverse = np.exp(-at[density.n_terms - 1])
    total = 0.0
    nodes, weights = np.polynomial.legendre.leggauss(400)
    for pipe in range(cells.rows.size):
        of = cells.pipe == pipe
        inner = expected[of & cells.is_recorded].sum()
        outer = expected[of & ~cells.is_recorded].sum()
        n = cells.breaks[of].sum()
        z = 20.0 * (nodes + 1.0)
        gamma = z ** (inverse - 1.0) * np.exp(-inverse * z)
        chance = (z * (1 - p)) ** n * np.exp(-z * (inner + p * outer))
        survived = np.exp(-z * p * (inner + outer))
        total += np.log((weights * gamma * chance).sum() / (weights * gamma * survived).sum())
        total += float(np.sum(cells.breaks[of] * eta[of]))
    assert total == pytest.approx(-density.loss(at, 1e6)[0] + at.size * 0.0
                                  - density._prior(at, 1e6)[0], rel=2e-3)  # fmt: skip


def test_intervals_hold_the_truth_and_rankings_are_near_the_best():
    hits, lost = [], []
    for seed in range(4):
        town, ahead, mine = covered(seed)
        hits += mine
        came = town.later > 0
        if came.sum() > 5:
            lost.append(auc(best_ranking(town), came) - auc(np.nan_to_num(ahead.rate), came))
    assert np.mean(hits) >= 0.8
    assert np.mean(lost) <= 0.02


@pytest.mark.slow
@pytest.mark.parametrize("only_in_service", [True, False])
def test_intervals_of_200_towns_hold_the_truth_in_85_to_95_of_100(only_in_service):
    hits, came_inside, lost = [], [], []
    for seed in range(200):
        town, ahead, mine = covered(seed, only_in_service=only_in_service)
        hits += mine
        low, high = np.quantile(ahead.total().sum(axis=1) / NAMED, (0.05, 0.95))
        came_inside.append(low <= town.later.sum() <= high)
        came = town.later > 0
        if came.sum() > 5:
            lost.append(auc(best_ranking(town), came) - auc(np.nan_to_num(ahead.rate), came))
    assert 0.85 <= np.mean(hits) <= 0.95
    assert 0.85 <= np.mean(came_inside) <= 0.97
    assert np.mean(lost) <= 0.02


def test_draws_are_parameters_within_their_bounds(wear):
    for draw in [wear.central(), *wear.draws(20, 1)]:
        assert Parameters.of(draw).changed()
    assert wear.draws(3, 1) == wear.draws(3, 1)


def test_levels_count_breaks_that_name_no_pipe(town, wear):
    law = wear.laws["cast_iron"].likelihood.law
    bare = law.parameters(wear.laws["cast_iron"].mean()[: len(law.terms)])[law.level.path]
    unnamed = (wear.n_unnamed + 0.5) / (wear.n_named + wear.n_unnamed + 1.0)
    assert wear.n_unnamed == (town.breaks.pipe < 0).sum()
    assert wear.central()[law.level.path] == pytest.approx(bare / (1.0 - unnamed))


def test_breaks_that_name_no_pipe_fall_on_pipes_in_proportion_to_their_rates(town, wear):
    found = placed(town.pipes, town.breaks, wear, seed=1)
    assert found.size == (~town.breaks.is_of_earlier).sum()
    assert (found >= 0).all()


def test_records_of_nothing_leave_laws_as_published_and_say_so():
    town = made_town(2, n_pipes=40, laws=quiet(drawn_terms(2)))
    wear = fit_wear(town.pipes, town.breaks.until(1998.0 + 3.0), WATER)
    numbers = learned(wear, wear.draws(100, 1))
    growth = next(one for one in numbers if one.path.endswith("pvc.growth_per_year"))
    assert growth.evidence == "assumed"
    assert growth.taught < 0.1


def quiet(drawn):
    laws, terms = drawn
    return laws, {name: np.concatenate([[-12.0], one[1:]]) for name, one in terms.items()}


def test_a_fit_without_a_mode_is_refused(town, monkeypatch):
    cells = record_cells(town.pipes, town.breaks, "pvc")
    density = Likelihood(cells, town.laws["pvc"], Removal(-2.0, 0.3))
    monkeypatch.setattr("twin.calibration.wear.fit._mode", lambda *_: None)
    with pytest.raises(SolveError, match="no mode of the law of pvc was found"):
        fit(density)


def test_cold_months_are_found_again():
    season = np.sin(2 * np.pi * (np.arange(365) - 105) / 365)
    air_c = 3.0 + 20.0 * season
    cold, cooling = season_of(air_c, WeatherParams())
    true = np.array([0.5, 0.2])
    shares = month_shares(true, cold, cooling)
    town = made_town(2, n_pipes=300)
    month = np.random.default_rng(2).choice(12, size=len(town.breaks), p=shares) + 1
    town.breaks.month[:] = month
    found = fit_season(town.pipes, town.breaks, WATER, "cast_iron", air_c)
    assert isinstance(found, SeasonFit)
    assert month_shares(np.exp(found.mean), cold, cooling) == pytest.approx(shares, abs=0.04)
    assert fit_season(town.pipes, town.breaks, WATER, "pvc", air_c) is None


def test_a_back_test_scores_years_kept_back_and_writes_its_page(town, wear, tmp_path):
    test = back_test(town.pipes, town.breaks, WATER, 2008)
    assert list(test.forecast.years) == [2008, 2009, 2010, 2011, 2012]
    fitted = next(one for one in test.scores if one.material == ALL and one.forecast == "fit")
    assert fitted.inside >= 3
    assert set(test.top) == {"fit", "breaks per km on record", "age"}
    write_page(test, learned(wear, wear.draws(50, 1)), tmp_path)
    text = (tmp_path / PAGE).read_text()
    assert "## What the records taught" in text
    assert "mean of the last 5 years" in text
    assert (tmp_path / PICTURE).stat().st_size > 5_000


@pytest.mark.parametrize("year", [1999, 2013])
def test_a_back_test_without_years_to_fit_or_to_compare_is_refused(town, year):
    with pytest.raises(CityDataError, match="name a year between 2001 and 2012"):
        back_test(town.pipes, town.breaks, WATER, year)


def test_scores_are_those_worked_by_hand():
    draws = np.array([[1.0], [3.0]])
    assert crps(draws, np.array([2.0])) == pytest.approx([1.0 - 0.5])
    assert log_score(np.array([[2.0]]), np.array([0.0])) == pytest.approx([2.0])
    assert inside(np.arange(101.0)[:, None], np.array([95.0])).all()
    assert mase(np.array([4.0]), np.array([6.0]), np.array([1.0, 3.0, 1.0])) == pytest.approx(1.0)
    assert np.isnan(mase(np.array([4.0]), np.array([6.0]), np.array([1.0])))
    length, breaks = np.array([10.0, 10.0, 80.0]), np.array([4.0, 2.0, 4.0])
    assert top_share(np.array([3.0, 2.0, 1.0]), length, breaks) == pytest.approx(0.4)
    assert top_share(np.array([3.0, 2.0, 1.0]), length, breaks, 0.15) == pytest.approx(0.5)
    assert np.isnan(top_share(length, length, 0.0 * breaks))
