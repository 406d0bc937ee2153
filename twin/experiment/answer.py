"""The effect table in a few sentences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from twin.experiment.statistics.best import Best, best
from twin.indicators import indicators
from twin.scenario.spec import BASE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from twin.experiment.store import Run
    from twin.scenario.spec import Scenario

_MAIN = 2
_DIGITS = 3


def answer(scenario: Scenario, effects: pd.DataFrame, leader: Best | None = None) -> str:
    """Answer the scenario's question from its first indicators, one sentence per arm.

    Parameters
    ----------
    scenario
        The question, its arms, and which indicators come first.
    effects
        As `twin.compare` returns it.
    leader
        Which arm is best on the first indicator (`best_arm`); None leaves that
        sentence out.
    """
    if effects.empty:
        return "There is no policy to compare with the base: the scenario has no arms."
    names = [name for name in scenario.indicators if (effects["indicator"] == name).any()]
    names = (names or list(dict.fromkeys(effects["indicator"])))[:_MAIN]
    sentences = []
    for arm in dict.fromkeys(effects["arm"]):
        rows = effects[effects["arm"] == arm].set_index("indicator")
        parts = [_effect(name, rows.loc[name]) for name in names if name in rows.index]
        sentences.append(f"Against the base, {arm} {' and '.join(parts)}.")
    verdict = _best(names[0], effects, leader)
    if verdict:
        sentences.append(verdict)
    n = int(effects["n"].max())
    if n < 2:  # noqa: PLR2004 - one replication has no spread
        sentences.append(
            "This is one replication, so an effect cannot be distinguished from chance: "
            "compare more seeds."
        )
    else:
        count = len(set(effects["arm"])) * len(scenario.indicators or set(effects["indicator"]))
        sentences.append(
            f"Intervals hold together, all {count} of them, with 95 %, over {n} replications with "
            "equal shocks."
        )
    return " ".join(sentences)


def _effect(name: str, row: pd.Series) -> str:
    """Return what an arm does to one indicator."""
    unit = f" {row['unit']}" if row["unit"] not in ("", "share") else ""
    delta, low, high = float(row["delta"]), float(row["all_low"]), float(row["all_high"])
    if not math.isfinite(delta):
        return f"leaves {name} undefined"
    levels = f"({number(row['base'])} to {number(row['policy'])}{unit}"
    if delta == 0:
        seen = "" if low == high else "; no replication differs" * (not row["n_differ"])
        return f"leaves {name} as it is ({number(row['base'])}{unit}{seen})"
    interval = ""
    if math.isfinite(low):
        interval = f"; change {number(low)} to {number(high)}"
        if low == high:
            interval = "; the same in every replication"
        elif number(low) == number(high):
            interval = f"; change {number(low)} in every replication"
        if low <= 0 <= high:
            return f"does not clearly change {name} {levels}{interval})"
    verb = "raises" if delta > 0 else "lowers"
    return f"{verb} {name}{_relative(row)} {levels}{interval})"


def _relative(row: pd.Series) -> str:
    base = float(row["base"])
    return f" by {abs(float(row['delta']) / base):.0%}" if base else ""


def best_arm(runs: Mapping[str, Sequence[Run]], indicator: str) -> Best | None:
    """Return which arm, the base among them, is best; None where no side is better."""
    kind = indicator.rpartition(".")[2]
    better = indicators[kind].better if kind in indicators else ""
    if better not in ("+", "-"):
        return None
    values = {
        arm: {run.seed: _total(run, indicator) for run in group} for arm, group in runs.items()
    }
    seeds = sorted(set.intersection(*(set(found) for found in values.values())))
    return best(
        {arm: np.array([found[seed] for seed in seeds]) for arm, found in values.items()}, better
    )


def _total(run: Run, indicator: str) -> float:
    return float(run.totals().get(indicator, math.nan))


def _best(name: str, effects: pd.DataFrame, found: Best | None) -> str:
    """Return which arm is best on an indicator, or that none is, where one could be."""
    n_arms = effects["arm"].nunique()
    if found is None or n_arms < 2 or found.n < 2:  # noqa: PLR2004 - a contest of two, with a spread
        return ""
    if found.arm == BASE:
        return f"No policy does better than the base on {name}."
    if found.arm:
        return f"Best on {name} is {found.arm}."
    known = [arm for arm in found.candidates if arm != BASE]
    if not known:
        return f"No policy does better than the base on {name}."
    which = " and ".join([", ".join(known[:-1]), known[-1]]) if len(known) > 1 else known[0]
    than = " nor from the base" if BASE in found.candidates else ""
    if len(known) == 1:
        return f"No policy is best on {name}: {which} cannot be distinguished from the base."
    return f"No policy is best on {name}: {which} cannot be distinguished from each other{than}."


def number(value: float) -> str:
    """Return a number in three significant digits, without an exponent where it is readable."""
    if not math.isfinite(value):
        return "-"
    if value and not 1e-4 <= abs(value) < 1e6:  # noqa: PLR2004 - beyond these, zeros hide the value
        return f"{value:.{_DIGITS - 1}e}"
    digits = _DIGITS - 1 - math.floor(math.log10(abs(value))) if value else 0
    return f"{value:,.{max(digits, 0)}f}"
