"""Write the pages that follow from the code: `python docs/generate.py`.

`docs/levers.md`, `docs/nomenclature.md`, `docs/data-dictionary.md`, `scenarios/README.md` and the
tables of parameters in `docs/model.md` are made here, `docs/indicators.md` and `docs/coverage.md`
in `docs/coverage_pages.py`; a test makes them again and compares.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from docs import coverage_pages as coverage
from twin.citizens.columns import CITIZENS
from twin.city.tables import TABLES
from twin.core.parameter_set import Parameters
from twin.flows.heat import tables as heat_tables
from twin.indicators import indicators
from twin.institutions.lever_prices import FREE, PRICED
from twin.model.tables import RUN_TABLES
from twin.policy import levers
from twin.scenario import facts_of_towns, load_scenario, shocks
from twin.scenario.fields import Expectation, ScenarioForm, Synthesise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twin.core.columns import Column, Table
    from twin.core.parameters import Number
    from twin.scenario import Scenario

NOMENCLATURE = ROOT / "docs" / "nomenclature.md"
DICTIONARY = ROOT / "docs" / "data-dictionary.md"
SCENARIOS = ROOT / "scenarios" / "README.md"
MODEL = ROOT / "docs" / "model.md"
LEVERS = ROOT / "docs" / "levers.md"
PARAMETERS = re.compile(
    r"(<!-- parameters: (?P<groups>[\w., ]+) -->\n).*?(?=<!-- end of parameters -->)", re.DOTALL
)
"""Place of a table of parameters on a page, with the groups it lists."""

CLASSES = {
    "twin/city/view.py": ("AssetView", "AssetCondition", "WorksView", "CityView"),
    "twin/city/actions.py": (),  # all of them
    "twin/flows/base.py": ("NetworkState", "FlowService"),
    "twin/flows/water/solve.py": ("WaterState",),
    "twin/flows/water/simulate.py": ("WaterResult",),
    "twin/flows/traffic/assign.py": ("Assignment",),
}
"""Value classes whose fields are public names, by file."""

HAND_WRITTEN = {
    "assets": "Every pipe, main and street edge, as an `AssetView`.",
    "flow_m3s": "Flow of a link, positive from tail to head.",
    "leak_m3s": "What leaks at a node.",
    "mass_residual_m3s": "Largest imbalance of a node.",
    "net": "The network that was solved.",
    "objective": "Beckmann's objective at the flows found.",
    "people_affected": "Residents whom a waiting failure touches.",
    "status": "How a solve ended: converged, not converged, no source.",
    "works": "Failures that wait for a crew, as a `WorksView`.",
}
"""Meanings of fields that say nothing in the code; nothing else on the pages is written by hand."""

UNIT_OF_ENDING = (
    (r"(.+_)?kzt_per_person_month", "KZT/person/month"),
    (r"(.+_)?kzt_per_person_year", "KZT/person/year"),
    (r"(.+_)?kzt_per_km_year", "KZT/km/year"),
    (r"(.+_)?kzt_month", "KZT/month"),
    (r".+_kzt", "KZT"),
    (r"(.+_)?share_per_year", "share/year"),
    (r"(.+_)?share|.+_rate|wear_.+|severity|confidence|service", "share"),
    (r".+_per_km_year", "1/km/year"),
    (r".+_per_person_year", "1/person/year"),
    (r"failures_per_year", "1/year"),
    (r"hazen_williams_c", ""),  # a coefficient named C
    (r".+_m3s", "m3/s"),
    (r".+_kgs", "kg/s"),
    (r".+_w_m2k|loss_w_m2k", "W/(m2 K)"),
    (r".+_vehph", "veh/h"),
    (r".+_m2", "m2"),
    (r".+_ms", "m/s"),
    (r".+_km", "km"),
    (r".+_m", "m"),
    (r".+_pa", "Pa"),
    (r".+_w", "W"),
    (r".+_c", "C"),
    (r".+_s", "s"),
    (r".+_minutes", "min"),
    (r"(.+_)?years(_.+)?|age", "years"),
    (r".+_crews", "crews"),
    (r".+_days|days_.+", "days"),
)
"""Units that names end in; the first that fits."""

_SAME_UNIT = {"a": "year", "person a": "person/year", "km a": "km/year"}


@dataclass(frozen=True, slots=True)
class Use:
    """One place where a name is used."""

    place: str
    unit: str | None
    """None where the place leaves it to the ending of the name."""
    meaning: str


def unit_by_ending(name: str) -> str:
    """Return the unit that a name ends in."""
    for pattern, unit in UNIT_OF_ENDING:
        if re.fullmatch(pattern, name):
            return unit
    return ""


def one_way(unit: str) -> str:
    """Return a unit written with slashes and whole words: `1/(km a)` is `1/km/year`."""
    match = re.fullmatch(r"(.*)/\(?(person a|km a|a)\)?", unit)
    return f"{match[1]}/{_SAME_UNIT[match[2]]}" if match else unit


def sentence(text: str) -> str:
    """Return a meaning on one line, with a capital and a full stop."""
    text = " ".join(text.split()).replace("|", "\\|")
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".") if text else ""


PLACES = (
    *((table.name, table) for table in TABLES),
    *((f"run {table.name}", table) for table in RUN_TABLES),
    ("citizens", CITIZENS),
    ("heat nodes", heat_tables.NODES),
    ("heat pipes", heat_tables.PIPES),
    ("heat consumers", heat_tables.CONSUMERS),
    ("heat sources", heat_tables.SOURCES),
)
"""Tables whose columns are public names, by what the page calls them."""

FORMS = (
    ("scenario", ScenarioForm),
    ("city", Synthesise),
    ("expect", Expectation),
    *((f"shock {kind}", shock) for kind, shock in shocks.items()),
    *((f"lever {kind}", lever) for kind, lever in levers.items()),
)
"""Forms of a scenario file whose fields are public names."""


def _column_uses() -> Iterator[tuple[str, Use]]:
    for place, table in PLACES:
        for column in table.columns:
            yield column.name, Use(place, column.unit or None, column.meaning)


def _indicator_uses() -> Iterator[tuple[str, Use]]:
    for kind, indicator in indicators.items():
        yield kind, Use("indicator", one_way(indicator.unit), indicator.meaning)


def _form_uses() -> Iterator[tuple[str, Use]]:
    for place, form in FORMS:
        for name, field in form.model_fields.items():
            text = field.description or ""
            match = re.match(r"\[(.+?)\] ?", text)
            unit = match[1].replace("°", "") if match else ""
            yield name, Use(place, unit, text[match.end() :] if match else text)


def _field_uses() -> Iterator[tuple[str, Use]]:
    for path, wanted in CLASSES.items():
        for node in ast.parse((ROOT / path).read_text()).body:
            if isinstance(node, ast.ClassDef) and (not wanted or node.name in wanted):
                yield from _class_uses(node)


def _class_uses(node: ast.ClassDef) -> Iterator[tuple[str, Use]]:
    for i, statement in enumerate(node.body):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            after = node.body[i + 1] if i + 1 < len(node.body) else None
            text = after.value.value if _is_text(after) else ""
            yield statement.target.id, Use(node.name, None, text)


def _is_text(node: ast.stmt | None) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def uses() -> dict[str, list[Use]]:
    """Return every public name with the places that use it, alphabetically."""
    found: dict[str, list[Use]] = {}
    for part in (_column_uses(), _indicator_uses(), _form_uses(), _field_uses()):
        for name, use in part:
            found.setdefault(name, []).append(use)
    return dict(sorted(found.items()))


def unit_cell(name: str, places: list[Use]) -> str:
    """Return the unit of a name; where places differ, each with its place."""
    units: dict[str, list[str]] = {}
    for use in places:
        unit = unit_by_ending(name) if use.unit is None else use.unit
        units.setdefault(unit, []).append(use.place)
    units = {unit: where for unit, where in units.items() if unit} or {"": []}
    if len(units) == 1:
        return next(iter(units)) or "-"
    return "; ".join(f"{unit} ({', '.join(where)})" for unit, where in units.items())


def meaning_cell(name: str, places: list[Use]) -> str:
    """Return the meaning of a name; where places differ, each with its place."""
    meanings: dict[str, list[str]] = {}
    for use in places:
        if use.meaning:
            meanings.setdefault(sentence(use.meaning), []).append(use.place)
    if not meanings:
        if name not in HAND_WRITTEN:
            sys.exit(f"{name} ({places[0].place}): has no meaning; write a docstring below it")
        return HAND_WRITTEN[name]
    if len(meanings) == 1:
        return next(iter(meanings))
    return " ".join(f"*{', '.join(where)}*: {text}" for text, where in meanings.items())


def nomenclature() -> str:
    """Return the page of names."""
    rows = [
        f"| `{name}` | {unit_cell(name, places)} | {meaning_cell(name, places)} |"
        for name, places in uses().items()
    ]
    return "\n".join(
        [
            "# Nomenclature",
            "",
            "Names in tables, results, levers, indicators, and in what policies and networks see;",
            "SI inside, money in KZT. A name ends in its unit; a share runs from 0 to 1. Where one",
            "name serves several places, the cell says which says what. Names, units and meanings",
            "are read from the code by `python docs/generate.py`; change them there and run it.",
            "",
            "| name | unit | meaning |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _bounds(column: Column) -> str:
    """Return what values a column may have."""
    if column.choices:
        return ", ".join(column.choices)
    low = "" if column.low is None else f"{column.low:g}"
    high = "" if column.high is None else f"{column.high:g}"
    if not low and not high:
        return ""
    return f"{low} to {high}" if low and high else (f"from {low}" if low else f"up to {high}")


def _dictionary_table(table: Table) -> list[str]:
    lines = [f"### {table.name}", "", sentence(table.meaning)]
    if table.geometry:
        lines[-1] += f" Geometry: {table.geometry}."
    lines += [
        "",
        "| column | type | unit | values | may be empty | meaning |",
        "|---|---|---|---|---|---|",
    ]
    for column in table.columns:
        target = table.references.get(column.name)
        meaning = sentence(column.meaning) + (f" Row of `{target}`." if target else "")
        empty = "yes" if column.nullable else ""
        cells = (f"`{column.name}`", column.dtype, column.unit, _bounds(column), empty, meaning)
        lines.append("| " + " | ".join(cells) + " |")
    return [*lines, ""]


def dictionary() -> str:
    """Return the page of tables."""
    lines = [
        "# Data dictionary",
        "",
        "Every column of a city bundle and of a run, from `twin/city/tables.py` and",
        "`twin/model/tables.py`; made by `python docs/generate.py`.",
        "",
        "## City bundle",
        "",
        "One folder: `city.json` and a Parquet file per table, GeoParquet where it has a geometry.",
        "",
    ]
    for table in TABLES:
        lines += _dictionary_table(table)
    lines += ["## Run", "", "One folder: `manifest.json` and a Parquet file per table.", ""]
    for table in RUN_TABLES:
        lines += _dictionary_table(table)
    return "\n".join(lines)


def _changes(arm: Scenario, base: Scenario) -> list[str]:
    """Return what an arm sets otherwise than the base."""
    usual = dict(base.parameters.items())
    parameters = [
        f"`parameters.{path}` {usual[path]:g} to {value:g}"
        for path, value in arm.parameters.items()
        if value != usual[path]
    ]
    usual_facts, facts = facts_of_towns(base), facts_of_towns(arm)
    common = "as the file"
    towns = [
        f"`{name}` {usual_facts.get(name, common)} to {facts.get(name, common)}"
        for name in {**usual_facts, **facts}
        if usual_facts.get(name) != facts.get(name)
    ]
    return [*parameters, *towns] + [
        f"`{kind}.{name}` {_value(getattr(base.levers[kind], name))} to {_value(value)}"
        for kind, lever in arm.levers.items()
        for name, value in lever
        if value != getattr(base.levers[kind], name)
    ]


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _scenario_section(path: Path) -> list[str]:
    """Return what one scenario asks, varies, shows and expects."""
    scenario = load_scenario(path)
    shocks = [f"{shock.kind} on {shock.date}" for shock in scenario.shocks]
    several = f"{len(scenario.towns)} towns, " if scenario.towns else ""
    what = f"{several}{scenario.years} years from {scenario.start}, {scenario.seeds} seeds"
    policies = [
        f"| `{name}` | {'; '.join(_changes(arm, scenario))} |"
        for name, arm in scenario.arms.items()
    ]
    lines = [
        f"## [{scenario.name}]({path.name})",
        "",
        f"**{scenario.question}** {'; '.join([what, *shocks])}.",
        "",
        "| policy | what it sets otherwise than the base |",
        "|---|---|",
        *policies,
        "",
        f"Indicators: {', '.join(f'`{name}`' for name in scenario.indicators)}.",
        "",
        "Expected:",
        "",
    ]
    words = {"+": "higher", "-": "lower", "0": "unchanged"}
    for expected in scenario.expect:
        when = f" after {expected.after_years} years" if expected.after_years else ""
        lines.append(
            f"- `{expected.indicator}` {words[expected.sign]} under `{expected.arm}`{when}, "
            f"because {expected.because}"
        )
    return [*lines, ""]


def scenario_index() -> str:
    """Return the page of scenarios."""
    lines = [
        "# Scenarios",
        "",
        "One question each. `twin compare FILE` answers it; `twin plan` shows all",
        "that is set, with defaults. All start from [_base/town.yaml](_base/town.yaml), a",
        "synthetic town of 14,000 people; `renewal.order` is the field `order` of lever `renewal`.",
        "Expectations are the authors' and may turn out wrong: the comparison checks them against",
        "what is found. This page is made from the files by `python docs/generate.py`.",
        "",
    ]
    for path in sorted(SCENARIOS.parent.glob("*.yaml")):
        lines += _scenario_section(path)
    return "\n".join(lines)


def with_parameters(text: str) -> str:
    """Return a page with its tables of parameters as the code has them."""
    return PARAMETERS.sub(lambda place: place[1] + parameter_table(place["groups"]), text)


def parameter_table(groups: str) -> str:
    """Return the table of some groups of parameters; `groups` separates them by commas."""
    lines = ["", "| parameter | value | unit | bounds | sure | |", "|---|---|---|---|---|---|"]
    for group in groups.split(","):
        start = f"{group.strip()}."
        found = [(path, one) for path, one in Parameters.of({}).items() if path.startswith(start)]
        if not found:
            sys.exit(f"{MODEL}: {group.strip()!r} is not a group of parameters")
        lines += [_parameter_row(path, number) for path, number in found]
    return "\n".join([*lines, "", ""])


def _parameter_row(path: str, number: Number) -> str:
    """Return the row of a parameter: its meaning, and where its value comes from."""
    known = number.facts
    text = sentence("; ".join(part for part in (known.meaning, known.source) if part))
    cells = (f"`{path}`", f"{number:g}", known.unit, f"{known.low:g} to {known.high:g}")
    return "| " + " | ".join((*cells, known.grade.value, text)) + " |"


def lever_page() -> str:
    """Return the page of levers: each field, what it costs and why, with the source."""
    lines = [
        "# Levers and their prices",
        "",
        "What each field of each lever costs a year beyond what the neutral settings cost, or why",
        "it is free. `twin compare` shows what a policy costs in all, `spending_million_kzt_year`,",
        "and its effect per million KZT. Prices are parameters, set under `parameters:`.",
        "This page is made from the code by `python docs/generate.py`.",
        "",
    ]
    known = dict(Parameters.of({}).items())
    for kind in sorted(levers):
        lines += [f"## `{kind}`", "", "| field | neutral | price |", "|---|---|---|"]
        for name, fact in levers[kind].model_fields.items():
            prices = PRICED.get(f"{kind}.{name}", ())
            what = FREE.get(f"{kind}.{name}") or "<br>".join(
                _price_cell(path, known) for path in prices
            )
            neutral = _value(fact.get_default(call_default_factory=True))
            lines.append(f"| `{name}` | {neutral} | {what} |")
        lines.append("")
    return "\n".join(lines)


def _price_cell(path: str, known: Mapping[str, Number]) -> str:
    """Return a price with its value, grade and source."""
    if path not in known:
        return f"the field `{path.removeprefix('levers.')}` is a price itself"
    number = known[path]
    facts = number.facts
    text = sentence("; ".join(part for part in (facts.meaning, facts.source) if part))
    return f"`{path}` = {number:g} {facts.unit} ({facts.grade.value}): {text}"


def main() -> None:
    """Write all pages."""
    LEVERS.write_text(lever_page())
    MODEL.write_text(with_parameters(MODEL.read_text()))
    SCENARIOS.write_text(scenario_index())
    NOMENCLATURE.write_text(nomenclature())
    DICTIONARY.write_text(dictionary())
    coverage.INDICATORS.write_text(coverage.indicators_page())
    coverage.COVERAGE.write_text(coverage.coverage_page())


if __name__ == "__main__":
    main()
