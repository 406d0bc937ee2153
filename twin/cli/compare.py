"""`twin compare`: effects of policies, and the answer to the question."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.report import check_language, write_page
from twin.cli.shown import (
    Jobs,
    Json,
    Seeds,
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
    from collections.abc import Hashable
    from typing import Any

    import pandas as pd

    from twin.experiment import Run
    from twin.experiment.tipping import Found
    from twin.scenario import Scenario


def compare(
    inputs: Annotated[
        list[Path], typer.Argument(help="One scenario file, or run folders of a base.")
    ],
    *,
    against: Annotated[
        list[Path] | None, typer.Option("--against", help="Run folders of policies.")
    ] = None,
    seeds: Seeds = None,
    days: Annotated[
        int | None, typer.Option("--days", min=1, help="Days instead of the whole period.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for runs.")] = Path("runs"),
    report: Annotated[
        Path | None, typer.Option("--report", metavar="F.html", help="Write a page as well.")
    ] = None,
    lang: Annotated[str, typer.Option("--lang", help="Language of the page: kk, ru or en.")] = "en",
    jobs: Jobs = None,
    tipping: Annotated[
        bool,
        typer.Option("--tipping/--no-tipping", help="Search the tipping value of the file."),
    ] = True,
    reference: Annotated[
        str, typer.Option("--reference", metavar="ARM", help="Arm the others are compared with.")
    ] = "base",
    until: Annotated[
        list[str] | None,
        typer.Option(
            "--until",
            metavar="INDICATOR=WIDTH",
            help="Add seeds until intervals are as narrow, in the indicator's unit.",
        ),
    ] = None,
    as_json: Json = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Show every indicator, not the main ones alone.")
    ] = False,
) -> None:
    """Run what is missing, compare the arms with the base, and answer the question."""
    from twin.experiment import answer, best_arm, expectations
    from twin.experiment.effects import effects as effect_table
    from twin.experiment.files import require_writable, save_frame

    check_language(lang)
    if report is not None:
        require_writable(report.parent)
    if against:
        scenario, runs = _from_folders(inputs, against)
    else:
        widths = parse_widths(until)
        scenario, runs = _from_file(inputs, parse_seeds(seeds), days, out, jobs, widths)
    effects = effect_table(runs, scenario.indicators, reference=reference)
    leader = best_arm(runs, scenario.indicators[0]) if scenario.indicators else None
    words = answer(scenario, effects, leader)
    expected = expectations(scenario, runs)
    saved = save_frame(effects, _effects_file(runs))
    found = _tipping(scenario, seeds=parse_seeds(seeds), out=out, jobs=jobs) if tipping else None
    if as_json:
        print_json(
            {
                "question": scenario.question,
                "answer": words,
                "effects": effects.to_dict("records"),
                "expectations": expected.to_dict("records"),
                "parquet": str(saved),
                **({} if found is None else {"tipping": found.table.to_dict("records")}),
            }
        )
    else:
        _show(scenario, effects, expected, words, everything=everything)
        typer.echo(f"effects in {saved}")
        if found is not None:
            _show_tipping(scenario, found, saved)
    if report is not None:
        write_page(
            report, scenario=scenario, effects=effects, expectations=expected, runs=runs, lang=lang
        )
        note(f"page in {report}")


def parse_widths(texts: list[str] | None) -> dict[str, float]:
    """Return wanted widths from `INDICATOR=WIDTH` texts."""
    widths = {}
    for text in texts or []:
        name, _, width = text.partition("=")
        try:
            widths[name] = float(width)
        except ValueError:
            message = f"{text!r} is not INDICATOR=WIDTH, such as trust_mean=0.01"
            raise typer.BadParameter(message, param_hint="--until") from None
    return widths


def _from_file(
    inputs: list[Path],
    seeds: list[int] | None,
    days: int | None,
    out: Path,
    jobs: int | None,
    widths: dict[str, float],
) -> tuple[Scenario, dict[str, list[Run]]]:
    """Return the scenario of a file and its runs, computing what is missing."""
    from twin.experiment import scenario_runs
    from twin.experiment.files import require_writable

    if len(inputs) != 1 or inputs[0].is_dir():
        message = "give one scenario file, or run folders with --against POLICY_RUN..."
        raise typer.BadParameter(message)
    scenario = load_all(inputs)[0]
    scenario = shortened(scenario, days)
    chosen = seeds or list(range(scenario.seeds))
    require_writable(out)
    say_compiling()
    if widths:
        from twin.experiment.until import runs_until

        number = processes(jobs, [scenario.n_days] * len(chosen) * (1 + len(scenario.arms)))
        with run_progress(len(chosen) * (1 + len(scenario.arms))) as progress:
            return scenario, runs_until(scenario, widths, out=out, jobs=number, progress=progress)
    with run_progress(len(chosen) * (1 + len(scenario.arms))) as progress:
        number = processes(jobs, [scenario.n_days] * len(chosen) * (1 + len(scenario.arms)))
        runs = scenario_runs(scenario, seeds=chosen, out=out, jobs=number, progress=progress)
    return scenario, runs


def _tipping(
    scenario: Scenario, *, seeds: list[int] | None, out: Path, jobs: int | None
) -> Found | None:
    """Search the tipping value where the file has a section for it."""
    from twin.experiment.tipping import tipping as search

    if scenario.tipping is None:
        return None
    note(f"searching the tipping value of {scenario.tipping.set}")
    chosen = seeds or list(range(scenario.seeds))
    number = processes(jobs, [scenario.n_days] * len(chosen))
    return search(scenario, seeds=chosen, out=out, jobs=number)


def _show_tipping(scenario: Scenario, found: Found, saved: Path) -> None:
    """Print the tipping values; save every run's growth and a picture beside the effects."""
    from twin.experiment.answer import number
    from twin.experiment.files import save_frame
    from twin.experiment.tipping import picture

    search = scenario.tipping
    if search is None:
        return
    figures = ["value", "ci_low", "ci_high", "against_base", "against_low", "against_high"]
    rows = [
        [
            row["start"],
            row["arm"],
            *(number(float(row[key])) for key in figures),
            *(str(row[key]) for key in ("n", "below", "above")),
        ]
        for row in found.table.to_dict("records")
    ]
    title = f"Least {search.set} at which {search.indicator} does not grow"
    print_table(title, ["start", "arm", *figures, "n", "below", "above"], rows)
    stem = saved.with_name(saved.name.replace("-effects.parquet", "-tipping"))
    save_frame(found.tried, stem.with_suffix(".parquet"))
    picture(found, scenario, stem.with_suffix(".png"))
    table, drawn = stem.with_suffix(".parquet"), stem.with_suffix(".png")
    typer.echo(f"tipping runs in {table}, picture in {drawn}")


