"""What the records taught: every number of the laws of wear before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.parameter_set import Parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.calibration.wear.calibrated import WearFit
    from twin.core.arrays import Float64

_LITTLE = 0.1
"""Shrinking of the spread below which records are silent on a number."""
_PRIOR_DRAWS = 4_000


@final
@dataclass(frozen=True, slots=True)
class Learned:
    """One parameter of a law of wear."""

    path: str
    default: float
    prior_low: float
    prior_high: float
    low: float
    """The middle nine tenths of the posterior."""
    middle: float
    high: float
    taught: float
    """Share by which records shrank the spread on the scale of the fit, 0-1."""

    @property
    def evidence(self) -> str:
        """Return `fitted`, or `assumed` where the records are silent on it."""
        return "fitted" if self.taught >= _LITTLE else "assumed"


def learned(wear: WearFit, draws: list[dict[str, float]]) -> list[Learned]:
    """Return every number of the fitted laws with what is known before and after records."""
    default = {path: float(number) for path, number in Parameters.of({}).items()}
    prior, shrunk = _prior(wear), _shrunk(wear)
    out = []
    for path in draws[0]:
        values = np.array([draw[path] for draw in draws])
        low, middle, high = np.quantile(values, (0.05, 0.5, 0.95)).tolist()
        start, stop = np.quantile(prior[path], (0.05, 0.95)).tolist()
        out.append(Learned(path, default[path], start, stop, low, middle, high, shrunk[path]))
    return out


def _prior(wear: WearFit) -> Mapping[str, Float64]:
    """Return draws of each parameter before records, within its bounds."""
    generator = np.random.default_rng(1)
    facts = {path: number.facts for path, number in Parameters.of({}).items()}
    many: dict[str, list[float]] = {}
    for one in wear.laws.values():
        law = one.likelihood.law
        mean = np.array([term.mean for term in law.terms])
        spread = np.array([term.spread for term in law.terms])
        for _ in range(_PRIOR_DRAWS // 10):
            for path, value in law.parameters(generator.normal(mean, spread)).items():
                many.setdefault(path, []).append(value)
    for season in wear.seasons.values():
        for _ in range(_PRIOR_DRAWS // 10):
            draw = generator.normal(season.prior_mean, season.prior_spread)
            for path, value in season.parameters(draw).items():
                many.setdefault(path, []).append(value)
    return {
        path: np.clip(np.array(values), facts[path].low, facts[path].high)
        for path, values in many.items()
    }


def _shrunk(wear: WearFit) -> dict[str, float]:
    """Return by how much the records narrowed each number, 0-1."""
    out: dict[str, float] = {}
    for one in wear.laws.values():
        terms = one.likelihood.law.terms
        after = one.deviation()[: len(terms)]
        for term, spread in zip(terms, after, strict=True):
            out[term.path] = max(0.0, 1.0 - float(spread) / term.spread)
    for season in wear.seasons.values():
        after = np.sqrt(np.diag(season.covariance))
        for path, spread, before in zip(season.paths, after, season.prior_spread, strict=True):
            out[path] = max(0.0, 1.0 - float(spread / before))
    return out
