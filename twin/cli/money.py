"""`twin money`: where the money of a run comes from and goes to."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotation
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.shown import Json, print_json, print_table

if TYPE_CHECKING:
    import pandas as pd

_TIYN_PER_MILLION = 1e8


def money(
    run: Annotated[Path, typer.Argument(help="Folder of one run.", metavar="RUN")],
    *,
    year: Annotated[
        int | None, typer.Option("--year", help="Calendar year; the first of the run.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--trace", metavar="ACCOUNT", help="Follow one tenge that this account pays."),
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="Rows to show.")] = 40,
    as_json: Json = False,
) -> None:
    """Show who paid whom for what in a year of a run, or where one tenge ended."""
    from twin.core.errors import ScenarioError
    from twin.economy import trace
    from twin.experiment.store import open_run

    table = open_run(run).money
    years = sorted({int(month[:4]) for month in table["month"]})
    year = years[0] if year is None else year
    if year not in years:
        message = f"--year {year}: the run has the years {years[0]} to {years[-1]}"
        raise ScenarioError(message)
    shown = _statement(table, year) if source is None else trace(table, source, year=year)
    if as_json:
        print_json(shown.to_dict("records"))
        return
    rows = [[_cell(value) for value in row] for row in shown.head(top).itertuples(index=False)]
    what = f"money of {year}" if source is None else f"one tenge of {source} in {year}"
    print_table(what, list(shown.columns), rows)
    if len(shown) > top:
        typer.echo(f"{len(shown) - top} more rows; see them with --top {len(shown)}")


def _cell(value: object) -> str:
    """Return a value as a cell."""
    return f"{value:,.4f}" if isinstance(value, float) else str(value)


def _statement(table: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the cash of a year by accounts and purpose, in million KZT, largest first."""
    rows = table[(table["instrument"] == "cash") & table["month"].str.startswith(f"{year}-")]
    keys = ["source", "target", "purpose"]
    sums = rows.groupby(keys, as_index=False)["amount_tiyn"].sum()
    sums = sums.sort_values("amount_tiyn", ascending=False, kind="stable", ignore_index=True)
    million = sums.pop("amount_tiyn") / _TIYN_PER_MILLION
    return sums.assign(million_kzt=million)
