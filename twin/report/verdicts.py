"""Rows of the effect table, of expected against found, and the answer in a sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from twin.indicators import indicators
from twin.indicators.relevance import least_change

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from twin.report.words import Words

SIGNS = {
    "better": "\u25b2",
    "worse": "\u25bc",
    "higher": "\u2191",
    "lower": "\u2193",
    "unclear": "?",
    "small": "\u2248",
    "same": "=",
    "undefined": "\u2013",
}
"""One mark per verdict, so that colour alone distinguishes none."""

_SPAN_MIN, _SPAN_MAX = 0.05, 1.5
_GOOD = ("better", "worse")


@final
@dataclass(frozen=True, slots=True)
class Whisker:
    """Change relative to the base, drawn as a point with its interval; all in per cent of width."""

    at: float
    low: float
    high: float
    left: float
    """Left end of a bar from zero to the point."""
    width: float


@final
@dataclass(frozen=True, slots=True)
class EffectRow:
    """One policy's effect on one indicator, as text."""

    arm: str
    policy: str
    delta: str
    interval: str
    relative: str
    verdict: str
    """Key of `SIGNS` and of the texts."""
    futures: str
    whisker: Whisker | None


@final
@dataclass(frozen=True, slots=True)
class EffectGroup:
    """All policies' effects on one indicator."""

    kind: str
    name: str
    meaning: str
    unit: str
    change_unit: str
    percent: bool
    """Whether values are per cent, so that changes are in points."""
    want: str
    base: str
    rows: tuple[EffectRow, ...]


@final
@dataclass(frozen=True, slots=True)
class ExpectedRow:
    """One expectation of the scenario's author compared with the result, as text."""

    indicator: str
    arm: str
    expected: str
    found: str
    delta: str
    verdict: str
    """`as_expected`, `opposite`, `no_effect` or `unclear`."""
    because: str
    after: str


def better_side(indicator: str) -> str:
    """Return `+`, `-` or nothing: which side of an indicator is better."""
    return indicators[indicator].better if indicator in indicators else ""


def verdict(row: pd.Series, matters: Mapping[str, float] | None = None) -> str:
    """Return the verdict of an effect: a key of `SIGNS`.

    `small` where the whole interval is within what matters; unclear where it spans zero, or the
    effect is smaller than what matters and the interval is not. A single seed has no interval; only
    its direction is given, never better or worse.
    """
    delta, low, high = (float(row[name]) for name in ("delta", "ci_low", "ci_high"))
    if not math.isfinite(delta):
        return "undefined"
    known = math.isfinite(low) and math.isfinite(high)
    if delta == 0 and (not known or low == high):
        return "same"
    least = least_change(str(row["indicator"]), str(row["unit"]), float(row["base"]), matters or {})
    if known and max(abs(low), abs(high)) < least:
        return "small"
    if known and (low <= 0 <= high or abs(delta) < least):
        return "unclear"
    side = better_side(str(row["indicator"]))
    up = delta > 0
    if not known or side not in ("+", "-"):
        return "higher" if up else "lower"
    return "better" if up == (side == "+") else "worse"


def effect_groups(
    effects: pd.DataFrame, words: Words, matters: Mapping[str, float] | None = None
) -> list[EffectGroup]:
    """Return the effect table by indicator, in the order of the frame."""
    groups = []
    for kind in dict.fromkeys(effects["indicator"]):
        rows = effects[effects["indicator"] == kind]
        unit = str(rows["unit"].iloc[0])
        side = better_side(kind)
        scale = _scale(rows)
        groups.append(
            EffectGroup(
                kind=kind,
                name=words.name("indicators", kind),
                meaning=words.meaning(kind),
                unit=words.unit(unit),
                change_unit=words.unit(unit, change=True),
                percent=unit == "share",
                want=words.text("want_more" if side == "+" else "want_less") if side else "",
                base=words.number(float(rows["base"].iloc[0]), unit),
                rows=tuple(
                    _effect_row(row, verdict(row, matters), scale, words)
                    for _, row in rows.iterrows()
                ),
            )
        )
    return groups


def _effect_row(row: pd.Series, found: str, scale: float, words: Words) -> EffectRow:
    unit = str(row["unit"])
    low, high = float(row["ci_low"]), float(row["ci_high"])
    interval = ""
    if math.isfinite(low):
        ends = (words.number(end, unit, signed=True) for end in (low, high))
        interval = " \u2026 ".join(ends)
    futures = ""
    n, share = int(row["n"]), float(row["p_better"])
    if n > 1 and math.isfinite(share):
        wins = share * n
        futures = words.text("futures", k=words.number(wins) if wins % 1 else int(wins), n=n)
    return EffectRow(
        arm=words.arm(str(row["arm"])),
        policy=words.number(float(row["policy"]), unit),
        delta=words.number(float(row["delta"]), unit, signed=True),
        interval=interval,
        relative=_relative_text(row, words),
        verdict=found,
        futures=futures,
        whisker=_whisker(row, scale),
    )


