"""From run folders to a page: the scenario they record, and the city they ran on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.core.errors import Fault, StoreError
from twin.experiment.runs import hashed_city
from twin.experiment.store import Run, open_run
from twin.scenario.overrides import scenario_from_resolved
from twin.scenario.spec import BASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from twin.city.bundle import City
    from twin.scenario.spec import Scenario


def open_runs(paths: Iterable[Path]) -> list[Run]:
    """Open run folders; a folder of seeds gives all its runs.

    Raises
    ------
    StoreError
        With every folder that holds no run.
    """
    runs: list[Run] = []
    faults: list[Fault] = []
    for path in paths:
        seeds = sorted(path.glob("seed-*"))
        for folder in seeds or [path]:
            try:
                runs.append(open_run(folder))
            except StoreError as error:
                faults += error.faults
    if faults:
        raise StoreError(faults)
    return runs


def split_arms(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Return runs by arm, the base first.

    Raises
    ------
    StoreError
        If there are no runs, or none of a base.
    """
    if not runs:
        raise StoreError("no runs to report on: name run folders")
    grouped: dict[str, list[Run]] = {BASE: []}
    for run in runs:
        grouped.setdefault(run.arm, []).append(run)
    if not grouped[BASE]:
        raise StoreError(_without_base(runs[0], [arm for arm in grouped if arm != BASE]))
    return grouped


def _without_base(run: Run, arms: list[str]) -> Fault:
    """Return the fault of runs of policies alone, with the folders of the base beside them."""
    what = f"no run of the base is named to compare {', '.join(arms)} with"
    beside = sorted(run.path.parent.parent.glob(f"{run.scenario}-{BASE}-*"))
    where = " ".join(map(str, beside)) or "twin run FILE writes it"
    return Fault(str(run.path), what, f"name a folder of the base too: {where}")


def scenario_of(runs: Mapping[str, Sequence[Run]]) -> Scenario:
    """Return the scenario that runs of a base and of policies record in their manifests."""
    base = runs[BASE][0]
    resolved = dict(base.manifest["resolved"])
    resolved["arms"] = {
        arm: {
            section: group[0].manifest["resolved"][section]
            for section in ("levers", "parameters")
            if section in group[0].manifest["resolved"]
        }
        for arm, group in runs.items()
        if arm != BASE and group
    }
    return scenario_from_resolved(resolved, str(base.path))


def city_of(scenario: Scenario, runs: Mapping[str, Sequence[Run]]) -> City:
    """Return the city that runs were made on.

    Raises
    ------
    StoreError
        If the city has changed since.
    """
    place = hashed_city(scenario)
    run = runs[BASE][0]
    if run.manifest["city"]["content_hash"] != place.content_hash:
        raise StoreError(
            Fault(
                str(run.path),
                "was made on a city that has changed since",
                "run again, or restore the city bundle",
            )
        )
    return place.city
