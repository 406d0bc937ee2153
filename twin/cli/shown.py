"""What commands have in common: options, tables, progress, words on stderr."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from twin.experiment.runs import RunProgress
    from twin.scenario.spec import Scenario

_PLAIN_EVERY_S = 10.0
_MEGA = 1e6

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Seeds = Annotated[
    str | None, typer.Option("--seeds", metavar="A:B", help="Seeds A to B-1, or A,B,C.")
]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", min=1, help="Processes to run in; default one per core for long runs."),
]
_DAYS_WORTH_PROCESSES = 1_500


def counted(n: int, one: str, more: str = "") -> str:
    """Return a number with its noun, such as `1 policy` or `2 policies`."""
    return f"{n} {one if n == 1 else more or f'{one}s'}"


def note(text: str) -> None:
    """Say something on stderr."""
    typer.echo(text, err=True)


def processes(jobs: int | None, days_of_runs: Sequence[int]) -> int:
    """Return in how many processes to run; short runs end sooner than processes start."""
    if jobs is not None:
        return jobs
    if sum(days_of_runs) < _DAYS_WORTH_PROCESSES:
        return 1
    return min(os.cpu_count() or 1, len(days_of_runs))


def shortened(scenario: Scenario, days: int | None) -> Scenario:
    """Return the scenario cut to a number of days; name on stderr what is left out."""
    if days is None:
        return scenario
    for what in scenario.beyond(days):
        note(f"left out, as it is after the {counted(days, 'day')} simulated: {what}")
    return scenario.shortened(days)


def print_json(value: object) -> None:
    """Print plain values as JSON on stdout; NaN becomes null."""
    typer.echo(json.dumps(_finite(value), indent=2, ensure_ascii=False))


def _finite(value: Any) -> Any:  # noqa: ANN401 - any plain value
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if hasattr(value, "item"):  # numpy scalars
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table on stdout; columns of numbers are set to the right."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for place, name in enumerate(columns):
        cells = [row[place] for row in rows]
        right = all(cell[:1].isdigit() or cell[:1] in ("", "-", "+") for cell in cells)
        table.add_column(name, justify="right" if right and cells else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    # a pipe gets whole lines, whatever width the terminal had
    width = None if sys.stdout.isatty() else 200
    Console(width=width, highlight=False).print(table)


def parse_seeds(text: str | None) -> list[int] | None:
    """Return seeds from `A:B` or `A,B,C`; None from None."""
    if text is None:
        return None
    try:
        if ":" in text:
            low, high = (int(part) for part in text.split(":"))
            seeds = list(range(low, high))
        else:
            seeds = [int(part) for part in text.split(",")]
    except ValueError:
        seeds = []
    if not seeds or min(seeds) < 0:
        message = f"{text!r} names no seeds; write 0:8 for 0 to 7, or 1,5,9"
        raise typer.BadParameter(message, param_hint="--seeds")
    return seeds


def load_all(files: Sequence[Path]) -> list[Scenario]:
    """Load scenario files; the faults of all files come at once."""
    from twin.core.errors import Fault, ScenarioError
    from twin.scenario import load_scenario

    loaded: list[Scenario] = []
    faults: list[Fault] = []
    for file in files:
        try:
            loaded.append(load_scenario(file))
        except ScenarioError as error:
            faults += error.faults or [Fault(str(file), str(error), "mend the file")]
    if faults:
        raise ScenarioError(faults)
    for scenario in loaded:
        for what in scenario.left_out:
            note(f"{scenario.path}: left out, as it does not fit this file: {what}")
    return loaded


def say_compiling() -> None:
    """Say once that kernels are compiled, where that is still to come."""
    from twin.experiment.simulate import has_compiled

    if not has_compiled():
        note("compiling kernels for water, heat, traffic and citizens, once: about a minute")


@contextmanager
def run_progress(n_runs: int) -> Iterator[RunProgress]:
    """Give a progress callback for runs: a bar on a terminal, plain lines elsewhere."""
    if sys.stderr.isatty():
        with _bar() as (add, update):
            bars: dict[tuple[str, int], Any] = {}

            def tell(scenario: Scenario, seed: int, done: int, total: int) -> None:
                key = (f"{scenario.name} {scenario.arm_name}", seed)
                if key not in bars:
                    bars[key] = add(f"{key[0]} seed {seed}", total)
                update(bars[key], done)

            yield tell
        return
    state = {"last": time.monotonic(), "ended": 0.0}

    def tell_plain(scenario: Scenario, seed: int, done: int, total: int) -> None:
        state["ended"] += done == total
        now = time.monotonic()
        if done == total or now - state["last"] > _PLAIN_EVERY_S:
            state["last"] = now
            ended = f" ({int(state['ended'])} of {counted(n_runs, 'run')})" if done == total else ""
            note(f"{scenario.name} {scenario.arm_name} seed {seed}: day {done}/{total}{ended}")

    yield tell_plain


@contextmanager
def _bar() -> Iterator[tuple[Callable[[str, int], Any], Callable[[Any, int], None]]]:
    """Give functions that add and move progress bars on stderr."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield (
            lambda text, total: progress.add_task(text, total=total),
            lambda bar, done: progress.update(bar, completed=done),
        )


@contextmanager
def count_progress(text: str) -> Iterator[Callable[[int, int, int], None]]:
    """Give a progress callback for counted runs with failures."""
    if sys.stderr.isatty():
        with _bar() as (add, update):
            bars: list[Any] = []

            def tell(done: int, total: int, _failed: int) -> None:
                if not bars:
                    bars.append(add(text, total))
                update(bars[0], done)

            yield tell
        return
    last = [0.0]

    def tell_plain(done: int, total: int, failed: int) -> None:
        now = time.monotonic()
        if done == total or now - last[0] > _PLAIN_EVERY_S:
            last[0] = now
            note(f"{text}: {done}/{counted(total, 'run')}, {failed} failed")

    yield tell_plain


def imputed_line(shares: dict[str, float]) -> str:
    """Return which part of the input was not observed."""
    if not shares:
        return "imputed or synthetic input: not known"
    mean = sum(shares.values()) / len(shares)
    whole = sorted(name for name, share in shares.items() if share >= 1.0)
    observed = sorted(name for name, share in shares.items() if share <= 0.0)
    parts = [
        f"imputed or synthetic input: {mean:.0%} on average over {counted(len(shares), 'group')}"
    ]
    if len(whole) == len(shares):
        parts.append("nothing was observed")
    elif observed:
        parts.append(f"wholly observed: {', '.join(observed)}")
    return "; ".join(parts)
