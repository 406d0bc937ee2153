"""Puts the page together and writes it: whole or not at all."""

from __future__ import annotations

import importlib.resources
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from twin.core.errors import Fault, StoreError
from twin.report import facts
from twin.report.charts import charts
from twin.report.city_map import map_data
from twin.report.cold import cold_districts, cold_figures, cold_night
from twin.report.headline import headline
from twin.report.verdicts import SIGNS, EffectGroup, effect_groups, expected_rows, short_answer
from twin.report.words import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from twin.city.bundle import City
    from twin.experiment.store import Run
    from twin.report.words import Words
    from twin.scenario.spec import Scenario

_MAIN_AT_MOST = 8
_FEW = 5
"""Fewer replications than this give rough t intervals, which the page says."""
_DECK_MARK = "globalThis.deck"


def write_report(  # noqa: PLR0913 - every part of the page is a parameter of its own
    path: Path | str,
    *,
    scenario: Scenario,
    effects: pd.DataFrame,
    answer: str,
    expectations: pd.DataFrame,
    runs: Mapping[str, Sequence[Run]],
    city: City,
    lang: str = "en",
) -> Path:
    """Write the comparison as one HTML page that makes no network request.

    Parameters
    ----------
    path
        File to write; its folder is created. An older file there is replaced.
    scenario
        Question, main indicators, name.
    effects, expectations, answer
        As `twin.experiment` returns them.
    runs
        Runs by policy, base first, at least one each.
    city
        City of the runs.
    lang
        Language of the page: `en`, `kk` or `ru`.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    StoreError
        If the file cannot be written, or the runs are not of this city.
    ScenarioError
        If the language is not known.
    """
    told = words(lang).with_labels(scenario.labels)
    matters = dict(scenario.matters)
    path = Path(path)
    _require_writable(path)
    first = [kind for kind in scenario.indicators if (effects["indicator"] == kind).any()]
    night = cold_night(runs)
    cold = {} if night is None else cold_figures(runs, night, told)
    drawn = charts(runs, _main(scenario, runs), told, cold)
    groups = effect_groups(effects, told, matters)
    n_futures = max(len(group) for group in runs.values())
    shares, guessed = facts.input_shares(city, told)
    page = _template(
        "page.html.j2",
        told=told,
        scenario=scenario,
        title=scenario.name.replace("_", " ").capitalize(),
        facts_line=_facts_line(scenario, runs, city, told),
        answer=answer,
        short_answer=short_answer(effects, first, told, matters),
        headline=headline(effects, first, matters, told),
        left_out=scenario.left_out,
        networks_made=facts.synthetic_networks(city, told),
        synthetic=facts.is_synthetic(city),
        guessed=told.percent(guessed),
        policies=facts.policies(runs, told),
        main_groups=_split(groups, first)[0],
        other_groups=_split(groups, first)[1],
        signs=SIGNS,
        expected=expected_rows(expectations, told),
        n_futures=n_futures,
        few_futures=1 < n_futures < _FEW,
        charts=drawn,
        night=night,
        cold_districts=[] if night is None else cold_districts(runs, night, city, told),
        first_seed=next(iter(runs.values()))[0].seed,
        map_json=_json(map_data(city, runs) | {"words": _map_words(told, runs)}),
        shares=shares,
        balances=facts.balances(runs, told),
        seeds=facts.seeds_text(runs),
        command=facts.command(scenario, runs, lang),
        runs=runs,
        base_run=next(iter(runs.values()))[0],
        city=city,
        osm=facts.uses_osm(city),
        deck_js=_deck_js(),
    )
    _write(path, page)
    return path


def _main(scenario: Scenario, runs: Mapping[str, Sequence[Run]]) -> list[str]:
    """Return the indicators to draw: the scenario's own, or the first that runs have."""
    known = list(dict.fromkeys(next(iter(runs.values()))[0].indicators["indicator"]))
    chosen = [kind for kind in scenario.indicators if kind in known]
    return (chosen or known)[:_MAIN_AT_MOST]


def _split(
    groups: list[EffectGroup], first: Sequence[str]
) -> tuple[list[EffectGroup], list[EffectGroup]]:
    """Return the main indicators' effects and the others'."""
    main = [group for group in groups if group.kind in first] or groups[:_MAIN_AT_MOST]
    return main, [group for group in groups if group not in main]


def _facts_line(
    scenario: Scenario, runs: Mapping[str, Sequence[Run]], city: City, told: Words
) -> str:
    n = max(len(group) for group in runs.values())
    return told.text(
        "facts" if n > 1 else "facts_one",
        city=city.name,
        people=told.count(len(city.persons)),
        start=told.date(scenario.start),
        end=told.date(scenario.end),
        seeds=n,
    )


def _map_words(told: Words, runs: Mapping[str, Sequence[Run]]) -> dict[str, Any]:
    """Return the texts the map's own script needs."""
    sections = ("networks", "network_items", "materials", "road_classes", "uses", "known_by")
    return {
        "decimal": told.sections["decimal"],
        "texts": dict(told.section("texts")),
        "arms": {arm: told.arm(arm) for arm in runs},
        "units": dict(told.section("units")),
        **{name: dict(told.section(name)) for name in sections},
    }


def _json(value: object) -> Markup:
    """Return JSON that may stand inside a script element."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - the one sign that ends it is escaped


def _deck_js() -> Markup:
    """Return deck.gl as the pydeck wheel carries it.

    Raises
    ------
    StoreError
        If the installed pydeck has no deck.gl where it is expected.
    """
    file = importlib.resources.files("pydeck") / "nbextension" / "static" / "index.js"
    text = file.read_text("utf-8") if file.is_file() else ""
    if _DECK_MARK not in text:
        raise StoreError(
            Fault(str(file), "does not carry deck.gl", "install pydeck 0.9 as pyproject.toml says")
        )
    return _inline(text)


def _inline(script: str) -> Markup:
    """Return a script that may stand inside a script element."""
    safe = script.replace("</script", "<\\/script").replace("<!--", "<\\!--")
    return Markup(safe)  # noqa: S704 - from an installed package, its end marks escaped


def _template(name: str, **values: object) -> str:
    environment = Environment(
        loader=PackageLoader("twin.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name).render(**values)


def _unwritable(path: Path, reason: str) -> StoreError:
    return StoreError(
        Fault(
            str(path),
            f"cannot be written: {reason}",
            "name an HTML file in a folder you may write to, or free disk space",
        )
    )


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}-{os.getpid()}")


def _require_writable(path: Path) -> None:
    """Refuse a place that cannot be written before any work is done."""
    if path.is_dir():
        raise _unwritable(path, "it is a folder")
    probe = _temporary(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from error


def _write(path: Path, page: str) -> None:
    temporary = _temporary(path)
    try:
        temporary.write_text(page, "utf-8")
        temporary.replace(path)
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from error
    finally:
        temporary.unlink(missing_ok=True)
