"""Which assumptions an answer hangs on: each parameter moved alone, down and up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import pandas as pd

from twin.core.errors import ScenarioError
from twin.core.parameters import Grade
from twin.core.registry import nearest
from twin.experiment.effects import scenario_runs
from twin.experiment.expectations import expectations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from twin.core.parameters import Number
    from twin.scenario.spec import Scenario

FLIPS, UNCLEAR, APPEARS, HOLDS, UNUSED = "flips", "unclear", "appears", "holds", "no effect"
"""What a moved parameter does to the sign of an expected effect."""

_SAME = 1e-9
_SHOWN = ("indicator", "arm", "expected", "delta", "ci_low", "ci_high", "found")
_LEVEL = 0.1
"""Part of the way to the upper bound that a parameter at 0 is moved."""

type Progress = Callable[[int, int, str], None]
"""Called with parameters tried so far, parameters in all, and the present one."""


@final
@dataclass(frozen=True, slots=True)
class Move:
    """One parameter away from its value."""

    path: str
    grade: Grade
    usual: float
    value: float


def moves(
    scenario: Scenario,
    *,
    grades: Iterable[Grade] = (Grade.GUESS,),
    groups: Sequence[str] = (),
    factor: float = 2.0,
) -> list[Move]:
    """Return every parameter of some grades and groups, divided and multiplied by a factor.

    Parameters
    ----------
    scenario
        Its values are the ones that are moved. A parameter that the scenario itself compares among
        its arms is left out.
    grades
        How sure the parameters are that are moved.
    groups
        Beginnings of dotted paths; none means all.
    factor
        Above 1. A value stays inside its bounds; one at 0 is moved a tenth of the way up.

    Raises
    ------
    ScenarioError
        If a group names no parameter, the factor is not above 1, or there are several towns.
    """
    if scenario.towns:
        names = ", ".join(town.name for town in scenario.towns)
        message = f"{scenario.path or scenario.name}: has several towns ({names}); name one city"
        raise ScenarioError(message)
    if not factor > 1.0:
        message = f"factor is {factor:g}; give a number above 1, such as 2"
        raise ScenarioError(message)
    known = dict(scenario.parameters.items())
    for group in groups:
        if not any(_is_below(path, group) for path in known):
            message = f"{group!r} is not a group of parameters. {nearest(group, list(known))}"
            raise ScenarioError(message)
    chosen, own = set(grades), _compared(scenario)
    return [
        Move(path, number.facts.grade, float(number), value)
        for path, number in known.items()
        if number.facts.grade in chosen and path not in own
        if not groups or any(_is_below(path, group) for group in groups)
        for value in _beside(number, factor)
    ]


def _is_below(path: str, group: str) -> bool:
    return path == group or path.startswith(f"{group.rstrip('.')}.")


def _compared(scenario: Scenario) -> set[str]:
    """Return the parameters in which arms differ from the base."""
    base = set(scenario.parameter_items)
    return {path for arm in scenario.arms.values() for path, _ in set(arm.parameter_items) ^ base}


def _beside(number: Number, factor: float) -> Iterator[float]:
    """Yield the values below and above that lie inside the bounds."""
    usual, facts = float(number), number.facts
    if usual == 0.0:
        ends = (_LEVEL * facts.low, _LEVEL * facts.high)
    else:
        ends = (usual / factor, usual * factor)
    for end in ends:
        value = min(max(end, facts.low), facts.high)
        if value != usual:
            yield value


def assumptions(
    scenario: Scenario,
    tried: Sequence[Move],
    *,
    seeds: Iterable[int] | None = None,
    out: Path | str = "runs",
    jobs: int = 1,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Return what every move of a parameter does to the effects that a scenario expects.

    Parameters
    ----------
    scenario
        One with expectations; only the arms that they name are run.
    tried
        From `moves`.
    seeds
        Replications; None means as many as the scenario states, counted from 0.
    out, jobs
        As for `run_all`.
    progress
        Called before each parameter.

    Returns
    -------
    DataFrame
        One row per expectation and move: `parameter, grade, usual, value, indicator, arm, expected,
        delta, ci_low, ci_high, found, usual_delta, usual_found, n, what`. `what` is `flips` where
        the sign turns, `unclear` where a clear sign is lost, `appears` where there was none,
        `no effect` where the effect is the same to nine digits, else `holds`.

    Raises
    ------
    ScenarioError
        If the scenario expects nothing.

    Notes
    -----
    Each move is run with the first seed. With the others it is run only where the first shows
    an effect of another sign, less than half or more than twice as large; else `n` is 1 and the
    sign holds. Parameters are moved one at a time: what two do together
    is not seen.
    """
    if not scenario.expect:
        message = f"{scenario.path or scenario.name}: expects nothing, so nothing can be reversed"
        raise ScenarioError(message)
    scenario = _asked(scenario)
    chosen = list(range(scenario.seeds)) if seeds is None else list(seeds)

    def effects(one: Scenario, some: list[int]) -> pd.DataFrame:
        return expectations(one, scenario_runs(one, seeds=some, out=out, jobs=jobs))

    usual, first = effects(scenario, chosen), effects(scenario, chosen[:1])
    tables = []
    for place, move in enumerate(tried):
        if progress is not None:
            progress(place, len(tried), move.path)
        moved = scenario.with_parameter(move.path, move.value)
        found = effects(moved, chosen[:1])
        unused = _same(found["delta"], first["delta"])
        again = _matters(found["delta"], first["delta"])
        if again and len(chosen) > 1:
            found = effects(moved, chosen)
        rows = _rows(move, found, usual)
        rows["what"] = [
            UNUSED if same else _what(before, after) if again else HOLDS
            for before, after, same in zip(usual["found"], found["found"], unused, strict=True)
        ]
        tables.append(rows)
    if not tables:
        return pd.DataFrame()
    return pd.concat(tables, ignore_index=True)


