"""Records of main breaks as a table to fit, and laws of failure fitted to them.

Nothing here is part of the model: the fitted numbers are parameters of `twin/flows/water/kind.py`.
`docs/wear_fit.py` shows fit and model side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import gammaln

from twin.city.networks import NETWORKS, code_of

if TYPE_CHECKING:
    from pathlib import Path

    from twin.core.arrays import Float64

MAINS, BREAKS = "water_mains_cold_city.parquet", "water_breaks_cold_city_1997_2016.parquet"
FIRST, LAST = 2005, 2016
"""Years of records that are used: earlier ones are less complete."""
RECORDED_SINCE = 1997
OURS = {
    "CI": "cast_iron",
    "DI": "ductile_iron",
    "PVC": "pvc",
    "PVCO": "pvc",
    "AC": "asbestos_cement",
}
SURVEY = {"cast_iron": 0.216, "asbestos_cement": 0.065, "ductile_iron": 0.034, "pvc": 0.014}
"""Breaks per km and year of North American utilities (Folkman 2018, second-hand)."""
SURVEY_WEIGHT = 1.0 / 3.0
MONTHLY_C = (-6.5, -5.5, -1.0, 6.2, 12.5, 17.6, 20.0, 18.9, 14.5, 8.2, 2.5, -3.3)
"""Rounded monthly means of air temperature of the region."""
_MIDDLES = (15, 45, 74, 105, 135, 166, 196, 227, 258, 288, 319, 349)


def records(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return exposure and breaks by main and year, and the breaks themselves.

    Mains of known year that are in service today, unlined, of the materials that we know; breaks of
    one of them after it was laid (a sixth are older: of the main it replaced).
    """
    mains, breaks = pd.read_parquet(folder / MAINS), pd.read_parquet(folder / BREAKS)
    mains = mains[
        mains["installed"].notna()
        & (mains["diameter_mm"] >= 50)  # noqa: PLR2004 - narrower ones are connections
        & mains["material"].isin(OURS)
        & (mains["lined"] == "NO")
    ].copy()
    mains["laid_year"] = mains["installed"].dt.year
    mains["material"] = mains["material"].map(OURS)
    found = breaks[["pipe_id", "date"]].merge(mains, on="pipe_id")
    found = found[found["date"] >= found["installed"]].copy()
    found["year"], found["month"] = found["date"].dt.year, found["date"].dt.month
    counts = found.groupby(["pipe_id", "year"]).size().rename("breaks").reset_index()
    years = []
    for year in range(FIRST, LAST + 1):
        there = mains[mains["laid_year"] <= year].copy()
        there["year"], there["age_years"] = year, year + 0.5 - there["laid_year"]
        there["km"] = there["length_m"] / 1000.0 * np.where(there["laid_year"] == year, 0.5, 1.0)
        years.append(there)
    panel = pd.concat(years).merge(counts, on=["pipe_id", "year"], how="left")
    panel["breaks"] = panel["breaks"].fillna(0.0)
    earlier = counts.rename(columns={"breaks": "earlier", "year": "then"})
    pairs = panel[["pipe_id", "year"]].merge(earlier, on="pipe_id")
    before = pairs[pairs["then"] < pairs["year"]].groupby(["pipe_id", "year"])["earlier"].sum()
    panel = panel.merge(before.reset_index(), on=["pipe_id", "year"], how="left")
    panel["earlier"] = panel["earlier"].fillna(0.0)
    return panel, found[found["year"].between(FIRST, LAST)]


