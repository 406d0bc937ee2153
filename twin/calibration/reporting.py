"""How often incidents are reported, and how many are not: from duplicate reports alone.

The first report of an incident shows that it is there. Further reports until it is closed come as a
Poisson process, whose rate is that of the first one too: by it, incidents that last as long as
those on record stay unreported with chance exp(-rate days).

References
----------
Liu, Bhandaram & Garg, 2024, "Quantifying spatial under-reporting disparities in resident
crowdsourcing", Nature Computational Science 4, 57-65 (arXiv 2204.08620).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.calibration.records.reports import ReportRecords
    from twin.core.arrays import Bool, Float64

ALL = "all"
_DRAWS = 2_000
_STARTS = (np.log(0.5), np.log(2.0))


@final
@dataclass(frozen=True, slots=True)
class Reporting:
    """Reporting and incidence of one group of incidents."""

    district: str
    kind: str
    incidents: int
    """With at least one report."""
    reports: int
    per_day: float
    """Reports of an open incident a day, with the middle nine tenths of the posterior."""
    per_day_low: float
    per_day_high: float
    reported_share: float
    """Of all incidents, those that are reported before they would be closed."""
    reported_low: float
    reported_high: float
    true_per_year: float
    """Incidents a year, reported or not."""
    true_low: float
    true_high: float


def reporting(log: ReportRecords, *, seed: int = 1) -> list[Reporting]:
    """Return reporting and incidence of all incidents, by district, by kind, and by both.

    Rates of groups have a gamma distribution whose shape and mean come from all groups of the same
    division (empirical Bayes), so that a small group is drawn to the others.
    """
    whole = np.full(len(log), ALL, dtype=object)
    generator = np.random.default_rng(seed)
    divisions = [(whole, whole)]
    has_districts, has_kinds = np.unique(log.district).size > 1, np.unique(log.kind).size > 1
    if has_districts:
        divisions.append((log.district, whole))
    if has_kinds:
        divisions.append((whole, log.kind))
    if has_districts and has_kinds:
        divisions.append((log.district, log.kind))
    out: list[Reporting] = []
    for district, kind in divisions:
        names = sorted(set(zip(district.tolist(), kind.tolist(), strict=True)))
        masks = [(district == one) & (kind == other) for one, other in names]
        shape, rate = _prior(log, masks)
        for (one, other), mask in zip(names, masks, strict=True):
            out.append(_of_group(log, mask, (one, other), (shape, rate), generator))
    return out


def _prior(log: ReportRecords, masks: Sequence[Bool]) -> tuple[float, float]:
    """Return shape and rate of the gamma distribution of groups' rates."""
    further = np.array([log.further[mask].sum() for mask in masks], dtype=np.float64)
    days = np.array([log.days[mask].sum() for mask in masks])
    mean = max(float(further.sum()), 0.5) / float(days.sum())
    if len(masks) < 3:  # noqa: PLR2004 - two groups show no distribution
        return 0.5, 0.5 / mean

    def loss(guess: Float64) -> float:
        shape, centre = np.exp(guess[0]), mean * np.exp(guess[1])
        rate = shape / centre
        log_l = gammaln(shape + further) - gammaln(shape) + shape * np.log(rate)
        log_l -= (shape + further) * np.log(rate + days)
        return -float(log_l.sum()) + 0.5 * float(guess[0] / 1.5) ** 2 + 0.5 * float(guess[1]) ** 2

    starts = [np.array([one, 0.0]) for one in _STARTS]
    best = min((minimize(loss, at, method="Nelder-Mead") for at in starts), key=lambda r: r.fun)
    shape = float(np.exp(best.x[0]))
    return shape, shape / (mean * float(np.exp(best.x[1])))


def _of_group(
    log: ReportRecords,
    mask: Bool,
    name: tuple[str, str],
    prior: tuple[float, float],
    generator: np.random.Generator,
) -> Reporting:
    """Return reporting and incidence of one group."""
    further, days = float(log.further[mask].sum()), log.days[mask]
    draws = generator.gamma(prior[0] + further, 1.0 / (prior[1] + days.sum()), _DRAWS)
    # an incident of length d is on record with chance 1 - exp(-rate d), so each one on record
    # stands for 1 / chance incidents (Horvitz-Thompson)
    values, counts = np.unique(np.round(days, 3), return_counts=True)
    chance = -np.expm1(-np.outer(draws, values))
    stand_for = (counts / np.maximum(chance, 1e-9)).sum(axis=1)
    true = generator.gamma(stand_for) * 365.25 / log.span_days
    share = days.size / stand_for
    n = int(mask.sum())
    return Reporting(*name, n, n + int(further), *_middle(draws), *_middle(share), *_middle(true))


def _middle(draws: Float64) -> tuple[float, float, float]:
    """Return median and the middle nine tenths."""
    low, middle, high = np.quantile(draws, (0.05, 0.5, 0.95)).tolist()
    return middle, low, high