def _asked(scenario: Scenario) -> Scenario:
    """Return the scenario with the arms alone that an expectation names."""
    named = {item.arm for item in scenario.expect}
    return replace(
        scenario, arm_items=tuple(item for item in scenario.arm_items if item[0] in named)
    )


def _same(found: pd.Series, usual: pd.Series) -> list[bool]:
    """Return which effects a move leaves as they are."""
    near = (found - usual).abs() <= _SAME * usual.abs()
    return [bool(one) for one in near | (found.isna() & usual.isna())]


def _matters(found: pd.Series, usual: pd.Series) -> bool:
    """Return whether some effect of one seed is reversed, halved or doubled."""
    ratio = found / usual
    return bool((~ratio.between(0.5, 2.0) & ~(found == usual)).any())


def _rows(move: Move, found: pd.DataFrame, usual: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of one move."""
    table = found[[*_SHOWN, "n"]].copy()
    table.insert(0, "value", move.value)
    table.insert(0, "usual", move.usual)
    table.insert(0, "grade", move.grade.value)
    table.insert(0, "parameter", move.path)
    table["usual_delta"], table["usual_found"] = usual["delta"], usual["found"]
    return table


def _what(usual: str, found: str) -> str:
    """Return what became of a sign."""
    if usual == found:
        return HOLDS
    if "0" in (usual, found):
        return UNCLEAR if found == "0" else APPEARS
    return FLIPS


def hinges(table: pd.DataFrame) -> pd.DataFrame:
    """Return the moves that change a sign, those that reverse it first, the largest first.

    Parameters
    ----------
    table
        From `assumptions`.
    """
    rows = table[table["what"].isin((FLIPS, UNCLEAR, APPEARS))].copy()
    rows["rank"] = rows["what"].map({FLIPS: 0, UNCLEAR: 1, APPEARS: 2})
    rows["moved"] = ((rows["delta"] - rows["usual_delta"]) / rows["usual_delta"]).abs()
    ordered = rows.sort_values(["arm", "indicator", "rank", "moved"], ascending=[1, 1, 1, 0])
    return ordered.drop(columns=["rank", "moved"]).reset_index(drop=True)
