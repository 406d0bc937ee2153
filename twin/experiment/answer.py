"""The effect table in a few sentences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from twin.indicators import indicators

if TYPE_CHECKING:
    import pandas as pd

    from twin.scenario.spec import Scenario

_MAIN = 2
_DIGITS = 3


def answer(scenario: Scenario, effects: pd.DataFrame) -> str:
    """Answer the scenario's question from its first indicators, one sentence per arm.

    Parameters
    ----------
    scenario
        The question, its arms, and which indicators come first.
    effects
        As `twin.compare` returns it.
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
    best = _best(names[0], effects)
    if best:
        sentences.append(best)
    n = int(effects["n"].max())
    if n < 2:  # noqa: PLR2004 - one replication has no spread
        sentences.append(
            "This is one replication, so an effect cannot be distinguished from chance: "
            "compare more seeds."
        )
    else:
        sentences.append(f"Intervals are 95 %, over {n} replications with equal shocks.")
    return " ".join(sentences)


def _effect(name: str, row: pd.Series) -> str:
    """Return what an arm does to one indicator."""
    unit = f" {row['unit']}" if row["unit"] not in ("", "share") else ""
    delta, low, high = float(row["delta"]), float(row["ci_low"]), float(row["ci_high"])
    if not math.isfinite(delta):
        return f"leaves {name} undefined"
    levels = f"({number(row['base'])} to {number(row['policy'])}{unit}"
    if delta == 0:
        return f"leaves {name} as it is ({number(row['base'])}{unit})"
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


def _best(name: str, effects: pd.DataFrame) -> str:
    """Return which arm does best on an indicator, where it has a better side and arms differ."""
    kind = name.rpartition(".")[2]
    better = indicators[kind].better if kind in indicators else ""
    rows = effects[effects["indicator"] == name].dropna(subset=["policy"])
    if better not in ("+", "-") or len(rows) < 2:  # noqa: PLR2004 - a contest of two
        return ""
    row = rows.loc[rows["policy"].idxmax() if better == "+" else rows["policy"].idxmin()]
    gain = float(row["delta"]) if better == "+" else -float(row["delta"])
    if gain <= 0:
        return f"No policy does better than the base on {name}."
    return f"Best on {name} is {row['arm']}."


def number(value: float) -> str:
    """Return a number in three significant digits, without an exponent where it is readable."""
    if not math.isfinite(value):
        return "-"
    if value and not 1e-4 <= abs(value) < 1e6:  # noqa: PLR2004 - beyond these, zeros hide the value
        return f"{value:.{_DIGITS - 1}e}"
    digits = _DIGITS - 1 - math.floor(math.log10(abs(value))) if value else 0
    return f"{value:,.{max(digits, 0)}f}"