def _from_folders(inputs: list[Path], against: list[Path]) -> tuple[Scenario, dict[str, list[Run]]]:
    """Return runs by arm from their folders, and the scenario their manifests tell."""
    from twin.experiment import by_arm
    from twin.experiment.pages import open_runs, scenario_of
    from twin.scenario import BASE

    base = open_runs(inputs)
    runs = {BASE: base, **by_arm(open_runs(against))}
    return scenario_of(runs), runs


def _years(row: dict[Hashable, Any]) -> str:
    """Return which years an expectation is read in."""
    first, last = int(row["after_years"]) + 1, int(row["until_years"])
    if last:
        return f"{first} to {last}"
    return f"from {first}" if first > 1 else "all"


def _effects_file(runs: dict[str, list[Run]]) -> Path:
    """Return where the effect table goes: beside the folders of the base's runs."""
    folder = runs["base"][0].path.parent
    return folder.parent / f"{folder.name}-effects.parquet"


def _show(
    scenario: Scenario,
    effects: pd.DataFrame,
    expected: pd.DataFrame,
    words: str,
    *,
    everything: bool,
) -> None:
    """Print question, answer, effects, and expected against found."""
    from twin.experiment.answer import number

    typer.echo(scenario.question)
    typer.echo(words)
    named = list(scenario.indicators)
    shown = effects
    if named and not everything:
        shown = effects[effects["indicator"].isin(named)]
    figures = ["base", "policy", "delta", "ci_low", "ci_high", "p_better"]
    rows = [
        [
            *(str(row[key]) for key in ("indicator", "arm", "unit")),
            *(number(float(row[key])) for key in figures),
            str(row["n"]),
        ]
        for row in shown.to_dict("records")
    ]
    print_table("Effects", ["indicator", "arm", "unit", *figures, "n"], rows)
    if len(effects) and int(effects["n"].max()) == 1:
        note("one seed gives no interval: use --seeds 0:8, say")
    if len(expected):
        words_of = ["arm", "expected", "found", "verdict"]
        table = [
            [
                row["indicator"],
                *(str(row[key]) for key in words_of),
                number(float(row["delta"])),
                _years(row),
                row["because"],
            ]
            for row in expected.to_dict("records")
        ]
        heads = ["indicator", *words_of, "delta", "years", "because"]
        print_table("Expected against found", heads, table)
