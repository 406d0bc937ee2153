"""`twin report`: one page from run folders."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads signatures
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.shown import note

if TYPE_CHECKING:
    import pandas as pd

    from twin.experiment import Run
    from twin.scenario import Scenario

LANGUAGES = ("kk", "ru", "en")


def report(
    runs: Annotated[list[Path], typer.Argument(help="Run folders of a base and of policies.")],
    *,
    out: Annotated[Path, typer.Option("--out", metavar="F.html", help="Page to write.")],
    lang: Annotated[str, typer.Option("--lang", help="Language: kk, ru or en.")] = "en",
) -> None:
    """Write one offline page: answer, effects, time series and a map."""
    from twin.experiment import effects, expectations
    from twin.experiment.files import require_writable
    from twin.experiment.pages import open_runs, scenario_of, split_arms

    check_language(lang)
    require_writable(out.parent)
    by_arm = split_arms(open_runs(runs))
    scenario = scenario_of(by_arm)
    write_page(
        out,
        scenario=scenario,
        effects=effects(by_arm, scenario.indicators),
        expectations=expectations(scenario, by_arm),
        runs=by_arm,
        lang=lang,
    )
    note(f"page in {out}")


def check_language(lang: str) -> None:
    """Refuse a language the page does not speak."""
    if lang not in LANGUAGES:
        message = f"{lang!r} is not one of {', '.join(LANGUAGES)}"
        raise typer.BadParameter(message, param_hint="--lang")


def write_page(
    out: Path,
    *,
    scenario: Scenario,
    effects: pd.DataFrame,
    expectations: pd.DataFrame,
    runs: dict[str, list[Run]],
    lang: str,
) -> None:
    """Write the page of a comparison."""
    from twin.experiment import answer, best_arm
    from twin.experiment.pages import city_of
    from twin.report import write_report

    leader = best_arm(runs, scenario.indicators[0]) if scenario.indicators else None
    write_report(
        out,
        scenario=scenario,
        effects=effects,
        answer=answer(scenario, effects, leader),
        expectations=expectations,
        runs=runs,
        city=city_of(scenario, runs),
        lang=lang,
    )
