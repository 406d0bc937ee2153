"""`twin calibrate`: a town's own records move the numbers they speak to."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads signatures
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.shown import counted, note, print_table

if TYPE_CHECKING:
    from twin.calibration.calibrate import Calibration, Records
    from twin.city.bundle import City


def calibrate(
    city: Annotated[Path, typer.Argument(help="Folder of a city bundle.", metavar="CITY")],
    *,
    records: Annotated[
        Path, typer.Option("--records", help="Folder with records.yaml and the files it names.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder to write.")],
    backtest: Annotated[
        int | None,
        typer.Option("--backtest", metavar="YEAR", help="Also fit to the years before, and score."),
    ] = None,
    draws: Annotated[
        int, typer.Option("--draws", min=1, max=200, help="Parameter sets to write.")
    ] = 8,
    years: Annotated[int, typer.Option("--years", min=1, max=50, help="Years to forecast.")] = 5,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of all draws.")] = 1,
) -> None:
    """Fit wear and reporting to a town's records, and write a calibrated city to run.

    OUT gets calibrated.yaml (a scenario), draw_001.yaml and so on (parameter sets of the
    posterior), city/ (with
    what records say of each main), calibration.md and .json, forecast.csv, pipes.csv,
    reporting.csv, left_out.csv, and with --backtest backtest.md and .png.
    """
    from twin.calibration.backtest.backtest import back_test
    from twin.calibration.backtest.page import write_page
    from twin.calibration.calibrate import calibrate_wear, read_records
    from twin.city.bundle import load_city

    town = load_city(city)
    found = read_records(records, town)
    for line in found.left_out.lines():
        note(line)
    out.mkdir(parents=True, exist_ok=True)
    found.left_out.write(out / "left_out.csv")
    fitted = calibrate_wear(found, town, n_draws=draws, seed=seed)
    if found.reports is not None:
        _write_reporting(found, out)
    if fitted is None or found.pipes is None or found.breaks is None:
        if backtest is not None:
            raise typer.BadParameter("needs `breaks:` in records.yaml", param_hint="--backtest")
        note(f"reporting in {out}")
        return
    _write_wear(found, fitted, town, out, years=years, seed=seed)
    if backtest is not None:
        test = back_test(found.pipes, found.breaks, found.kind, backtest, seed=seed)
        write_page(test, fitted.numbers, out)
        for one in test.scores[:3]:
            typer.echo(
                f"back-test, all materials, {one.forecast}: CRPS {one.crps:.2f}, log score "
                f"{one.log_score:.2f}, {one.inside} of {one.n_years} years inside 90 %"
            )
    note(f"calibrated city in {out}; run it with `twin run {out / 'calibrated.yaml'}`")


def _write_reporting(found: Records, out: Path) -> None:
    """Write and print reporting by group."""
    from twin.calibration.files import write_reporting
    from twin.calibration.reporting import reporting

    if found.reports is None:
        return
    rows = reporting(found.reports)
    write_reporting(rows, out / "reporting.csv")
    shown = [
        [
            row.district,
            row.kind,
            str(row.incidents),
            f"{row.reported_share:.2f} ({row.reported_low:.2f} to {row.reported_high:.2f})",
            f"{row.true_per_year:.0f} ({row.true_low:.0f} to {row.true_high:.0f})",
        ]
        for row in rows
    ]
    heads = ["district", "kind", "on record", "reported share (90 %)", "a year, in truth (90 %)"]
    print_table("Reporting", heads, shown)


def _write_wear(
    found: Records, fitted: Calibration, town: City, out: Path, *, years: int, seed: int
) -> None:
    """Write what the breaks teach, and print it."""
    from twin.calibration.files import write_calibration, write_forecast, write_scenarios
    from twin.calibration.today import with_history
    from twin.calibration.wear.forecast import forecast
    from twin.city.bundle import save_city

    if found.pipes is None or found.breaks is None:
        return
    ahead = forecast(
        found.pipes, fitted.wear.laws, int(found.breaks.end), years, n_draws=400, seed=seed
    )
    write_forecast(ahead, found.pipes, out)
    write_calibration(fitted, found, out)
    known = with_history(town, found.pipes, found.breaks, fitted.wear, found.shut, seed=seed)
    save_city(known.city, out / "city")
    note(known.summary)
    write_scenarios(fitted, found, out)
    moved = [one for one in fitted.numbers if one.evidence == "fitted"]
    rows = [
        [one.path, f"{one.default:.3g}", f"{one.middle:.3g}", f"{one.low:.3g} to {one.high:.3g}"]
        for one in moved
    ]
    print_table("Fitted to records", ["parameter", "default", "middle", "90 %"], rows)
    silent = len(fitted.numbers) - len(moved)
    typer.echo(
        f"{counted(len(moved), 'parameter')} fitted; records are silent on {silent} of these laws, "
        "which keep what is published, as do all other parameters"
    )
