"""`twin sweep`: settings times seeds."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.settings import parse_ranges, parse_settings, parse_shard
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
    from twin.experiment.design import Design
    from twin.experiment.sweeps import SweepResult
    from twin.scenario import Scenario

_SHOWN_ROWS = 200
_FACTORIAL, _CSV = "factorial", "csv"
_SAMPLED = ("lhs", "sobol", "morris", "sobol-indices")


def sweep(
    file: Annotated[Path, typer.Argument(help="Scenario file.")],
    *,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=V1,V2",
            help="Values of a setting, or LOW..HIGH for a sampled design; may be repeated.",
        ),
    ] = None,
    design: Annotated[
        str,
        typer.Option(
            "--design", help="factorial, lhs, sobol, morris, sobol-indices, or a CSV file."
        ),
    ] = _FACTORIAL,
    points: Annotated[
        int, typer.Option("--points", min=1, help="Points (Morris: trajectories) of the design.")
    ] = 64,
    design_seed: Annotated[
        int, typer.Option("--design-seed", min=0, help="Seed of a sampled design.")
    ] = 0,
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
    time_limit: Annotated[
        float | None, typer.Option("--time-limit", metavar="S", help="Seconds a run may take.")
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option("--shard", metavar="I/N", help="Only every N-th run, from the I-th."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show runs, expected time and disk; run nothing.")
    ] = False,
    emit_slurm: Annotated[
        Path | None,
        typer.Option("--emit-slurm", metavar="F.sh", help="Write a SLURM array script instead."),
    ] = None,
    shards: Annotated[int, typer.Option("--shards", min=1, help="Tasks of that array.")] = 16,
    as_json: Json = False,
) -> None:
    """Run every point of a design with every seed; what is done is not run again."""
    from twin.experiment.files import require_writable
    from twin.experiment.sweeps.sweeping import planned
    from twin.experiment.sweeps.sweeping import sweep as run_sweep

    chosen = parse_seeds(seeds)
    scenario = load_all([file])[0]
    scenario = shortened(scenario if arm == "base" else scenario.arm(arm), days)
    grid = _design(scenario, settings or [], design, points, design_seed)
    common: dict[str, Any] = {
        "seeds": chosen,
        "out": out,
        "tables": tables,
        "time_limit_s": time_limit,
    }
    if emit_slurm is not None:
        planned(scenario, grid, **common)
        _emit(emit_slurm, scenario.name, shards, time_limit)
        return
    if dry_run:
        say_compiling()
        _show_estimate(planned(scenario, grid, **common), jobs, as_json=as_json)
        return
    require_writable(out)
    say_compiling()
    with count_progress(scenario.name) as progress:
        result = run_sweep(
            scenario,
            grid,
            cluster=cluster,
            jobs=jobs,
            shard=parse_shard(shard),
            progress=progress,
            **common,
        )
    _show(result, list(scenario.indicators), as_json=as_json)
    if result.failed:
        for identity, error in result.failed.items():
            note(f"{result.path / 'failed' / identity}.json: {error}")
        raise typer.Exit(1)


def _design(
    scenario: Scenario, settings: list[str], design: str, points: int, seed: int
) -> dict[str, list[Any]] | Design:
    """Return the design that the options describe."""
    from twin.experiment import design as designs

    if design == _FACTORIAL:
        if not settings:
            message = "give at least one --set KEY=V1,V2, or --design FILE.csv"
            raise typer.BadParameter(message, param_hint="--set")
        return parse_settings(settings)
    if design in _SAMPLED:
        make = dict(
            zip(
                _SAMPLED,
                (designs.latin_hypercube, designs.sobol, designs.morris, designs.sobol_indices),
                strict=True,
            )
        )[design]
        return make(scenario, parse_ranges(settings), points, seed=seed)
    if not design.endswith(f".{_CSV}"):
        message = f"{design!r} is not one of {_FACTORIAL}, {', '.join(_SAMPLED)}, nor a CSV file"
        raise typer.BadParameter(message, param_hint="--design")
    if settings:
        message = "a CSV file gives all settings; leave out --set"
        raise typer.BadParameter(message, param_hint="--set")
    return designs.from_csv(design)


def _emit(path: Path, name: str, shards: int, time_limit: float | None) -> None:
    """Write an array script that repeats this command, one shard each."""
    from twin.experiment.sweeps.slurm import write_array_script

    given = sys.argv[1:]
    kept: list[str] = []
    skip = False
    for word in given:
        dropped = word.split("=")[0] in ("--emit-slurm", "--shards", "--jobs", "--shard")
        if not skip and not dropped:
            kept.append(word)
        skip = dropped and "=" not in word
    minutes = 60 if time_limit is None else max(60, int(time_limit / 60) + 10)
    write_array_script(
        path, ["twin", *kept], name=name, shards=shards, minutes=minutes, here=Path.cwd()
    )
    note(f"submit it with: sbatch {path}")


def _show_estimate(plan: Any, jobs: int | None, *, as_json: bool) -> None:  # noqa: ANN401 - a SweepPlan
    """Print what a sweep is going to take."""
    from twin.experiment.sweeps.cluster import cores
    from twin.experiment.sweeps.estimate import estimate

    found = estimate(plan, jobs or cores())
    if as_json:
        print_json({"path": str(plan.folder), **asdict(found)})
        return
    typer.echo(f"{plan.design.kind}: {len(plan.design)} points, {len(plan.seeds)} seeds")
    typer.echo(f"{found.n_runs} runs, {found.n_missing} to be computed, in {plan.folder}")
    typer.echo(
        f"about {found.run_s:.1f} s a run, {found.wall_s / 60:.1f} min in all, "
        f"{found.disk_bytes / 1e6:.1f} MB on disk; from {found.source}"
    )


def _show(result: SweepResult, named: list[str], *, as_json: bool) -> None:
    """Print one row per run with its settings and main indicators."""
    from twin.experiment.answer import number

    totals = result.totals()
    if as_json:
        print_json(
            {
                "path": str(result.path),
                "n_runs": result.n_runs,
                "n_computed": result.n_computed,
                "failed": dict(result.failed),
                "runs": totals.to_dict("records"),
            }
        )
        return
    if len(totals):
        settings = [*result.paths, "seed"]
        shown = [c for c in totals.columns if c not in (*settings, "run_id")]
        kept = [*settings, *(c for c in shown if not named or c in named)]
        rows = [
            [number(row[c]) if c in shown else str(row[c]) for c in kept]
            for row in totals.head(_SHOWN_ROWS).to_dict("records")
        ]
        print_table("Runs", [str(c) for c in kept], rows)
        if len(totals) > _SHOWN_ROWS:
            note(f"{_SHOWN_ROWS} of {len(totals)} runs shown; all are in {result.path / 'runs'}")
    typer.echo(f"{result.n_runs} runs, {result.n_computed} computed now, in {result.path}")
