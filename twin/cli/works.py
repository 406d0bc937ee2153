"""`twin works`: the capital plan of runs, for planners."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads signatures
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.shown import note

if TYPE_CHECKING:
    import pandas as pd

    from twin.city.bundle import City
    from twin.scenario import Scenario


def works(
    run: Annotated[Path, typer.Argument(help="Run folder.", metavar="RUN")],
    *,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="F.csv", help="Table to write.")
    ] = None,
    gpkg: Annotated[
        Path | None,
        typer.Option("--gpkg", metavar="F.gpkg", help="GeoPackage to write, styled for QGIS."),
    ] = None,
) -> None:
    """Write the works that a run has carried out: asset, action, year, cost and reason of each."""
    from gis.export.capital_plan import write_plan_geopackage, write_plan_table
    from twin.experiment.pages import city_of, open_runs, scenario_of, split_arms

    if csv is None and gpkg is None:
        raise typer.BadParameter("give --csv, --gpkg or both", param_hint="--csv")
    by_arm = split_arms(open_runs([run]))
    runs = next(iter(by_arm.values()))
    if len(runs) > 1:
        names = ", ".join(sorted(one.path.name for one in runs))
        message = f"{run} holds {len(runs)} runs; name one of {names}"
        raise typer.BadParameter(message, param_hint="RUN")
    plan = runs[0].works
    if csv is not None:
        note(f"{_sum(plan)} in {write_plan_table(plan, csv)}")
    if gpkg is not None:
        scenario = scenario_of(by_arm)
        city = _with_links(city_of(scenario, by_arm), scenario)
        note(f"{_sum(plan)} in {write_plan_geopackage(city, plan, gpkg)}")


def _with_links(city: City, scenario: Scenario) -> City:
    """Return the city with the links that the run laid, or could lay."""
    from twin.city.heat_loops import with_heat_loops
    from twin.policy.heat_loops import HeatLoops

    loops = scenario.levers["heat_loops"]
    if not isinstance(loops, HeatLoops):
        return city
    return with_heat_loops(city, loops.count + loops.candidates, scenario.start.year)


def _sum(plan: pd.DataFrame) -> str:
    """Return number and cost of works in words."""
    return f"{len(plan)} works for {plan['cost_kzt'].sum() / 1e6:,.1f} M KZT"
