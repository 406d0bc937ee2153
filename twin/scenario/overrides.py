"""Scenarios from scenarios: some settings changed, or all read back from a run's manifest."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from twin.core.arguments import plain
from twin.core.errors import Fault, ScenarioError
from twin.core.parameter_set import Parameters, usual_numbers
from twin.core.registry import nearest
from twin.scenario.extends import override_node
from twin.scenario.load import build
from twin.scenario.source import Entry, Mark, Node
from twin.scenario.spec import anniversary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.policy.base import AbstractLever
    from twin.scenario.spec import Scenario

_OVERRIDABLE = (
    *("levers", "parameters", "city", "demography", "towns", "state_fund"),
    *("start", "years", "days", "shocks"),
)


def override(scenario: Scenario, values: Mapping[str, Any]) -> Scenario:
    """Return a scenario with some settings changed, checked as a file would be.

    Parameters
    ----------
    scenario
        Base or arm; its own arms and expectations are dropped.
    values
        Dotted path -> value, such as `levers.renewal.ring_fence_share: 0.3`, `years: 3`,
        `parameters.citizens.behaviour.patience_days: 30` or `city.synthesise.people: 3000`.

    Raises
    ------
    ScenarioError
        With every unknown path and every value out of bounds.
    """
    values = {path: _plain(value) for path, value in values.items()}
    quick = _quick(scenario, values)
    if quick is not None:
        return quick
    whole = scenario.resolved()
    keys = ("scenario", "question", "seeds", *_OVERRIDABLE)
    base = {key: whole[key] for key in keys if whole.get(key) is not None}
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


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return a value as a file could hold it: numpy's scalars and dates as plain ones."""
    if isinstance(value, dt.date):
        return value.isoformat()[:10]
    return plain(value)


def _quick(scenario: Scenario, values: Mapping[str, Any]) -> Scenario | None:
    """Return the scenario with numbers of levers and parameters changed; None if in doubt.

    Only what changes is checked, in a hundredth of the time of the whole; every fault is left to
    the whole check, which reports it.
    """
    if scenario.towns or scenario.later_levers:  # they repeat levers and parameters
        return None
    levers, numbers = dict(scenario.lever_items), dict(scenario.parameter_items)
    for path, value in values.items():
        root, _, inner = path.partition(".")
        if root == "levers":
            kind, _, field = inner.partition(".")
            lever = _with_field(levers.get(kind), field, value)
            if lever is None:
                return None
            levers[kind] = lever
        elif root == "parameters" and _is_within(inner, value):
            numbers[inner] = float(value)
        else:
            return None
    usual = usual_numbers()
    items = sorted((path, value) for path, value in numbers.items() if value != usual[path])
    try:
        Parameters.of(dict(items))
    except (ValueError, KeyError):
        return None
    return replace(
        scenario,
        lever_items=tuple(levers.items()),
        parameter_items=tuple(items),
        arm_items=(),
        expect=(),
        tipping=None,
    )


def _is_within(path: str, value: object) -> bool:
    """Return whether a path is a parameter and a value a number inside its bounds."""
    number = usual_numbers().get(path)
    if number is None or isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return number.facts.low <= value <= number.facts.high


def _with_field(lever: AbstractLever | None, field: str, value: object) -> AbstractLever | None:
    """Return a lever with one field, or one inside it, changed; None if that is not lawful."""
    if lever is None or not field:
        return None
    whole = lever.model_dump(mode="json")
    *above, last = field.split(".")
    place: Any = whole
    for part in above:
        place = place.get(part) if isinstance(place, dict) else None
    if not isinstance(place, dict) or last not in place:
        return None
    place[last] = value
    try:
        return type(lever).model_validate_json(json.dumps(whole))
    except (ValidationError, TypeError, ValueError):
        return None


def _node(value: Any, mark: Mark) -> Node:  # noqa: ANN401 - plain JSON values
    """Return plain values as a tree whose places all read the same."""
    if isinstance(value, dict):
        return Node(mark, {str(key): Entry(mark, _node(item, mark)) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return Node(mark, tuple(_node(item, mark) for item in value))
    return Node(mark, value)


def _label(texts: Mapping[str, str]) -> Any:  # noqa: ANN401 - a text, or texts by language
    """Return a label as a file has it."""
    return texts.get("", dict(texts))


def scenario_from_resolved(resolved: Mapping[str, Any], shown: str) -> Scenario:
    """Return the scenario of a run's manifest; `shown` names it in messages.

    Expectations about arms that are not among `resolved["arms"]`, and shocks and expectations after
    the days simulated (of runs that were shortened), are left out.

    Raises
    ------
    ScenarioError
        If this program no longer knows a lever, parameter, shock or indicator of it.
    """
    keys = ("scenario", "question", "seeds", "indicators", "matters", *_OVERRIDABLE)
    labels = resolved.get("labels", {})
    plain = {key: resolved[key] for key in keys if resolved.get(key) is not None}
    plain["arms"] = {
        name: {**arm, **({"label": _label(labels[name])} if name in labels else {})}
        for name, arm in resolved["arms"].items()
    }
    if "base" in labels:
        plain["label"] = _label(labels["base"])
    plain["expect"] = [item for item in resolved["expect"] if item["arm"] in resolved["arms"]]
    start = dt.date.fromisoformat(resolved["start"])
    end = (start + dt.timedelta(days=resolved["n_days"] - 1)).isoformat()
    plain["shocks"] = [shock for shock in resolved["shocks"] if shock["date"] <= end]
    plain["expect"] = [
        item
        for item in plain["expect"]
        if anniversary(start, item["after_years"]).isoformat() <= end
    ]
    return build(_node(plain, Mark(shown, 0, 0)), shown)
