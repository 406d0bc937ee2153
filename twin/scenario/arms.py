"""The arms of a scenario: the base with what each arm changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import ValidationError

from twin.core.errors import Fault
from twin.scenario.extends import merge
from twin.scenario.faults import faults_of
from twin.scenario.fields import levers_form, scenario_form
from twin.scenario.parameters import items_of, parameters_form
from twin.scenario.source import Node
from twin.scenario.spec import BASE, ArmItems, LeverItems

if TYPE_CHECKING:
    from pydantic import BaseModel

    from twin.scenario.source import Entry

_CHANGEABLE = {"levers": levers_form, "parameters": parameters_form}
"""Sections that an arm may change, with their forms."""


def checked(
    tree: Node, form: type[BaseModel], faults: list[Fault], *, section: str = ""
) -> BaseModel | None:
    """Return the tree, or a section of it, as its form; None after adding faults to `faults`."""
    part = (tree.child(section) if section else tree) or Node(tree.mark, {})
    try:
        return form.model_validate_json(json.dumps(part.plain()), strict=True)
    except ValidationError as error:
        faults += faults_of(error, tree, scenario_form(), section=section)
        return None


def levers_of(levers: BaseModel) -> LeverItems:
    """Return the lever instances by kind."""
    return tuple((kind, getattr(levers, kind)) for kind in type(levers).model_fields)


def arms_of(tree: Node, faults: list[Fault]) -> dict[str, ArmItems | None]:
    """Return what each arm sets; None where it is wrong."""
    arms = tree.child("arms")
    if arms is None or not isinstance(arms.value, dict):
        return {}
    built: dict[str, ArmItems | None] = {}
    for name, entry in arms.value.items():
        if name == BASE:
            faults.append(
                Fault(
                    str(entry.key_mark),
                    "arms.base is the name of the policy outside `arms`",
                    "choose another name, or move these values out of `arms`",
                )
            )
        faults += _foreign_faults(name, entry)
        parts = {section: _changed(tree, entry.node, section, faults) for section in _CHANGEABLE}
        levers, parameters = parts["levers"], parts["parameters"]
        built[name] = None
        if levers is not None and parameters is not None:
            built[name] = ArmItems(levers_of(levers), items_of(parameters))
    return built


def _changed(tree: Node, arm: Node, section: str, faults: list[Fault]) -> BaseModel | None:
    """Return a section of the base with an arm's changes, or None where it is wrong."""
    base = tree.child(section) or Node(tree.mark, {})
    own = arm.child(section)
    whole = Node(tree.mark, {}).with_entry(section, merge(base, own) if own else base, tree.mark)
    return checked(whole, _CHANGEABLE[section](), faults, section=section)


def _foreign_faults(name: str, arm: Entry) -> list[Fault]:
    """Return what an arm changes that must be equal in every arm."""
    if not isinstance(arm.node.value, dict):
        return []
    return [
        Fault(
            str(entry.key_mark),
            f"arms.{name} changes {key}; an arm changes levers and parameters alone",
            "write `levers.<kind>.<field>: value`; city, period and shocks are equal in every arm",
        )
        for key, entry in arm.node.value.items()
        if key not in _CHANGEABLE
    ]
