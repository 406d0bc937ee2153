"""A back-test: fit to the years before one, forecast the others, score against what came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.calibration.backtest.naive import age_curve, by_year, last_mean
from twin.calibration.backtest.scores import crps, inside, log_score, mase, top_share
from twin.calibration.wear.calibrated import WearFit, fit_wear
from twin.calibration.wear.cells import future_cells
from twin.calibration.wear.forecast import Forecast, forecast
from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from twin.calibration.records.breaks import BreakRecords
    from twin.calibration.records.pipes import PipeRecords
    from twin.city.network_kind import NetworkKind
    from twin.core.arrays import Float64

_LEAST_YEARS = 3
ALL = "all"
_POISSON_DRAWS = 400


@final
@dataclass(frozen=True, slots=True)
class Score:
    """How one forecast of one material did."""

    material: str
    forecast: str
    crps: float
    log_score: float
    inside: int
    """Years inside the 90 % interval."""
    n_years: int
    mase: float


@final
@dataclass(frozen=True, slots=True, eq=False)
class BackTest:
    """A back-test of one network."""

    first_year: int
    fit: WearFit
    forecast: Forecast
    past: dict[str, Float64]
    """Breaks by year of record before, by material."""
    seen: dict[str, Float64]
    """Breaks that came, by material, shape (n_years,)."""
    scores: tuple[Score, ...]
    top: dict[str, float]
    """Share of the breaks on the tenth of length ranked first, by forecast."""


def back_test(
    pipes: PipeRecords, breaks: BreakRecords, kind: NetworkKind, first_year: int, *, seed: int = 1
) -> BackTest:
    """Fit to the years before `first_year` and forecast those from it on.

    Raises
    ------
    CityDataError
        If there are fewer than three years of record before, or none after.
    """
    whole_years = int(np.floor(breaks.end + 1e-6)) - first_year
    if first_year - breaks.start < _LEAST_YEARS or whole_years < 1:
        what = f"{first_year} leaves {first_year - breaks.start:.1f} years to fit"
        what += f" and {max(whole_years, 0)} whole years to compare"
        mend = f"name a year between {breaks.start + _LEAST_YEARS:.0f} and {breaks.end - 1.0:.0f}"
        raise CityDataError(Fault("--backtest", what, mend, "E-RECORDS"))
    wear = fit_wear(pipes, breaks.until(float(first_year)), kind)
    ahead = forecast(pipes, wear.laws, first_year, whole_years, seed=seed)
    named = (breaks.pipe >= 0) & ~breaks.is_of_earlier
    later = named & (breaks.year >= first_year) & (breaks.year < first_year + whole_years)
    seen = {
        material: _seen(breaks, later, pipes, material, first_year, whole_years)
        for material in wear.laws
    }
    start = int(np.floor(breaks.start))
    past = {
        name: by_year(one.likelihood.cells, start, first_year) for name, one in wear.laws.items()
    }
    scores = _scores(pipes, wear, ahead, past, seen, seed)
    return BackTest(first_year, wear, ahead, past, seen, scores, _tops(pipes, breaks, ahead, later))


def _seen(
    breaks: BreakRecords,
    later: np.ndarray,
    pipes: PipeRecords,
    material: str,
    first_year: int,
    n_years: int,
) -> Float64:
    """Return breaks of pipes of a material with complete entries, by year."""
    of = pipes.complete() & (pipes.material == material)
    mine = later & of[np.maximum(breaks.pipe, 0)]
    year = np.floor(breaks.year[mine]).astype(np.int64) - first_year
    return np.bincount(year, minlength=n_years).astype(np.float64)


def _scores(
    pipes: PipeRecords,
    wear: WearFit,
    ahead: Forecast,
    past: dict[str, Float64],
    seen: dict[str, Float64],
    seed: int,
) -> tuple[Score, ...]:
    """Return the scores of the fit and of naive forecasts, by material and of all."""
    first, n_years = int(ahead.years[0]), ahead.years.size
    curve = {
        name: age_curve(
            one.likelihood.cells, future_cells(pipes, name, first, n_years), first, n_years
        )
        for name, one in wear.laws.items()
    }
    whole = {ALL: list(seen), **{name: [name] for name in seen}}
    generator = np.random.default_rng(seed)
    out = []
    for name, parts in whole.items():
        was = _sum([past[part] for part in parts])
        came = _sum([seen[part] for part in parts])
        naive = {
            "mean of the last 5 years": last_mean(was, n_years),
            "age curve": _sum([curve[part] for part in parts]),
        }
        counts = _sum([ahead.counts[part] for part in parts])
        means = _sum([ahead.means[part] for part in parts])
        out.append(_score(name, "fit", counts, means, came, was))
        for title, mean in naive.items():
            many = np.tile(mean, (_POISSON_DRAWS, 1))
            draws = generator.poisson(many).astype(np.float64)
            out.append(_score(name, title, draws, many, came, was))
    return tuple(out)


def _sum(parts: list[Float64]) -> Float64:
    return np.asarray(np.sum(parts, axis=0))


def _score(
    material: str, title: str, draws: Float64, means: Float64, came: Float64, was: Float64
) -> Score:
    """Return the scores of one forecast."""
    return Score(
        material,
        title,
        float(crps(draws, came).mean()),
        float(log_score(means, came).mean()),
        int(inside(draws, came).sum()),
        came.size,
        mase(np.median(draws, axis=0), came, was),
    )


def _tops(
    pipes: PipeRecords, breaks: BreakRecords, ahead: Forecast, later: np.ndarray
) -> dict[str, float]:
    """Return what the first tenth by length holds, by ways to rank."""
    first = float(ahead.years[0])
    there = np.isfinite(ahead.rate) & (pipes.laid < first)
    size = len(pipes)
    came = np.bincount(breaks.pipe[later], minlength=size)[there].astype(np.float64)
    named = (breaks.pipe >= 0) & ~breaks.is_of_earlier & (breaks.year < first)
    was = np.bincount(breaks.pipe[named], minlength=size)[there].astype(np.float64)
    length = pipes.length_m[there]
    ways: dict[str, Float64] = {
        "fit": np.asarray(ahead.rate[there] / length),
        "breaks per km on record": np.asarray(was / length),
        "age": np.asarray((first - pipes.laid)[there]),
    }
    return {name: top_share(score, length, came) for name, score in ways.items()}