@final
@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted rate, exp(columns @ coefficients) per km, with gamma frailty."""

    columns: tuple[str, ...]
    coefficients: Float64
    """Of the constant, then of the columns."""
    variance: float
    """Of the frailty."""
    log_likelihood: float


def covariates(panel: pd.DataFrame) -> pd.DataFrame:
    """Return what the rate may depend on, one row per main and year."""
    laid = panel["laid_year"]
    return pd.DataFrame(
        {
            "age_years": panel["age_years"],
            "ln_diameter": np.log(panel["diameter_mm"] / 150.0),
            "before_1945": (laid < 1945) * 1.0,  # noqa: PLR2004 - vintages tried
            "before_1970": (laid < 1970) * 1.0,  # noqa: PLR2004
            "since_1980": (laid >= 1980) * 1.0,  # noqa: PLR2004
        }
    )


def fitted(panel: pd.DataFrame, columns: tuple[str, ...]) -> Fit:
    """Fit a proportional-hazards rate with gamma frailty by main (negative binomial counts).

    References
    ----------
    Lawless, 1987, "Regression methods for Poisson process data", Journal of the American
    Statistical Association 82(399), 808-815.
    """
    known = covariates(panel)
    x = np.column_stack([np.ones(len(panel)), *(known[name] for name in columns)])
    km, count = panel["km"].to_numpy(), panel["breaks"].to_numpy()
    _, main = np.unique(panel["pipe_id"].to_numpy(), return_inverse=True)
    seen = np.bincount(main, weights=count)

    def loss(guess: Float64) -> float:
        rate = np.exp(x @ guess[:-1]) * km
        shape, expected = np.exp(-guess[-1]), np.bincount(main, weights=rate)
        frailty = gammaln(shape + seen) - gammaln(shape) + shape * np.log(shape)
        frailty -= (shape + seen) * np.log(shape + expected)
        return -float(count @ np.log(rate) + frailty.sum())

    free, growing = (None, None), (0.0, 0.3)  # pipes do not mend themselves
    bounds = [free, *(growing if name == "age_years" else free for name in columns), (-6.0, 6.0)]
    guess = np.zeros(x.shape[1] + 1)
    guess[0] = np.log(count.sum() / km.sum())
    for _ in range(2):
        best = minimize(loss, guess, method="L-BFGS-B", bounds=bounds)
        guess = best.x
    return Fit(columns, guess[:-1], float(np.exp(guess[-1])), -float(best.fun))


def expected_by(fit: Fit, panel: pd.DataFrame) -> Float64:
    """Return breaks that a fit expects, by row."""
    known = covariates(panel)
    x = np.column_stack([np.ones(len(panel)), *(known[name] for name in fit.columns)])
    return np.asarray(np.exp(x @ fit.coefficients) * panel["km"].to_numpy())


def expected_by_ours(panel: pd.DataFrame) -> Float64:
    """Return breaks that the laws of water mains expect, by row."""
    water, out = NETWORKS[code_of("water")], np.zeros(len(panel))
    for material in panel["material"].unique():
        of = (panel["material"] == material).to_numpy()
        rows = panel[of]
        rate = water.hazards[material].rate(rows["age_years"].to_numpy())
        factor = water.covariates[material].known_factor(
            rows["diameter_mm"].to_numpy() / 1000.0,
            rows["laid_year"].to_numpy(),
            rows["length_m"].to_numpy(),
        )
        out[of] = np.minimum(rate, water.most_failures_per_km_year) * factor * rows["km"]
    return out


def history_factor(panel: pd.DataFrame, base: Float64) -> float:
    """Return the factor per earlier break that a Poisson regression on a base rate finds."""
    earlier, count = panel["earlier"].to_numpy(), panel["breaks"].to_numpy()

    def loss(guess: Float64) -> float:
        rate = base * np.exp(guess[0] + guess[1] * earlier)
        return -float(count @ np.log(rate) - rate.sum())

    return float(np.exp(minimize(loss, np.zeros(2), method="BFGS").x[1]))


@final
@dataclass(frozen=True, slots=True)
class Season:
    """How air and ground cool mains; see `twin.parameters.WeatherParams`."""

    below_c: float = 5.0
    cover_days: float = 5.0
    ground_days: float = 60.0


def expected_with_history(panel: pd.DataFrame) -> Float64:
    """Return breaks that our laws expect of each main, knowing its earlier breaks.

    Notes
    -----
    With gamma frailty of variance v the rate after n breaks, where H were expected, is that of the
    law times (1 + v n) / (1 + v H): history is information, no cause.
    """
    water, law = NETWORKS[code_of("water")], expected_by_ours(panel)
    since = np.maximum(panel["laid_year"], RECORDED_SINCE)
    years = np.maximum(0.0, panel["year"] - since)
    middle = panel.assign(age_years=np.maximum(0.0, panel["age_years"] - 0.5 * (years + 1.0)))
    before = expected_by_ours(middle) * years
    variance = panel["material"].map(lambda name: water.covariates[name].hidden_variance)
    factor = (1.0 + variance * panel["earlier"]) / (1.0 + variance * before)
    return np.asarray(law * factor)


def damped(days: float) -> Float64:
    """Return the running mean of the year's air temperature, shape (365,)."""
    middle = np.array(_MIDDLES)
    year = np.concatenate([middle - 365, middle, middle + 365])
    air = np.interp(np.arange(365), year, np.tile(MONTHLY_C, 3))
    weight, value, out = 1.0 - np.exp(-1.0 / days), float(air.mean()), np.zeros(365)
    for _ in range(4):
        for day in range(365):
            value += (air[day] - value) * weight
            out[day] = value
    return out


def monthly_shares(cold_per_k: float, cooling_per_k: float, *, rule: Season) -> Float64:
    """Return the share of a year's failures by month, shape (12,)."""
    cover, ground = damped(rule.cover_days), damped(rule.ground_days)
    cold, cooling = np.maximum(0.0, rule.below_c - cover), np.maximum(0.0, ground - cover)
    month = pd.Timestamp("2021-01-01") + pd.to_timedelta(np.arange(365), unit="D")
    rate = 1.0 + cold_per_k * cold + cooling_per_k * cooling
    share = np.bincount(month.month - 1, weights=rate)
    return np.asarray(share / share.sum())


def fitted_season(breaks: pd.DataFrame, *, rule: Season) -> tuple[float, float, float]:
    """Return growth by cold and by cooling, and the log-likelihood of the months."""
    count = np.bincount(breaks["month"] - 1, minlength=12)

    def loss(guess: Float64) -> float:
        shares = monthly_shares(*np.exp(guess), rule=rule)
        return -float(count @ np.log(shares))

    starts = [(-1.0, -1.0), (1.0, -3.0), (-4.0, 1.0)]
    best = min((minimize(loss, at, method="Nelder-Mead") for at in starts), key=lambda r: r.fun)
    cold, cooling = np.exp(best.x)
    return float(cold), float(cooling), -float(best.fun)


FITTED = {
    "cast_iron": ("age_years", "ln_diameter", "before_1945"),
    "ductile_iron": ("age_years", "ln_diameter", "before_1970", "since_1980"),
    "pvc": ("age_years", "ln_diameter"),
}
"""What the rate of each material depends on; asbestos cement has too few breaks."""
