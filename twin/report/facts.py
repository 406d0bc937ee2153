"""What stands behind the results: policies, input, checks, versions, sources."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from twin.city.networks import NETWORK_NAMES
from twin.city.tables import SOURCES, TABLES
from twin.report.charts import style_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twin.city.bundle import City
    from twin.experiment.store import Run
    from twin.report.words import Words
    from twin.scenario.spec import Scenario

BALANCE_LIMIT = 1e-9
_OSM_MARKS = ("openstreetmap", "odbl", "osm.pbf")


@final
@dataclass(frozen=True, slots=True)
class Policy:
    """One policy of the comparison."""

    arm: str
    name: str
    changes: tuple[str, ...]
    """`lever: base value -> its value`, one each."""
    style: dict[str, str]


@final
@dataclass(frozen=True, slots=True)
class InputShare:
    """Where one group of a city's columns comes from."""

    label: str
    rows: str
    shares: tuple[tuple[str, float, str], ...]
    """(source, per cent, text) of every source with rows."""


@final
@dataclass(frozen=True, slots=True)
class Balance:
    """Largest relative imbalance of one quantity."""

    label: str
    imbalance: str
    kept: bool


def policies(runs: Mapping[str, Sequence[Run]], words: Words) -> list[Policy]:
    """Return the policies with the lever values that differ from the base."""
    base = _levers(next(iter(runs.values()))[0])
    found = []
    for i, (arm, group) in enumerate(runs.items()):
        mine = _levers(group[0])
        changes = tuple(
            f"{words.name('levers', key)}: {_value(base.get(key), words)} \u2192 "
            f"{_value(value, words)}"
            for key, value in mine.items()
            if value != base.get(key)
        )
        found.append(Policy(arm, words.arm(arm), changes, style_of(i)))
    return found


def _levers(run: Run) -> dict[str, Any]:
    """Return a run's lever values by `kind.field`."""
    levers = run.manifest["resolved"]["levers"]
    return {
        f"{kind}.{field}": value
        for kind, fields in levers.items()
        for field, value in fields.items()
    }


def _value(value: object, words: Words) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "+", False: "\u2212"}.get(bool(value), "\u2013")
    if isinstance(value, (int, float)):
        return words.plain(value)
    if isinstance(value, dict):
        return ", ".join(f"{year}: {_value(item, words)}" for year, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item).replace("_", " ") for item in value)
    return str(value).replace("_", " ")


def is_synthetic(city: City) -> bool:
    """Return whether the streets themselves were generated."""
    return bool((city.street_edges["source"] == "synthetic").all())


def synthetic_networks(city: City, words: Words) -> str:
    """Return the names of the networks no edge of which was observed; empty where there is none."""
    return ", ".join(
        words.name("networks", name)
        for name in NETWORK_NAMES
        if len(source := city.network_edges(name)["source"]) and not (source == "observed").any()
    )


def input_shares(city: City, words: Words) -> tuple[list[InputShare], float]:
    """Return, per table and column group, where rows come from, and the whole share not observed.

    The whole share counts every row of every group once.
    """
    shares, cells, guessed = [], 0, 0
    for table in TABLES:
        frame = city.table(table.name)
        for column in table.columns:
            if not column.name.endswith("source") or not len(frame):
                continue
            counts = frame[column.name].value_counts()
            n = len(frame)
            cells += n
            guessed += n - int(counts.get("observed", 0))
            aspect = words.name("aspects", column.name.removesuffix("_source"))
            groups = sum(name.name.endswith("source") for name in table.columns)
            label = words.name("tables", table.name)
            shares.append(
                InputShare(
                    label=f"{label}: {aspect}" if groups > 1 else label,
                    rows=words.count(n),
                    shares=tuple(
                        (source, round(100.0 * counts[source] / n, 3), words.percent(part))
                        for source in SOURCES
                        if (part := counts.get(source, 0) / n) > 0
                    ),
                )
            )
    return shares, guessed / cells if cells else float("nan")


def balances(runs: Mapping[str, Sequence[Run]], words: Words) -> list[Balance]:
    """Return the largest imbalance of every conserved quantity over all runs."""
    worst: dict[str, float] = {}
    for group in runs.values():
        for run in group:
            for name, value in run.manifest["invariants"].items():
                worst[name] = max(worst.get(name, 0.0), float(value))
    return [
        Balance(words.name("balances", name), f"{value:.1e}", value <= BALANCE_LIMIT)
        for name, value in worst.items()
    ]


def seeds_text(runs: Mapping[str, Sequence[Run]]) -> str:
    """Return the seeds all policies share, as `A:B` (B left out) where they are in a row."""
    shared = set.intersection(*({run.seed for run in group} for group in runs.values()))
    seeds = sorted(shared)
    if seeds and seeds == list(range(seeds[0], seeds[-1] + 1)):
        return f"{seeds[0]}:{seeds[-1] + 1}"
    return ",".join(map(str, seeds))


def command(scenario: Scenario, runs: Mapping[str, Sequence[Run]], lang: str) -> str:
    """Return the command that makes this page again."""
    path = Path(scenario.path or f"{scenario.name}.yaml")
    if path.is_absolute():
        here = Path.cwd()
        path = path.relative_to(here) if path.is_relative_to(here) else Path(path.name)
    language = "" if lang == "en" else f" --lang {lang}"
    days = "" if scenario.days is None else f" --days {scenario.days}"
    seeds = seeds_text(runs)
    return f"twin compare {path.as_posix()} --seeds {seeds}{days} --report report.html{language}"


def uses_osm(city: City) -> bool:
    """Return whether the city must name the contributors of OpenStreetMap."""
    texts = " ".join(f"{s.path} {s.licence} {s.attribution}" for s in city.sources).lower()
    return any(mark in texts for mark in _OSM_MARKS)
