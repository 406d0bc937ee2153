"""All laws of a network fitted to its records, and their draws as parameters of runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.calibration.wear.cells import record_cells, rows_of
from twin.calibration.wear.fit import fit
from twin.calibration.wear.likelihood import Likelihood, Removal
from twin.calibration.wear.season import fit_season
from twin.calibration.wear.terms import law_terms
from twin.core.parameter_set import Parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.calibration.records.breaks import BreakRecords
    from twin.calibration.records.pipes import PipeRecords
    from twin.calibration.wear.fit import Fit
    from twin.calibration.wear.season import SeasonFit
    from twin.city.network_kind import NetworkKind
    from twin.core.arrays import Float64

_REMOVED, _KEPT = 1.0, 9.0
"""Breaks that led to a removal and others, before records: one of ten."""
_SOON_YEARS = 2.0
_USUAL_AGE_YEARS = 40.0
_TRIES = 200


@final
@dataclass(frozen=True, slots=True, eq=False)
class WearFit:
    """What records teach of the wear of one network."""

    kind: NetworkKind
    laws: Mapping[str, Fit]
    """By material with pipes of complete entries."""
    seasons: Mapping[str, SeasonFit]
    n_named: int
    """Breaks that name a pipe of the inventory."""
    n_unnamed: int

    def central(self) -> dict[str, float]:
        """Return the parameters in the middle of the posterior, by dotted path."""
        unnamed = (self.n_unnamed + 0.5) / (self.n_named + self.n_unnamed + 1.0)
        values = {name: one.mean()[: one.likelihood.n_terms] for name, one in self.laws.items()}
        season = {name: one.mean for name, one in self.seasons.items()}
        return _bounded(self._parameters(values, season, unnamed))

    def draws(self, count: int, seed: int) -> list[dict[str, float]]:
        """Return parameter sets drawn from the posterior, within the bounds of parameters."""
        generator = np.random.default_rng(seed)
        return [self._draw(generator) for _ in range(count)]

    def _draw(self, generator: np.random.Generator) -> dict[str, float]:
        """Return one parameter set; draws outside the bounds are drawn again."""
        for _ in range(_TRIES):
            unnamed = float(generator.beta(self.n_unnamed + 0.5, self.n_named + 0.5))
            values = {
                name: one.draws(1, generator)[0][0, : one.likelihood.n_terms]
                for name, one in self.laws.items()
            }
            season = {name: one.draw(generator) for name, one in self.seasons.items()}
            found = self._parameters(values, season, unnamed)
            if found == _bounded(found):
                return found
        return _bounded(found)

    def _parameters(
        self, values: Mapping[str, Float64], season: Mapping[str, Float64], unnamed: float
    ) -> dict[str, float]:
        """Return parameters from values of terms; levels count breaks that name no pipe too."""
        out: dict[str, float] = {}
        for name, one in self.laws.items():
            law = one.likelihood.law
            mine = law.parameters(values[name])
            mine[law.level.path] /= 1.0 - unnamed
            out |= mine
        for name, fitted in self.seasons.items():
            out |= fitted.parameters(season[name])
        return out


def _bounded(values: dict[str, float]) -> dict[str, float]:
    """Return parameters moved into their bounds."""
    facts = {path: number.facts for path, number in Parameters.of({}).items()}
    return {
        path: float(np.clip(value, facts[path].low, facts[path].high))
        for path, value in values.items()
    }


def fit_wear(
    pipes: PipeRecords,
    breaks: BreakRecords,
    kind: NetworkKind,
    *,
    daily_air_c: Float64 | None = None,
) -> WearFit:
    """Fit the laws of all materials that the inventory holds.

    Parameters
    ----------
    pipes, breaks
        Records, read.
    kind
        Network with the published laws.
    daily_air_c
        Mean air temperature by day of a typical year, shape (365,); None leaves the seasons as
        they are.
    """
    removal = removal_share(pipes, breaks)
    laws: dict[str, Fit] = {}
    for material in kind.hazards:
        rows = rows_of(pipes, material)
        cells = record_cells(pipes, breaks, material) if rows.size else None
        if cells is None or not cells.is_recorded.any():
            continue
        recorded = cells.is_recorded
        age = float(np.average(cells.age_years[recorded], weights=cells.km_years[recorded]))
        law = law_terms(kind, material, float(np.round(age)) if age else _USUAL_AGE_YEARS)
        if law is not None:
            laws[material] = fit(Likelihood(cells, law, removal))
    seasons: dict[str, SeasonFit] = {}
    if daily_air_c is not None:
        for material in laws:
            fitted = fit_season(pipes, breaks, kind, material, daily_air_c)
            if fitted is not None:
                seasons[material] = fitted
    n_named = int(sum(one.likelihood.seen.sum() for one in laws.values()))
    n_unnamed = int((breaks.pipe < 0).sum())
    return WearFit(kind, laws, seasons, n_named, n_unnamed)


def removal_share(pipes: PipeRecords, breaks: BreakRecords) -> Removal:
    """Return what the records say of the share of breaks that lead to the removal of the pipe.

    A pipe that is younger than a break of its own replaced the one that broke; a pipe that was
    removed within two years of a break was removed for it.
    """
    replaced = np.unique(breaks.pipe[breaks.is_of_earlier]).size
    named = (breaks.pipe >= 0) & ~breaks.is_of_earlier
    gone = pipes.gone[breaks.pipe[named]]
    ended = gone - breaks.year[named] <= _SOON_YEARS
    replaced += np.unique(breaks.pipe[named][ended]).size
    a, b = replaced + _REMOVED, len(breaks) - replaced + _KEPT
    spread = float(np.sqrt(1.0 / a + 1.0 / b))
    return Removal(float(np.log(a / b)), spread, only_in_service=pipes.only_in_service)
