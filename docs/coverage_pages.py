"""The pages of indicators, published frames and coverage of the source paper, as Markdown."""

from __future__ import annotations

from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from twin.core.registry import nearest
from twin.indicators import indicators
from twin.indicators.views import coverage_of, load_view, view_names
from twin.policy import levers
from twin.scenario import shocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "docs" / "coverage.yaml"
INDICATORS = ROOT / "docs" / "indicators.md"
COVERAGE = ROOT / "docs" / "coverage.md"

_BETTER = {"+": "more", "-": "less", "": "-"}
_REASONS = ("not_yet", "no")


def indicators_page() -> str:
    """Return the page of indicators and of the frames that are views over them."""
    lines = [
        "# Indicators",
        "",
        "Every registered indicator, and the published frames that are views over them. Made from",
        "the code by `python docs/generate.py`; `twin indicators` prints the same.",
        "",
        "| indicator | unit | better | formula | source |",
        "|---|---|---|---|---|",
        *(
            f"| `{kind}` | {one.unit} | {_BETTER[one.better]} | {_cell(one.meaning)} | "
            f"{one.source} |"
            for kind, one in indicators.items()
        ),
        "",
        "## Published frames",
        "",
        "A frame counts its items as computed in whole, in part, set by a lever (an input of a",
        "run, no result), or not computed, with the reason. `twin indicators --view NAME` lists",
        "its items, `twin indicators --view NAME RUN` shows the values of a run. Scores have fixed",
        "reference points, so they do not depend on what is compared.",
        "",
        "| view | frame | items | whole | part | set by a lever | not computed | not listed |",
        "|---|---|---|---|---|---|---|---|",
    ]
    views = [load_view(name) for name in view_names()]
    for view in views:
        count = coverage_of(view)
        cells = (count.named, count.computed, count.partly, count.inputs, count.missing)
        numbers = " | ".join(map(str, (*cells, count.named - count.listed)))
        lines.append(f"| `{view.view}` | {view.name} | {numbers} |")
    for view in views:
        lines += ["", f"**{view.name}.** {_sentence(view.source)} {view.about}".rstrip()]
    return "\n".join([*lines, ""])


def sections() -> list[dict[str, Any]]:
    """Return the sections of the file of coverage."""
    loaded: list[dict[str, Any]] = YAML(typ="safe").load(DATA.read_text(encoding="utf-8"))
    return loaded


def coverage_page() -> str:
    """Return the page that shows what became of everything the source paper names."""
    parts = sections()
    rows = [row for part in parts for row in part["rows"]]
    counts = Counter(_outcome(row) for row in rows)
    lines = [
        "# Coverage of the source paper",
        "",
        "The project follows Mendybayev, Burbayeva and Otar 2021 (doi",
        "10.52123/1994-2370-2021-76-1-59) on the smartification of cities in Kazakhstan. Each row",
        "is something that it names, in our words, and where it is in this program: a lever, a",
        "mechanism (module), a shock, an indicator, a scenario, or the reason why it is not. Made",
        "from `docs/coverage.yaml` by `python docs/generate.py`; a test checks every name.",
        "",
        (
            f"{len(rows)} rows: {counts['whole']} covered, {counts['partly']} covered in part, "
            f"{counts['not_yet']} not yet, {counts['no']} left out for a reason."
        ),
        "",
    ]
    for part in parts:
        lines += [
            f"## {part['section']}",
            "",
            "| named | where it is | what is missing |",
            "|---|---|---|",
        ]
        lines += [f"| {row['item']} | {_where(row)} | {_missing(row)} |" for row in part["rows"]]
        lines.append("")
    return "\n".join(lines)


def faults() -> list[str]:
    """Return every fault of the file of coverage: unknown names, rows without an end."""
    found = []
    for part in sections():
        for row in part["rows"]:
            place = f"{DATA.name}: {part['section']}: {row.get('item', 'row without item')}"
            found += [f"{place}: {fault}" for fault in _row_faults(row)]
    return found


def _row_faults(row: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a row."""
    unknown = set(row) - {"item", *_CHECKS, *_REASONS}
    if unknown:
        yield f"unknown keys {sorted(unknown)}"
    if not any(row.get(key) for key in (*_CHECKS, *_REASONS)):
        yield "has no lever, mechanism, indicator, scenario or shock and no reason"
    if all(key in row for key in _REASONS):
        yield "has both `no` and `not_yet`"
    for sort, check in _CHECKS.items():
        for name in row.get(sort, ()):
            fault = check(name)
            if fault:
                yield f"{sort} {name!r}: {fault}"


def _lever_fault(name: str) -> str:
    """Return why no lever, or no field of it, has that name."""
    kind, _, field = name.partition(".")
    if kind not in levers:
        return f"no such lever. {nearest(kind, list(levers))}"
    fields = levers[kind].model_fields
    return "" if not field or field in fields else f"no such field. {nearest(field, list(fields))}"


def _module_fault(name: str) -> str:
    """Return why there is no module of that name."""
    try:
        return "" if find_spec(name) else "no such module"
    except ModuleNotFoundError:
        return "no such module"


def _indicator_fault(name: str) -> str:
    """Return why no indicator has that name."""
    return "" if name in indicators else f"no such indicator. {nearest(name, list(indicators))}"


def _scenario_fault(name: str) -> str:
    """Return why there is no scenario of that name."""
    return "" if (ROOT / "scenarios" / f"{name}.yaml").is_file() else "no such file in scenarios"


def _shock_fault(name: str) -> str:
    """Return why no shock has that name."""
    return "" if name in shocks else f"no such shock. {nearest(name, list(shocks))}"


_CHECKS: dict[str, Callable[[str], str]] = {
    "lever": _lever_fault,
    "mechanism": _module_fault,
    "shock": _shock_fault,
    "indicator": _indicator_fault,
    "scenario": _scenario_fault,
}
"""Sorts of names a row may have, each with the check of a name."""


def _outcome(row: dict[str, Any]) -> str:
    """Return how a row ends: `whole`, `partly`, `not_yet` or `no`."""
    named = any(row.get(sort) for sort in _CHECKS)
    reason = next((key for key in _REASONS if key in row), "")
    if named:
        return "partly" if reason else "whole"
    return reason


def _where(row: dict[str, Any]) -> str:
    """Return the names of a row by their sort."""
    parts = [
        f"{sort} {', '.join(_linked(sort, name) for name in row[sort])}"
        for sort in _CHECKS
        if row.get(sort)
    ]
    return "; ".join(parts) or "-"


def _linked(sort: str, name: str) -> str:
    """Return a name, a scenario as a link to its file."""
    return f"[{name}](../scenarios/{name}.yaml)" if sort == "scenario" else f"`{name}`"


def _missing(row: dict[str, Any]) -> str:
    """Return the reason of a row."""
    words = {"not_yet": "not yet: ", "no": "no: "}
    return next((f"{words[key]}{_cell(row[key])}" for key in _REASONS if key in row), "")


def _cell(text: str) -> str:
    """Return a text that fits a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def _sentence(text: str) -> str:
    """Return a text with a full stop."""
    return text if text.endswith(".") else f"{text}."
