"""`twin assumptions`: which assumed numbers the answer of a scenario hangs on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twin.cli.shown import (
    Jobs,
    Json,
    Seeds,
    count_progress,
    counted,
    load_all,
    parse_seeds,
    print_json,
    print_table,
    processes,
    say_compiling,
    shortened,
)


def assumptions(
    file: Annotated[Path, typer.Argument(help="A scenario file with expectations.")],
    *,
    groups: Annotated[
        list[str] | None,
        typer.Option("--group", help="Move these groups of parameters alone, such as economy."),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Move measured and published numbers too.")
    ] = False,
    factor: Annotated[
        float, typer.Option("--factor", help="Divide and multiply each value by this.")
    ] = 2.0,
    seeds: Seeds = None,
    days: Annotated[
        int | None, typer.Option("--days", min=1, help="Days instead of the whole period.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for runs.")] = Path("runs"),
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Move each guess alone, down and up, and print those that change the sign of an effect."""
    from twin.core.parameters import Grade
    from twin.experiment.assumptions import assumptions as table_of
    from twin.experiment.assumptions import hinges, moves
    from twin.experiment.files import require_writable, save_frame

    scenario = shortened(load_all([file])[0], days)
    grades = tuple(Grade) if every else (Grade.GUESS,)
    tried = moves(scenario, grades=grades, groups=groups or (), factor=factor)
    chosen = parse_seeds(seeds) or list(range(scenario.seeds))
    require_writable(out)
    say_compiling()
    with count_progress("moving parameters") as progress:
        table = table_of(
            scenario,
            tried,
            seeds=chosen,
            out=out,
            jobs=processes(jobs, [scenario.n_days] * len(chosen) * 2),
            progress=lambda done, n, _: progress(done, n, 0),
        )
    found = hinges(table)
    saved = save_frame(table, out / f"{scenario.name}-assumptions.parquet")
    if as_json:
        print_json({"hinges": found.to_dict("records"), "moves": len(tried), "parquet": str(saved)})
        return
    columns = ["arm", "indicator", "parameter", "from", "to", "effect", "then", "the sign"]
    print_table(
        f"{scenario.name}: assumptions that change the sign of an effect",
        columns,
        [
            [
                row.arm,
                row.indicator,
                row.parameter,
                f"{row.usual:.4g}",
                f"{row.value:.4g}",
                f"{row.usual_delta:.3g}",
                f"{row.delta:.3g}",
                row.what,
            ]
            for row in found.itertuples()
        ],
    )
    paths = len({move.path for move in tried})
    without = int((table.groupby("parameter")["what"].agg(set) == {"no effect"}).sum())
    typer.echo(
        f"{counted(paths, 'parameter')} moved one at a time, {len(chosen)} seeds; {without} of "
        f"them change no effect; every move in {saved}"
    )
