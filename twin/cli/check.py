"""`twin check`, `twin plan`, `twin schema`: what a scenario file says, before anything runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.shown import Json, counted, load_all, print_json, print_table

if TYPE_CHECKING:
    from twin.scenario import Scenario
    from twin.scenario.shocks import Shock


def check(
    files: Annotated[list[Path], typer.Argument(help="Scenario files.", metavar="FILE...")],
) -> None:
    """Check scenario files and report every fault of all of them."""
    from twin.city.bundle import read_manifest
    from twin.core.errors import CityDataError, Fault

    faults: list[Fault] = []
    for scenario in load_all(files):
        cities = [scenario.city, *(town.city for town in scenario.towns)]
        for bundle in [city.bundle for city in cities if city is not None and city.bundle]:
            try:
                read_manifest(bundle)
            except CityDataError as error:
                faults += error.faults
        typer.echo(
            f"{scenario.path}: {_places(scenario)}"
            f"{counted(1 + len(scenario.arms), 'policy', 'policies')}, "
            f"{counted(scenario.n_days, 'day')} from {scenario.start}, "
            f"{counted(scenario.seeds, 'seed')}"
        )
    if faults:
        raise CityDataError(faults)


def _places(scenario: Scenario) -> str:
    """Return how many towns there are, where there are several."""
    return f"{len(scenario.towns)} towns, " if scenario.towns else ""


def plan(
    file: Annotated[Path, typer.Argument(help="Scenario file.")],
    *,
    out: Annotated[
        Path, typer.Option("--out", help="Folder of runs, from which the speed is measured.")
    ] = Path("runs"),
    as_json: Json = False,
) -> None:
    """Print what a scenario will do: the steps of a day, its runs, and every setting."""
    from twin.model.day.order import STEP_ORDER

    scenario = load_all([file])[0]
    n_policies = 1 + len(scenario.arms)
    if as_json:
        print_json(
            {
                "steps": [{"name": step.name, "does": step.does} for step in STEP_ORDER],
                "runs": n_policies * scenario.seeds,
                "hash": scenario.hash,
                "resolved": scenario.resolved(),
            }
        )
        return
    typer.echo(scenario.question)
    print_table(
        "A day",
        ["step", "does"],
        [[f"{i + 1} {step.name}", step.does] for i, step in enumerate(STEP_ORDER)],
    )
    print_table("Policies", ["setting", "meaning", "base", *scenario.arms], _settings(scenario))
    if scenario.towns:
        print_table("Towns and state", ["setting", "base", *scenario.arms], _of_towns(scenario))
    if scenario.shocks:
        rows = [_shock(shock) for shock in scenario.shocks]
        print_table("Shocks, equal in every policy", ["date", "kind", "settings"], rows)
    n_runs = n_policies * scenario.seeds
    typer.echo(
        f"{counted(n_policies, 'policy', 'policies')} x {counted(scenario.seeds, 'seed')} = "
        f"{counted(n_runs, 'run')} of {counted(scenario.n_days, 'day')}, "
        f"{scenario.start} to {scenario.end}"
    )
    typer.echo(expected_time(scenario, n_runs, out))


def expected_time(scenario: Scenario, n_runs: int, out: Path) -> str:
    """Return in words how long the runs will take, from the speed of finished runs of this city."""
    import json
    import os

    speeds = []
    city = scenario.resolved()["city"]
    for file in sorted(out.glob("*/*/seed-*/manifest.json")):
        try:
            manifest = json.loads(file.read_text("utf-8"))
            if manifest["resolved"]["city"] == city:
                speeds.append(float(manifest["wall_s"]) / int(manifest["resolved"]["n_days"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue  # no finished run of this program
    if not speeds:
        return (
            f"expected time: not known, as {out} holds no finished run of this city; "
            f"twin run {scenario.path} --days 30 measures the speed of this machine"
        )
    each_s = sorted(speeds)[len(speeds) // 2] * scenario.n_days
    jobs = max(1, min(os.cpu_count() or 1, n_runs))
    return (
        f"expected time: {_duration(each_s)} a run, {_duration(each_s * n_runs / jobs)} in all "
        f"with {counted(jobs, 'process', 'processes')}, by the speed of "
        f"{counted(len(speeds), 'finished run')} in {out}"
    )


def _duration(seconds: float) -> str:
    """Return a duration in words."""
    for size, unit in ((3600.0, "h"), (60.0, "min")):
        if seconds >= size:
            return (
                f"{seconds / size:.2g} {unit}"
                if seconds < 100 * size
                else f"{seconds / size:.0f} {unit}"
            )
    return f"{seconds:.2g} s"


def _shock(shock: Shock) -> list[str]:
    """Return date, kind and settings of a shock."""
    named = {name: getattr(shock, name) for name in type(shock).model_fields}
    settings = [f"{name} {_shown(named[name])}" for name in named if name not in ("date", "kind")]
    return [str(named["date"]), str(named["kind"]), ", ".join(settings)]


def _shown(value: object) -> str:
    """Return a value as a scenario file has it."""
    if isinstance(value, dict):
        return ", ".join(f"{year}: {_shown(item)}" for year, item in value.items())
    if isinstance(value, tuple | list):
        return f"[{', '.join(_shown(item) for item in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _settings(scenario: Scenario) -> list[list[str]]:
    """Return one row per setting with its meaning and its value in every policy.

    `=` stands where a value is as in the base; what changes with time is shown by year.
    Settings are all fields of levers, and the parameters that differ from their defaults somewhere.
    """
    from twin.report.words import words
    from twin.scenario.form_path import unit_of

    told = words("en")
    base = scenario.resolved()["levers"]
    arms = [arm.resolved()["levers"] for arm in scenario.arms.values()]
    rows = []
    for kind, lever in scenario.levers.items():
        for name, field in type(lever).model_fields.items():
            mine = base[kind][name]
            others = [arm[kind][name] for arm in arms]
            shown = ["=" if other == mine else _shown(other) for other in others]
            unit = unit_of(field)
            meant = told.name("levers", f"{kind}.{name}")
            text = f"{meant} [{unit}]" if unit and unit not in meant else meant
            rows.append([f"{kind}.{name}", text, _shown(mine), *shown])
    return rows + _parameters(scenario)


def _of_towns(scenario: Scenario) -> list[list[str]]:
    """Return one row per fact of a town or the state's fund, with its value in every policy.

    Levers of a town are shown where they differ from those of the file in some policy.
    """
    from twin.scenario import facts_of_towns

    per_policy = [facts_of_towns(one) for one in scenario.all_arms()]
    rows = []
    for name in dict.fromkeys(name for facts in per_policy for name in facts):
        base, *others = [facts.get(name, "as the file") for facts in per_policy]
        rows.append([name, base, *("=" if other == base else other for other in others)])
    return rows


def _parameters(scenario: Scenario) -> list[list[str]]:
    """Return one row per parameter that is not at its default in every policy."""
    base = dict(scenario.parameters.items())
    arms = [dict(arm.parameters.items()) for arm in scenario.arms.values()]
    set_somewhere = {path for one in scenario.all_arms() for path, _ in one.parameter_items}
    return [
        [
            f"parameters.{path}",
            f"{value.facts.meaning or path} [{value.facts.unit}]",
            f"{value:g}",
            *("=" if arm[path] == value else f"{arm[path]:g}" for arm in arms),
        ]
        for path, value in base.items()
        if path in set_somewhere
    ]


def schema() -> None:
    """Print the JSON schema of scenario files, levers and shocks included."""
    from twin.scenario import scenario_schema

    print_json(scenario_schema())
