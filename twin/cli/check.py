"""`twin check`, `twin plan`, `twin schema`: what a scenario file says, before anything runs."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads signatures
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
        if scenario.city.bundle is not None:
            try:
                read_manifest(scenario.city.bundle)
            except CityDataError as error:
                faults += error.faults
        typer.echo(
            f"{scenario.path}: {counted(1 + len(scenario.arms), 'policy', 'policies')}, "
            f"{counted(scenario.n_days, 'day')} from {scenario.start}, "
            f"{counted(scenario.seeds, 'seed')}"
        )
    if faults:
        raise CityDataError(faults)


def plan(
    file: Annotated[Path, typer.Argument(help="Scenario file.")], *, as_json: Json = False
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
    print_table("Policies", ["setting", "base", *scenario.arms], _settings(scenario))
    if scenario.shocks:
        rows = [_shock(shock) for shock in scenario.shocks]
        print_table("Shocks, equal in every policy", ["date", "kind", "settings"], rows)
    n_runs = n_policies * scenario.seeds
    typer.echo(
        f"{counted(n_policies, 'policy', 'policies')} x {counted(scenario.seeds, 'seed')} = "
        f"{counted(n_runs, 'run')} of {counted(scenario.n_days, 'day')}, "
        f"{scenario.start} to {scenario.end}"
    )


def _shock(shock: Shock) -> list[str]:
    """Return date, kind and settings of a shock."""
    named = {name: getattr(shock, name) for name in type(shock).model_fields}
    settings = [f"{name} {_shown(named[name])}" for name in named if name not in ("date", "kind")]
    return [str(named["date"]), str(named["kind"]), ", ".join(settings)]


def _shown(value: object) -> str:
    """Return a value as a scenario file has it."""
    if isinstance(value, tuple | list):
        return f"[{', '.join(_shown(item) for item in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _settings(scenario: Scenario) -> list[list[str]]:
    """Return one row per setting with its value in every policy; `=` where as in the base.

    Settings are all fields of levers, and the parameters that differ from their defaults somewhere.
    """
    arms = list(scenario.arms.values())
    rows = []
    for kind, lever in scenario.levers.items():
        for name in type(lever).model_fields:
            base = getattr(lever, name)
            others = [getattr(arm.levers[kind], name) for arm in arms]
            shown = ["=" if other == base else _shown(other) for other in others]
            rows.append([f"{kind}.{name}", _shown(base), *shown])
    return rows + _parameters(scenario)


def _parameters(scenario: Scenario) -> list[list[str]]:
    """Return one row per parameter that is not at its default in every policy."""
    base = dict(scenario.parameters.items())
    arms = [dict(arm.parameters.items()) for arm in scenario.arms.values()]
    set_somewhere = {path for one in scenario.all_arms() for path, _ in one.parameter_items}
    return [
        [
            f"parameters.{path}",
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
