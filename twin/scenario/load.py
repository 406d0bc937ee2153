"""From a scenario file to a `Scenario`: read, merge, check everything, then build."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from twin.core.errors import Fault, ScenarioError
from twin.core.registry import nearest
from twin.indicators import indicators
from twin.scenario.extends import (
    expand_arms,
    merge,
    override_node,
    read_chain,
    scenario_root,
    shown_path,
)
from twin.scenario.faults import faults_of
from twin.scenario.fields import ScenarioForm, levers_form, scenario_form
from twin.scenario.quantities import convert_quantities
from twin.scenario.source import Entry, Mark, Node, parse_text
from twin.scenario.spec import BASE, LeverItems, Scenario, anniversary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

_OVERRIDABLE = ("levers", "city", "start", "years", "days", "shocks")


def load_scenario(path: Path | str) -> Scenario:
    """Read a scenario file with its parents.

    A path such as `scenarios/emergency_spiral.yaml` that does not exist here means the scenario of
    that name that ships with the program.

    Raises
    ------
    ScenarioError
        With every fault of the file, each with file, line, column and what to do.
    """
    path = Path(path)
    if not path.exists() and not path.is_absolute() and path.parts[:1] == ("scenarios",):
        bundled = scenario_root().joinpath(*path.parts[1:])
        path = bundled if bundled.is_file() else path
    return build(read_chain(path), shown_path(path))


def scenario_from_text(text: str, shown: str = "scenario.yaml") -> Scenario:
    """Read a scenario from YAML text without `extends`; `shown` names it in messages.

    Raises
    ------
    ScenarioError
        As `load_scenario`.
    """
    tree = parse_text(text, shown)
    if isinstance(tree.value, dict) and "extends" in tree.value:
        entry = tree.value["extends"]
        raise ScenarioError(
            Fault(str(entry.key_mark), "extends needs a file", "use load_scenario on a file")
        )
    return build(expand_arms(tree), shown)


def build(tree: Node, shown: str) -> Scenario:
    """Check a merged tree and build its scenario.

    Raises
    ------
    ScenarioError
        With every fault found.
    """
    faults: list[Fault] = []
    tree = convert_quantities(tree, faults)
    form = _checked(tree, scenario_form(), faults)
    arms = _arms(tree, faults)
    faults += _name_faults(tree)
    if isinstance(form, ScenarioForm):
        faults += _period_faults(tree, form)
    if faults or not isinstance(form, ScenarioForm):
        distinct = {(fault.where, fault.what): fault for fault in faults}
        raise ScenarioError(sorted(distinct.values(), key=_reading_order))
    return Scenario(
        name=form.scenario,
        question=form.question,
        city=form.city,
        start=form.start,
        years=form.years,
        days=form.days,
        seeds=form.seeds,
        shocks=form.__dict__["shocks"],
        lever_items=_items(form.__dict__["levers"]),
        arm_items=tuple((name, items) for name, items in arms.items() if items is not None),
        indicators=form.indicators,
        expect=form.expect,
        path=shown,
    )


def _reading_order(fault: Fault) -> tuple[str, int, int]:
    """Return file, line and column of a fault."""
    file, line, column = [*fault.where.rsplit(":", 2), "0", "0"][:3]
    return (file, int(line), int(column)) if line.isdigit() and column.isdigit() else (file, 0, 0)


def _checked(
    tree: Node, form: type[BaseModel], faults: list[Fault], *, prefix: str = ""
) -> BaseModel | None:
    """Return the tree as its form, or None after adding what is wrong to `faults`."""
    try:
        return form.model_validate_json(json.dumps(tree.plain()), strict=True)
    except ValidationError as error:
        faults += faults_of(error, tree, form, prefix=prefix)
        return None


def _items(levers: BaseModel) -> LeverItems:
    """Return the lever instances by kind."""
    return tuple((kind, getattr(levers, kind)) for kind in type(levers).model_fields)


def _arms(tree: Node, faults: list[Fault]) -> dict[str, LeverItems | None]:
    """Return each arm's levers: the base's with the arm's changes; None where they are wrong."""
    arms = tree.child("arms")
    if arms is None or not isinstance(arms.value, dict):
        return {}
    built: dict[str, LeverItems | None] = {}
    base = tree.child("levers") or Node(tree.mark, {})
    for name, entry in arms.value.items():
        if name == BASE:
            faults.append(
                Fault(
                    str(entry.key_mark),
                    "arms.base is the name of the policy outside `arms`",
                    "choose another name, or move these values to `levers`",
                )
            )
        faults += _foreign_faults(name, entry)
        own = entry.node.child("levers")
        levers = _checked(
            merge(base, own) if own else base, levers_form(), faults, prefix="levers."
        )
        built[name] = _items(levers) if levers is not None else None
    return built


def _foreign_faults(name: str, arm: Entry) -> list[Fault]:
    """Return what an arm changes beside levers."""
    if not isinstance(arm.node.value, dict):
        return []
    return [
        Fault(
            str(entry.key_mark),
            f"arms.{name} changes {key}; an arm changes levers alone",
            "write `levers.<kind>.<field>: value`; city, period and shocks are equal in every arm",
        )
        for key, entry in arm.node.value.items()
        if key != "levers"
    ]


