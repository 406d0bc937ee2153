"""The arms and towns of a scenario: the base with what each of them changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import ValidationError

from twin.core.errors import Fault
from twin.policy import Cadence
from twin.policy import levers as known_levers
from twin.scenario.extends import merge
from twin.scenario.faults import faults_of
from twin.scenario.fields import StateFund, TownChoice, levers_form, scenario_form, towns_form
from twin.scenario.labels import LABEL
from twin.scenario.parameters import items_of, parameters_form
from twin.scenario.schedule import first_year, founding_faults, levers_by_year
from twin.scenario.source import Node
from twin.scenario.spec import BASE, ArmItems, Town

if TYPE_CHECKING:
    from pydantic import BaseModel

    from twin.scenario.source import Entry
    from twin.scenario.spec import LaterLevers, LeverItems

_CHANGEABLE = {"levers": levers_form, "parameters": parameters_form}
"""Sections that an arm or a town may change, with their forms."""
_OF_TOWNS = ("towns", "state_fund")
"""Sections that an arm may change beside them where there are several towns."""


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
        faults += _foreign_faults(name, entry, several=tree.child("towns") is not None)
        levers = levers_in_time(tree, _section(tree, entry.node, "levers"), faults)
        parameters = _changed(tree, entry.node, "parameters", faults)
        towns, fund = _of_towns(tree, entry.node, faults)
        built[name] = None
        if levers is not None and parameters is not None:
            built[name] = ArmItems(levers[0], items_of(parameters), towns, fund, later=levers[1])
    return built


def _changed(tree: Node, arm: Node, section: str, faults: list[Fault]) -> BaseModel | None:
    """Return a section of the base with an arm's or town's changes, or None where it is wrong."""
    whole = Node(tree.mark, {}).with_entry(section, _section(tree, arm, section), tree.mark)
    return checked(whole, _CHANGEABLE[section](), faults, section=section)


def _section(tree: Node, arm: Node, section: str) -> Node:
    """Return a section of the base with an arm's changes."""
    base, own = tree.child(section) or Node(tree.mark, {}), arm.child(section)
    return merge(base, own) if own else base


def _of_towns(
    tree: Node, arm: Node, faults: list[Fault]
) -> tuple[tuple[Town, ...], StateFund | None]:
    """Return the towns and the state's fund with an arm's changes."""
    if tree.child("towns") is None:
        return (), None
    for name, own in _entries(arm.child("towns")):
        known = tree.child("towns")
        if known is not None and known.child(name) is None:
            what = f"towns.{name} is not a town outside `arms`"
            mend = "name it there too: the towns are equal in every arm"
            faults.append(Fault(str(own.key_mark), what, mend))
        for key in ("city", "shocks"):
            if own.node.child(key) is not None:
                what = f"towns.{name}.{key} is changed; city and shocks are equal in every arm"
                mend = "change levers, parameters, lobbying_weight or overstated_share"
                faults.append(Fault(str(own.key_mark), what, mend))
    both = {*_CHANGEABLE, *_OF_TOWNS}
    kept = Node(arm.mark, {key: own for key, own in _entries(arm) if key in both})
    merged = merge(tree, kept)
    fund = merged.child("state_fund")
    state = None if fund is None else checked(merged, StateFund, faults, section="state_fund")
    return towns_of(merged, faults), state if isinstance(state, StateFund) else None


def _entries(node: Node | None) -> list[tuple[str, Entry]]:
    """Return the entries of a map, none of anything else."""
    return list(node.value.items()) if node is not None and isinstance(node.value, dict) else []


def towns_of(tree: Node, faults: list[Fault]) -> tuple[Town, ...]:
    """Return the towns of a scenario by name, each under the file's policy with its changes.

    Parameters
    ----------
    tree
        Scenario with `levers`, `parameters` and `towns`.
    faults
        What is wrong in a town is added.
    """
    found: list[Fault] = []
    if tree.child("towns") is None:
        return ()
    choices = checked(tree, towns_form(), found, section="towns")
    built = []
    for name, entry in sorted(_entries(tree.child("towns")), key=lambda item: item[0]):
        parts = {section: _changed(tree, entry.node, section, found) for section in _CHANGEABLE}
        levers, parameters = parts["levers"], parts["parameters"]
        if choices is not None and levers is not None and parameters is not None:
            choice = choices.__dict__["root"][name]
            built.append(_town(name, entry.node, choice, levers, parameters))
    known = {fault.where for fault in faults}
    faults += [fault for fault in found if fault.where not in known]
    return tuple(built)


def _town(
    name: str, node: Node, choice: TownChoice, levers: BaseModel, parameters: BaseModel
) -> Town:
    """Return a town from its checked parts."""
    own = {key: part.plain() for key in _CHANGEABLE if (part := node.child(key)) is not None}
    return Town(
        name=name,
        city=choice.city,
        shocks=choice.__dict__["shocks"],
        levers=levers_of(levers),
        parameters=items_of(parameters),
        lobbying_weight=choice.lobbying_weight,
        overstated_share=choice.overstated_share,
        own=json.dumps(own, sort_keys=True),
    )


def _foreign_faults(name: str, arm: Entry, *, several: bool) -> list[Fault]:
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
        if key not in (*_CHANGEABLE, LABEL) and not (several and key in _OF_TOWNS)
    ]
