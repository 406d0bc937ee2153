"""`twin parameters`: every number that is assumed, and how sure it is."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, final

import typer

from twin.cli.shown import Json, counted, load_all, print_json, print_table

if TYPE_CHECKING:
    from twin.core.parameters import Number

_FILES = (".yaml", ".yml")


@final
@dataclass(frozen=True, slots=True)
class _Row:
    """One parameter."""

    path: str
    default: float
    number: Number
    """With the value of the base."""
    arms: dict[str, float]
    """Value by arm."""
    fitted: tuple[float, float] | None = None
    """Where it was fitted to records, the middle nine tenths of what they allow."""

    @property
    def grade(self) -> str:
        """Return how sure it is."""
        return "fitted" if self.fitted else self.number.facts.grade.value

    @property
    def source(self) -> str:
        """Return where its value comes from."""
        if self.fitted is None:
            return self.number.facts.source
        low, high = self.fitted
        return f"fitted to the town's records: {low:.3g} to {high:.3g} with 90 %"


def show_parameters(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help="A group such as citizens or citizens.payment; a scenario file to see its values.",
            metavar="GROUP|FILE",
        ),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Print every number that is assumed: value, unit, bounds, how sure it is, and its source."""
    from twin.scenario.parameters import parameters_form

    parameters_form()  # all groups are registered now
    groups, files = _split(words or [])
    rows = [row for row in _rows(files) if not groups or _is_in(row.path, groups)]
    counts = _counts(rows)
    if as_json:
        print_json({"parameters": [_plain(row) for row in rows], "grades": counts})
        return
    _print(rows, with_file=bool(files))
    changed = sum(row.number != row.default for row in rows)
    grades = ", ".join(f"{n} {grade}" for grade, n in counts.items())
    typer.echo(
        f"{counted(len(rows), 'parameter')}: {grades}"
        + (f"; {changed} not at the default in the base" if files else "")
    )


def _split(words: list[str]) -> tuple[list[str], list[Path]]:
    """Return groups and files among the words of a command."""
    from twin.core.parameters import numbers, parameters

    files = [Path(word) for word in words if word.endswith(_FILES)]
    groups = [word.rstrip(".") for word in words if not word.endswith(_FILES)]
    paths = [path for name, group in parameters.items() for path, _ in numbers(group, name)]
    known = {
        ".".join(path.split(".")[: depth + 1])
        for path in paths
        for depth in range(path.count(".") + 1)
    }
    for group in groups:
        if group not in known:
            message = f"{group!r} is not a group of parameters. {_near(group, sorted(known))}"
            raise typer.BadParameter(message, param_hint="GROUP")
    if len(files) > 1:
        raise typer.BadParameter("name one scenario file", param_hint="FILE")
    return groups, files


def _near(group: str, known: list[str]) -> str:
    """Return the nearest of many names, and where to see all."""
    close = difflib.get_close_matches(group, known, n=1, cutoff=0.5)
    hint = f"Did you mean {close[0]}? " if close else ""
    return f"{hint}`twin parameters` lists all."


def _is_in(path: str, groups: list[str]) -> bool:
    """Return whether a dotted path lies in one of the groups."""
    return any(path == group or path.startswith(f"{group}.") for group in groups)


def _rows(files: list[Path]) -> list[_Row]:
    """Return all parameters, with the values of a scenario file where one is named."""
    from twin.core.parameter_set import Parameters

    usual = Parameters.of({})
    scenarios = {one.arm_name: one for one in load_all(files)[0].all_arms()} if files else {}
    values = {name: dict(one.parameters.items()) for name, one in scenarios.items()}
    base = values.pop("base", None) or dict(usual.items())
    named = next(iter(scenarios.values())).fitted if scenarios else ()
    fitted = {one.parameter: (one.low, one.high) for one in named}
    return [
        _Row(
            path,
            default,
            base[path],
            {arm: known[path] for arm, known in values.items()},
            fitted.get(path),
        )
        for path, default in usual.items()
    ]


def _counts(rows: list[_Row]) -> dict[str, int]:
    """Return how many parameters have each grade."""
    from twin.core.parameters import Grade

    grades = [grade.value for grade in Grade]
    if any(row.fitted for row in rows):
        grades.insert(1, "fitted")
    return {grade: sum(row.grade == grade for row in rows) for grade in grades}


def _plain(row: _Row) -> dict[str, Any]:
    """Return a parameter as plain values."""
    known = row.number.facts
    return {
        "path": row.path,
        "value": float(row.number),
        "default": float(row.default),
        "arms": {arm: float(value) for arm, value in row.arms.items() if value != row.number},
        "unit": known.unit,
        "low": known.low,
        "high": known.high,
        "grade": row.grade,
        "source": row.source,
        "meaning": known.meaning,
    }


def _print(rows: list[_Row], *, with_file: bool) -> None:
    """Print a table; arms have a column where they change a parameter."""
    arms = [arm for arm in rows[0].arms if any(row.arms[arm] != row.number for row in rows)]
    shown = ["default", "base", *arms] if with_file else ["default"]
    table = []
    for row in rows:
        known = row.number.facts
        values = [f"{row.default:g}"]
        if with_file:
            values.append("=" if row.number == row.default else f"{row.number:g}")
        values += ["=" if row.arms[arm] == row.number else f"{row.arms[arm]:g}" for arm in arms]
        bounds = f"{known.low:g} to {known.high:g}"
        table.append([row.path, *values, known.unit, bounds, row.grade, row.source])
    print_table("Parameters", ["parameter", *shown, "unit", "bounds", "grade", "source"], table)
