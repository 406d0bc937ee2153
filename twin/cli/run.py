"""`twin run` and `twin warm`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.shown import (
    Jobs,
    Json,
    Seeds,
    counted,
    imputed_line,
    load_all,
    note,
    parse_seeds,
    print_json,
    print_table,
    processes,
    run_progress,
    say_compiling,
    shortened,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.experiment import Run
    from twin.scenario import Scenario


def run(
    files: Annotated[list[Path], typer.Argument(help="Scenario files.", metavar="FILE...")],
    *,
    arm: Annotated[
        list[str] | None, typer.Option("--arm", help="Only this arm; may be repeated.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of all random draws.")] = 1,
    seeds: Seeds = None,
    days: Annotated[
        int | None, typer.Option("--days", min=1, help="Days instead of the whole period.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for runs.")] = Path("runs"),
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Run the base and every arm of scenario files; what is done is not run again."""
    from twin.experiment import run_all
    from twin.experiment.files import require_writable

    chosen = parse_seeds(seeds) or [seed]
    groups = [_arms(scenario, arm, days) for scenario in load_all(files)]
    require_writable(out)
    say_compiling()
    tasks = [(policy, number) for group in groups for policy in group for number in chosen]
    with run_progress(len(tasks)) as progress:
        number = processes(jobs, [policy.n_days for policy, _ in tasks])
        runs = run_all(tasks, out=out, jobs=number, progress=progress)
    if as_json:
        print_json([_facts(done) for done in runs])
        return
    place = 0
    for group in groups:
        count = len(group) * len(chosen)
        _show(group, chosen, runs[place : place + count])
        place += count


def _arms(scenario: Scenario, names: list[str] | None, days: int | None) -> list[Scenario]:
    """Return the chosen policies of a scenario, cut to a number of days."""
    scenario = shortened(scenario, days)
    return list(scenario.all_arms()) if not names else [scenario.arm(name) for name in names]


def _facts(done: Run) -> dict[str, Any]:
    """Return a run as plain values."""
    return {
        "scenario": done.scenario,
        "arm": done.arm,
        "seed": done.seed,
        "run_id": done.id,
        "path": str(done.path),
        "indicators": done.totals().to_dict(),
        **{
            key: done.manifest[key]
            for key in ("imputed_share", "invariants", "wall_s", "peak_memory_mb")
        },
    }


def _show(group: Sequence[Scenario], seeds: Sequence[int], runs: Sequence[Run]) -> None:
    """Print the main indicators of one scenario, its arms side by side."""
    from twin.experiment.answer import number

    first = group[0]
    by_arm = {
        policy.arm_name: runs[i * len(seeds) : (i + 1) * len(seeds)]
        for i, policy in enumerate(group)
    }
    rows = runs[0].indicators
    units = dict(zip(rows["indicator"], rows["unit"].fillna(""), strict=True))
    totals = {
        name: sum(done.totals() for done in done_runs) / len(done_runs)
        for name, done_runs in by_arm.items()
    }
    names = [name for name in first.indicators if name in units] or list(units)
    table = [
        [name, units[name], *(number(float(values[name])) for values in totals.values())]
        for name in names
    ]
    spoken = f"seed {seeds[0]}" if len(seeds) == 1 else f"mean of {len(seeds)} seeds"
    title = f"{first.name}: {first.start} to {first.end}, {spoken}"
    print_table(title, ["indicator", "unit", *totals], table)
    manifest = runs[0].manifest
    typer.echo(imputed_line(manifest["imputed_share"]))
    worst = max((max(done.manifest["invariants"].values(), default=0.0)) for done in runs)
    what = ", ".join(sorted(manifest["invariants"]))
    typer.echo(f"largest relative imbalance of {what}: {worst:.1e}")
    wall_s = [float(done.manifest["wall_s"]) for done in runs]
    typer.echo(
        f"wall time {sum(wall_s):.1f} s for {counted(len(runs), 'run')}, "
        f"{max(wall_s):.1f} s the longest; runs in {runs[0].path.parent.parent}"
    )


def warm() -> None:
    """Compile every kernel once, before processes or workers start."""
    from twin.experiment import simulate
    from twin.scenario import scenario_from_text

    if simulate.is_warm():
        note("kernels are compiled already")
        return
    say_compiling()
    simulate.warm(
        scenario_from_text(
            "{scenario: warm, question: none, city: {synthesise: {}}, start: 2026-01-01}", "warm"
        )
    )
    note("kernels are compiled")
