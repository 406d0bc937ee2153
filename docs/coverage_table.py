"""Print the tables of docs/statistics.md: coverage of intervals, false answers. Two minutes."""

import math
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from scipy import stats

from twin.experiment.statistics import best, mean_interval

N_TRIALS = 3000
SIZES = (4, 8, 16, 32)


def covered(values: np.ndarray, steps: Iterable[float], truth: float) -> tuple[float, float, float]:
    """Return coverage, coverage of Student's t, and the share of trials that state nothing."""
    n = values.shape[1]
    half = stats.t.ppf(0.975, n - 1) * values.std(axis=1, ddof=1) / math.sqrt(n)
    student = float((np.abs(values.mean(axis=1) - truth) <= half + 1e-15).mean())
    found = [mean_interval(row, step=step) for row, step in zip(values, steps, strict=True)]
    stated = [one for one in found if math.isfinite(one.low)]
    held = sum(one.low <= truth <= one.high for one in stated) / max(len(stated), 1)
    return held, student, 1 - len(stated) / len(found)


def skewed() -> Iterator[tuple[str, Any, float]]:
    """Yield name, draw and true mean of differences."""
    yield "normal", stats.norm(0, 1), 0.0
    yield "exponential", stats.expon(), 1.0
    yield "lognormal, sigma 1", stats.lognorm(1.0), math.exp(0.5)
    yield "gamma, shape 0.3", stats.gamma(0.3), 0.3


def main() -> None:
    """Print both tables."""
    write = sys.stdout.write
    for name, law, truth in skewed():
        for n in SIZES:
            values = law.rvs(size=(N_TRIALS, n), random_state=n)
            held, student, silent = covered(values, [math.nan] * N_TRIALS, truth)
            write(f"| {name} | {n} | {student:.3f} | {held:.3f} | {silent:.3f} |\n")
    for base, policy in ((0.02, 0.05), (0.1, 0.3), (0.5, 0.3), (1.0, 0.5)):
        for n in SIZES:
            common = stats.poisson.rvs(base, size=(N_TRIALS, n), random_state=1)
            sides = [
                common + stats.poisson.rvs(mean, size=(N_TRIALS, n), random_state=seed)
                for mean, seed in ((base, 2), (policy, 3))
            ]
            steps = np.ptp(np.concatenate(sides, axis=1), axis=1).astype(float)
            steps[steps == 0] = math.nan
            held, student, silent = covered(
                (sides[1] - sides[0]).astype(float), steps, policy - base
            )
            what = f"events, {base} and {policy} a run"
            write(f"| {what} | {n} | {student:.3f} | {held:.3f} | {silent:.3f} |\n")
    for n in (4, 8, 16):
        drawn = stats.norm.rvs(size=(1000, 5, n), random_state=n)
        named = sum(bool(best({str(a): v for a, v in enumerate(t)}, "+").arm) for t in drawn)
        write(f"best of five equal arms named, {n} seeds: {named / 1000:.3f}\n")


if __name__ == "__main__":
    main()
