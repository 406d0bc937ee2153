"""The arms of a scenario: the base with what each arm changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import ValidationError

from twin.core.errors import Fault
from twin.policy import Cadence
from twin.policy import levers as known_levers
from twin.scenario.extends import merge
from twin.scenario.faults import faults_of
from twin.scenario.fields import levers_form, scenario_form
from twin.scenario.labels import LABEL
from twin.scenario.parameters import items_of, parameters_form
from twin.scenario.schedule import first_year, founding_faults, levers_by_year
from twin.scenario.source import Node
from twin.scenario.spec import BASE, ArmItems

if TYPE_CHECKING:
    from pydantic import BaseModel

    from twin.scenario.source import Entry
    from twin.scenario.spec import LaterLevers, LeverItems

_CHANGEABLE = ("levers", "parameters")
"""Sections that an arm may change."""


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


def levers_in_time(
    tree: Node, levers: Node, faults: list[Fault]
) -> tuple[LeverItems, LaterLevers] | None:
    """Return the levers of the first year and of the years with a change; None where wrong."""
    founding = {
        kind: lever for kind, lever in known_levers.items() if lever.cadence is Cadence.FOUNDING
    }
    before = len(faults)
    faults += founding_faults(levers, founding)
    forms = []
    for year, section in levers_by_year(levers, first_year(tree), faults).items():
        whole = Node(tree.mark, {}).with_entry("levers", section, tree.mark)
        form = checked(whole, levers_form(), faults, section="levers")
        if form is not None:
            forms.append((year, levers_of(form)))
    if len(faults) > before or not forms:
        return None
    return forms[0][1], tuple(forms[1:])


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
        levers = levers_in_time(tree, _section(tree, entry.node, "levers"), faults)
        own = Node(tree.mark, {}).with_entry(
            "parameters", _section(tree, entry.node, "parameters"), tree.mark
        )
        parameters = checked(own, parameters_form(), faults, section="parameters")
        built[name] = None
        if levers is not None and parameters is not None:
            built[name] = ArmItems(levers[0], items_of(parameters), levers[1])
    return built


def _section(tree: Node, arm: Node, section: str) -> Node:
    """Return a section of the base with an arm's changes."""
    base, own = tree.child(section) or Node(tree.mark, {}), arm.child(section)
    return merge(base, own) if own else base


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
        if key not in (*_CHANGEABLE, LABEL)
    ]
