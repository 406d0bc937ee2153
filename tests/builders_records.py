"""Towns whose wear is known, with the records that they would keep."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from twin.calibration.records.breaks import BreakRecords
from twin.calibration.records.pipes import PipeRecords
from twin.calibration.wear.cells import future_cells
from twin.calibration.wear.likelihood import fixed_columns, log_law
from twin.calibration.wear.terms import LawTerms, law_terms
from twin.city.networks import NETWORKS, code_of

WATER = NETWORKS[code_of("water")]
LAID = {"cast_iron": (1935, 1970), "ductile_iron": (1962, 1995), "pvc": (1980, 2012)}
WIDTHS_M = (0.1, 0.15, 0.2, 0.3)
REFERENCE_YEARS = 40.0


@dataclass(frozen=True)
class MadeTown:
    """Records, and what is behind them."""

    pipes: PipeRecords
    breaks: BreakRecords
    laws: dict[str, LawTerms]
    terms: dict[str, np.ndarray]
    """True terms by material."""
    z: np.ndarray
    """True hidden factor of each listed pipe."""
    later: np.ndarray
    """Breaks of each listed pipe in the five years after the list."""
    year_spread: float
    removal: float


def drawn_terms(seed: int) -> tuple[dict[str, LawTerms], dict[str, np.ndarray]]:
    """Return laws of a town drawn from what is published."""
    generator = np.random.default_rng([seed, 7])
    laws = {name: law_terms(WATER, name, REFERENCE_YEARS) for name in LAID}
    return laws, {
        name: np.array([generator.normal(one.mean, one.spread) for one in law.terms])
        for name, law in laws.items()
    }


def made_town(
    seed: int,
    *,
    n_pipes: int = 500,
    removal: float = 0.1,
    year_spread: float = 0.25,
    start: int = 1998,
    end: int = 2013,
    listed: int = 2016,
    unnamed: float = 0.1,
    only_in_service: bool = True,
    laws: tuple[dict, dict] | None = None,
) -> MadeTown:
    """Draw a town, let it age, and write down what its records hold."""
    laws, terms = laws or drawn_terms(seed)
    generator = np.random.default_rng([seed, 11])
    effect = {
        year: generator.normal(-0.5 * year_spread**2, year_spread)
        for year in range(start, listed + 5)
    }
    parts, found, z_all, later_all = [], [], [], []
    for name, law in laws.items():
        low, high = LAID[name]
        laid = generator.integers(low, high, n_pipes) + 0.5
        pipes = PipeRecords(
            pipe_id=np.array([f"{name}-{row}" for row in range(n_pipes)], dtype=object),
            material=np.full(n_pipes, name, dtype=object),
            diameter_m=generator.choice(WIDTHS_M, n_pipes),
            length_m=np.clip(generator.lognormal(4.2, 0.7, n_pipes), 5.0, 800.0),
            laid=laid,
            laid_from=np.floor(laid),
            gone=np.full(n_pipes, np.inf),
            district=np.array([f"d{row % 4}" for row in range(n_pipes)], dtype=object),
            listed=float(listed),
            only_in_service=only_in_service,
        )
        variance = float(np.exp(terms[name][-1]))
        z = generator.gamma(1.0 / variance, variance, n_pipes)
        cells = future_cells(pipes, name, low, listed + 5 - low)
        rate = cells.km_years * np.exp(log_law(fixed_columns(cells, law), terms[name]))
        there = np.ones(n_pipes, dtype=bool)
        gone = np.full(n_pipes, np.inf)
        later = np.zeros(n_pipes, dtype=int)
        for year in range(low, listed + 5):
            of = cells.year == year
            mean = np.zeros(n_pipes)
            mean[cells.pipe[of]] = rate[of] * np.exp(effect.get(year, 0.0))
            count = generator.poisson(mean * z * there)
            if year >= listed:
                later += count
                continue
            for row in np.flatnonzero(count):
                for when in np.sort(generator.random(count[row])):
                    if not there[row]:
                        break
                    if start <= year < end:
                        found.append((year + when, len(parts), row))
                    if generator.random() < removal:
                        there[row], gone[row] = False, year + when
        parts.append(replace(pipes, gone=gone))
        z_all.append(z)
        later_all.append(later)
    return _recorded(
        parts, found, np.concatenate(z_all), np.concatenate(later_all), laws, terms,
        generator, (start, end), unnamed, removal, year_spread,
    )  # fmt: skip


def _recorded(
    parts, found, z, later, laws, terms, generator, window, unnamed, removal, year_spread
):
    """Return what is on record: pipes in service, or all; breaks with and without their pipe."""
    whole = parts[0]
    columns = ("pipe_id", "material", "diameter_m", "length_m", "laid", "laid_from", "gone",
               "district")  # fmt: skip
    joined = replace(
        whole, **{one: np.concatenate([getattr(part, one) for part in parts]) for one in columns}
    )
    first = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
    in_service = np.isinf(joined.gone)
    keep = in_service if whole.only_in_service else np.ones(len(joined), dtype=bool)
    row_of = np.where(keep, np.cumsum(keep) - 1, -1)
    pipe, year, earlier = [], [], []
    for when, part, row in found:
        at = int(first[part] + row)
        year.append(when)
        is_named = generator.random() >= unnamed
        pipe.append(int(row_of[at]) if is_named else -1)
        earlier.append(False)
    # a main that was replaced: the new one has its id, laid after the break
    pipes = replace(joined, **{one: getattr(joined, one)[keep] for one in columns})
    lost = [at for at, one in enumerate(pipe) if one < 0]
    count = len({(found[at][1], found[at][2]) for at in lost
                     if not in_service[first[found[at][1]] + found[at][2]]})  # fmt: skip
    free = [at for at in lost if not in_service[first[found[at][1]] + found[at][2]]]
    for new, at in enumerate(free[:count]):
        pipe[at], earlier[at] = new, True
    breaks = BreakRecords(
        year=np.array(year),
        month=(np.floor(np.array(year) % 1.0 * 12) + 1).astype(np.int32),
        pipe=np.array(pipe, dtype=np.int32),
        is_of_earlier=np.array(earlier, dtype=bool),
        material=np.full(len(year), "", dtype=object),
        start=float(window[0]),
        end=float(window[1]),
    )
    return MadeTown(pipes, breaks, laws, terms, z[keep], later[keep], year_spread, removal)
