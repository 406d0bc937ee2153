"""`twin sweep`: levers times seeds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.shown import (
    Json,
    Seeds,
    count_progress,
    load_all,
    note,
    parse_seeds,
    print_json,
    print_table,
    say_compiling,
    shortened,
)

if TYPE_CHECKING:
    from twin.experiment.sweeps import SweepResult

_SHOWN_ROWS = 200


def sweep(
    file: Annotated[Path, typer.Argument(help="Scenario file.")],
    *,
    settings: Annotated[
        list[str],
        typer.Option("--set", metavar="KEY=V1,V2", help="Values of a setting; may be repeated."),
    ],
    seeds: Seeds = None,
    arm: Annotated[str, typer.Option("--arm", help="Policy to start from.")] = "base",
    days: Annotated[
        int | None, typer.Option("--days", min=1, help="Days instead of the whole period.")
    ] = None,
    cluster: Annotated[
        str | None, typer.Option("--cluster", metavar="ADDR", help="Address of a Dask scheduler.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, help="Processes here; default one per core.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for sweeps.")] = Path("sweeps"),
    tables: Annotated[
        Path | None, typer.Option("--tables", help="Keep all tables of every run in this folder.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Run every combination of settings with every seed; what is done is not run again."""
    from twin.experiment.files import require_writable
    from twin.experiment.sweeps import sweep as run_sweep

    grid = parse_settings(settings)
    chosen = parse_seeds(seeds)
    scenario = load_all([file])[0].arm(arm)
    scenario = shortened(scenario, days)
    require_writable(out)
    say_compiling()
    with count_progress(scenario.name) as progress:
        result = run_sweep(
            scenario,
            grid,
            seeds=chosen,
            cluster=cluster,
            jobs=jobs,
            out=out,
            tables=tables,
            progress=progress,
        )
    _show(result, list(scenario.indicators), as_json=as_json)
    if result.failed:
        for identity, error in result.failed.items():
            note(f"{result.path / 'failed' / identity}.json: {error}")
        raise typer.Exit(1)


def parse_settings(settings: list[str]) -> dict[str, list[Any]]:
    """Return the grid from `KEY=V1,V2` texts; values are read as JSON, else as text."""
    grid: dict[str, list[Any]] = {}
    for setting in settings:
        key, equals, values = setting.partition("=")
        if not equals or not key or not values:
            message = f"{setting!r} is not KEY=V1,V2"
            raise typer.BadParameter(message, param_hint="--set")
        if key in grid:
            message = f"{key} is set twice"
            raise typer.BadParameter(message, param_hint="--set")
        grid[key] = [_value(text.strip()) for text in values.split(",")]
    return grid


def _value(text: str) -> Any:  # noqa: ANN401 - any plain value
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _show(result: SweepResult, named: list[str], *, as_json: bool) -> None:
    """Print one row per run with its settings and main indicators."""
    from twin.experiment.answer import number

    if as_json:
        print_json(
            {
                "path": str(result.path),
                "n_runs": result.n_runs,
                "n_computed": result.n_computed,
                "failed": dict(result.failed),
                "runs": result.totals().to_dict("records") if len(result.indicators) else [],
            }
        )
        return
    if len(result.indicators):
        totals = result.totals()
        known = set(result.indicators["indicator"])
        kept = [c for c in totals.columns if c not in known or not named or c in named]
        rows = [
            [
                number(value) if isinstance(value, float) and name in known else str(value)
                for name, value in row.items()
                if name != "run_id"
            ]
            for row in totals[kept].head(_SHOWN_ROWS).to_dict("records")
        ]
        print_table("Runs", [str(c) for c in kept if c != "run_id"], rows)
        if len(totals) > _SHOWN_ROWS:
            note(f"{_SHOWN_ROWS} of {len(totals)} runs shown; all are in {result.path / 'runs'}")
    typer.echo(f"{result.n_runs} runs, {result.n_computed} computed now, in {result.path}")
