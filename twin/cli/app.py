"""The `twin` command: its sub-commands, and what errors look like from outside."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import typer

from twin.cli import (
    assumptions,
    calibrate,
    check,
    city,
    compare,
    indicators,
    money,
    new,
    parameters,
    report,
    run,
    sweep,
    vote,
    works,
)
from twin.core.errors import ClusterError, SolveError, TwinError

app = typer.Typer(
    name="twin",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich help costs 0.4 s at every start
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(asked: bool) -> None:
    """Print the version and leave."""
    if asked:
        from importlib.metadata import version

        typer.echo(f"twin {version('urban-twin')}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Simulate a city day by day and compare policies. A scenario file is one question."""
    del version


app.command("run")(run.run)
app.command("compare")(compare.compare)
app.command("sweep")(sweep.sweep)
app.command("assumptions")(assumptions.assumptions)
app.command("money")(money.money)
app.command("report")(report.report)
app.command("works")(works.works)
app.command("new")(new.new)
app.command("calibrate")(calibrate.calibrate)
app.command("check")(check.check)
app.command("plan")(check.plan)
app.command("schema")(check.schema)
app.command("parameters")(parameters.show_parameters)
app.command("indicators")(indicators.show_indicators)
app.command("vote")(vote.vote)
app.command("warm")(run.warm)
app.add_typer(city.app, name="city")

_MANY = ("--against", "--set")
OK, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with 0 ok, 1 failed, 2 bad input or 130 interrupted."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("gis").setLevel(logging.INFO)  # building a city takes a while: say so
    given = sys.argv[1:] if arguments is None else arguments
    try:
        app(args=repeat_options(given), prog_name="twin")
    except TwinError as error:
        typer.echo(str(error), err=True)
        sys.exit(FAILED if failed_while_running(error) else BAD_INPUT)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def failed_while_running(error: TwinError) -> bool:
    """Return whether a run failed, rather than an input was wrong."""
    from concurrent.futures import BrokenExecutor

    failed = isinstance(error, SolveError | ClusterError)
    return failed or isinstance(error.__cause__, BrokenExecutor)


def repeat_options(arguments: list[str]) -> list[str]:
    """Return arguments in which an option that takes several values stands before each."""
    out: list[str] = []
    current, taken = "", False
    for argument in arguments:
        if argument.startswith("-"):
            current, taken = (argument if argument in _MANY else ""), False
            if not current:
                out.append(argument)
        elif current:
            out += [current, argument]
            taken = True
        else:
            out.append(argument)
    if current and not taken:
        out.append(current)  # the parser says what is missing
    return out