def _relative(row: pd.Series, name: str) -> float:
    base = abs(float(row["base"]))
    return float(row[name]) / base if base else float("nan")


def _relative_text(row: pd.Series, words: Words) -> str:
    share = _relative(row, "delta")
    return words.percent(share, signed=True) if math.isfinite(share) else ""


def _scale(rows: pd.DataFrame) -> float:
    """Return the relative change that half the width of the little charts stands for."""
    ends = [
        abs(_relative(row, name))
        for _, row in rows.iterrows()
        for name in ("delta", "ci_low", "ci_high")
    ]
    known = [end for end in ends if math.isfinite(end)]
    return min(max(max(known, default=_SPAN_MIN), _SPAN_MIN), _SPAN_MAX)


def _whisker(row: pd.Series, scale: float) -> Whisker | None:
    at, low, high = (_relative(row, name) for name in ("delta", "ci_low", "ci_high"))
    if not math.isfinite(at):
        return None

    def place(share: float) -> float:
        return round(50.0 + 46.0 * min(max(share / scale, -1.0), 1.0), 2)

    low, high = (low, high) if math.isfinite(low) else (at, at)
    left = min(50.0, place(at))
    return Whisker(place(at), place(low), place(high), left, round(max(50.0, place(at)) - left, 2))


def expected_rows(expectations: pd.DataFrame, words: Words) -> list[ExpectedRow]:
    """Return expected against found."""
    directions = {"+": "rises", "-": "falls", "0": "stays"}
    rows = []
    for _, row in expectations.iterrows():
        kind = str(row["indicator"])
        unit = indicators[kind].unit if kind in indicators else ""
        found = str(row["found"])
        after = int(row["after_years"])
        rows.append(
            ExpectedRow(
                indicator=words.name("indicators", kind),
                arm=words.arm(str(row["arm"])),
                expected=words.text(directions[str(row["expected"])]),
                found=words.text(directions[found]) if found else words.text("undefined"),
                delta=" ".join(
                    (
                        words.number(float(row["delta"]), unit, signed=True),
                        words.unit(unit, change=True),
                    )
                ),
                verdict=str(row["verdict"]).replace(" ", "_"),
                because=str(row["because"]),
                after=words.text("after_years", n=after) if after else "",
            )
        )
    return rows


def short_answer(
    effects: pd.DataFrame,
    first: Sequence[str],
    words: Words,
    matters: Mapping[str, float] | None = None,
) -> str:
    """Answer by the first indicator that has a better side, in one or two sentences.

    Parameters
    ----------
    effects
        Effect table.
    first
        Main indicators of the scenario, in order.
    words
        Texts.
    matters
        Least changes that matter, by indicator, as the scenario declares them.
    """
    if effects.empty:
        return words.text("no_arms")
    if int(effects["n"].max()) < 2:  # noqa: PLR2004 - one future has no spread
        return words.text("one_seed")
    present = set(effects["indicator"])
    kinds = [kind for kind in (*first, *effects["indicator"]) if kind in present]
    kind = next((kind for kind in kinds if better_side(kind)), "")
    if not kind:
        return ""
    rows = effects[effects["indicator"] == kind]
    verdicts = [verdict(row, matters) for _, row in rows.iterrows()]
    unit = str(rows["unit"].iloc[0])
    told = {
        "indicator": words.name("indicators", kind),
        "base": words.number(float(rows["base"].iloc[0]), unit),
        "unit": words.unit(unit),
    }
    sentences = [_best(rows, verdicts, told, words)]
    worse = [
        words.arm(str(arm))
        for arm, found in zip(rows["arm"], verdicts, strict=True)
        if found == "worse"
    ]
    if worse:
        sentences.append(words.text("clearly_worse", arms=", ".join(worse)))
    return " ".join(sentences)


def _best(rows: pd.DataFrame, verdicts: Sequence[str], told: dict[str, str], words: Words) -> str:
    """Return the sentence on the policy that does best."""
    better = rows[[found == "better" for found in verdicts]]
    if better.empty:
        clear = any(found in _GOOD for found in verdicts)
        if not clear and all(found in ("small", "same") for found in verdicts):
            return words.text("none_matters", **told)
        return words.text("none_better" if clear else "none_clear", **told)
    kind = str(rows["indicator"].iloc[0])
    column = better["policy"]
    row = better.loc[column.idxmax() if better_side(kind) == "+" else column.idxmin()]
    return words.text(
        "best",
        **told,
        arm=words.arm(str(row["arm"])),
        policy=words.number(float(row["policy"]), str(row["unit"])),
        relative=_relative_text(row, words) or words.number(float(row["delta"]), signed=True),
    )