def _texts(node: Node | None) -> list[tuple[str, Mark]]:
    """Return the texts of a list with their places."""
    if node is None or not isinstance(node.value, tuple):
        return []
    return [(item.value, item.mark) for item in node.value if isinstance(item.value, str)]


def _name_faults(tree: Node) -> list[Fault]:
    """Return arms and indicators that are named but not there, or named twice."""
    faults: list[Fault] = []
    seen: set[str] = set()
    for name, mark in _texts(tree.child("indicators")):
        if name in seen:
            faults.append(Fault(str(mark), f"indicators names {name} twice", "keep one of the two"))
        seen.add(name)
        faults += _unknown(name, mark, "indicators", "indicator", list(indicators))
    arms, expect = tree.child("arms"), tree.child("expect")
    known = list(arms.value) if arms is not None and isinstance(arms.value, dict) else []
    for item in expect.value if expect is not None and isinstance(expect.value, tuple) else ():
        for key, names in (("arm", known), ("indicator", list(indicators))):
            named = item.child(key)
            if named is not None and isinstance(named.value, str):
                faults += _unknown(named.value, named.mark, "expect", key, names)
    return faults


def _unknown(name: str, mark: Mark, section: str, sort: str, known: list[str]) -> list[Fault]:
    """Return a fault where a name is not known."""
    if name in known:
        return []
    what = f"{section}: {name!r} is not a known {sort}"
    return [Fault(str(mark), what, nearest(name, known) if known else "the file has none")]


def _period_faults(tree: Node, form: ScenarioForm) -> list[Fault]:
    """Return shocks outside the simulated period and expectations beyond its end."""
    faults: list[Fault] = []
    trial = Scenario(
        form.scenario,
        form.question,
        form.city,
        form.start,
        form.years,
        form.days,
        form.seeds,
        form.__dict__["shocks"],
        (),
    )
    shocks, expect = tree.child("shocks"), tree.child("expect")
    for i, shock in enumerate(trial.shocks):
        if (
            not trial.start <= shock.date <= trial.end
            and shocks
            and isinstance(shocks.value, tuple)
        ):
            place = shocks.value[i].child("date") or shocks.value[i]
            faults.append(
                Fault(
                    str(place.mark),
                    f"shocks[{i}].date = {shock.date} is outside the simulated days "
                    f"{trial.start} to {trial.end}",
                    "move the shock, or change start, years or days",
                )
            )
    for i, expected in enumerate(form.expect):
        reached = anniversary(trial.start, expected.after_years) <= trial.end
        if not reached and expect and isinstance(expect.value, tuple):
            place = expect.value[i].child("after_years") or expect.value[i]
            faults.append(
                Fault(
                    str(place.mark),
                    f"expect[{i}].after_years = {expected.after_years} leaves no simulated year",
                    "simulate longer, or leave out fewer years",
                )
            )
    return faults


def override(scenario: Scenario, values: Mapping[str, Any]) -> Scenario:
    """Return a scenario with some settings changed, checked as a file would be.

    Parameters
    ----------
    scenario
        Base or arm; its own arms and expectations are dropped.
    values
        Dotted path -> value, such as `levers.renewal.ring_fence_share: 0.3`, `years: 3` or
        `city.synthesise.people: 3000`.

    Raises
    ------
    ScenarioError
        With every unknown path and every value out of bounds.
    """
    whole = scenario.resolved()
    base = {key: whole[key] for key in ("scenario", "question", "seeds", *_OVERRIDABLE)}
    if base["days"] is None:
        del base["days"]
    tree = _node(base, Mark(scenario.path or scenario.name, 0, 0))
    faults: list[Fault] = []
    for path, value in values.items():
        mark = Mark(f"{path} = {value!r}", 0, 0)
        root = path.split(".", maxsplit=1)[0]
        if root not in _OVERRIDABLE:
            mend = nearest(root, list(_OVERRIDABLE))
            faults.append(Fault(str(mark), f"{root} cannot be set here", mend))
            continue
        tree = override_node(tree, path, _node(value, mark), mark)
    if faults:
        raise ScenarioError(faults)
    built = build(tree, scenario.path)
    return replace(built, indicators=scenario.indicators, arm_name=scenario.arm_name)


def _node(value: Any, mark: Mark) -> Node:  # noqa: ANN401 - plain JSON values
    """Return plain values as a tree whose places all read the same."""
    if isinstance(value, dict):
        return Node(mark, {str(key): Entry(mark, _node(item, mark)) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return Node(mark, tuple(_node(item, mark) for item in value))
    return Node(mark, value)


def scenario_from_resolved(resolved: Mapping[str, Any], shown: str) -> Scenario:
    """Return the scenario that a run's manifest records; `shown` names it in messages.

    Expectations about arms that are not among `resolved["arms"]` are left out.

    Raises
    ------
    ScenarioError
        If this program no longer knows a lever, shock or indicator of it.
    """
    keys = ("scenario", "question", "seeds", "indicators", *_OVERRIDABLE)
    plain = {key: resolved[key] for key in keys if resolved.get(key) is not None}
    plain["arms"] = {name: {"levers": levers} for name, levers in resolved["arms"].items()}
    plain["expect"] = [item for item in resolved["expect"] if item["arm"] in resolved["arms"]]
    return build(_node(plain, Mark(shown, 0, 0)), shown)
