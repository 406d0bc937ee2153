"""The answer line by line: every indicator that the scenario names, and what the city spends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.report.verdicts import verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from twin.report.words import Words

_MONEY = "spending_million_kzt_year"
_ORDER = ("better", "worse", "higher", "lower", "small", "same", "unclear", "undefined")
_WITH_AMOUNT = ("better", "worse", "higher", "lower")
_LINES = 9
_SURE_FROM = 2


def headline(
    effects: pd.DataFrame, first: Sequence[str], matters: Mapping[str, float], words: Words
) -> list[str]:
    """Return one sentence per indicator that is named, money last, and how sure they are.

    Parameters
    ----------
    effects
        Effect table.
    first
        Indicators the scenario names, in order.
    matters
        Least changes that matter, by indicator, as the scenario declares them.
    words
        Texts.
    """
    if effects.empty:
        return []
    n = int(effects["n"].max())
    known = set(effects["indicator"])
    kinds = [kind for kind in dict.fromkeys((*first, _MONEY)) if kind in known][:_LINES]
    lines = [_line(effects[effects["indicator"] == kind], matters, words) for kind in kinds]
    if n >= _SURE_FROM and lines:
        lines.append(words.text("sure", n=n))
    return lines


def _line(rows: pd.DataFrame, matters: Mapping[str, float], words: Words) -> str:
    """Return one indicator's sentence: the policies grouped by verdict."""
    by_verdict: dict[str, list[str]] = {}
    for _, row in rows.iterrows():
        found = verdict(row, matters)
        arm = words.arm(str(row["arm"]))
        if found in _WITH_AMOUNT:
            unit = str(row["unit"])
            arm = words.text(
                "line_amount",
                arm=arm,
                base=words.number(float(row["base"]), unit),
                policy=words.number(float(row["policy"]), unit),
                unit=words.unit(unit),
            )
        by_verdict.setdefault(found, []).append(arm)
    parts = [
        words.text(f"line_{found}", arms=", ".join(by_verdict[found]))
        for found in _ORDER
        if found in by_verdict
    ]
    return f"{words.name('indicators', str(rows['indicator'].iloc[0]))}: {'; '.join(parts)}."
