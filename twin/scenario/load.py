"""From a scenario file to a `Scenario`: read, merge, check everything, then build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from twin.core.arguments import as_path, require
from twin.core.errors import Fault, ScenarioError
from twin.core.parameter_set import Parameters
from twin.core.registry import nearest
from twin.indicators import indicators
from twin.indicators.synonyms import answering
from twin.policy import levers
from twin.scenario.arms import arms_of, checked, levers_in_time, towns_of
from twin.scenario.extends import expand_dotted, read_chain, scenario_root, shown_path
from twin.scenario.fields import ScenarioForm, scenario_form
from twin.scenario.labels import LABEL, labels_of
from twin.scenario.parameters import items_of
from twin.scenario.period import fitted
from twin.scenario.quantities import convert_quantities
from twin.scenario.source import Node, parse_text
from twin.scenario.spec import Scenario

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from twin.scenario.shocks import Shock
    from twin.scenario.source import Mark
    from twin.scenario.spec import ArmItems, LaterLevers, LeverItems


def load_scenario(path: Path | str) -> Scenario:
    """Read a scenario file with its parents.

    A path such as `scenarios/emergency_spiral.yaml` that does not exist here means the scenario of
    that name that ships with the program.

    Raises
    ------
    ScenarioError
        With every fault of the file, each with file, line, column and what to do.
    """
    path = as_path("path", path)
    if not path.exists() and not path.is_absolute() and path.parts[:1] == ("scenarios",):
        bundled = scenario_root().joinpath(*path.parts[1:])
        path = bundled if bundled.is_file() else path
    faults: list[Fault] = []
    return build(read_chain(path, faults), shown_path(path), faults)


def scenario_from_text(text: str, shown: str = "scenario.yaml") -> Scenario:
    """Read a scenario from YAML text without `extends`; `shown` names it in messages.

    Raises
    ------
    ScenarioError
        As `load_scenario`.
    """
    require("text", text, str, "give YAML text; a file is read by twin.load_scenario")
    faults: list[Fault] = []
    tree = parse_text(text, shown, faults)
    if isinstance(tree.value, dict) and "extends" in tree.value:
        entry = tree.value["extends"]
        raise ScenarioError(
            Fault(str(entry.key_mark), "extends needs a file", "use load_scenario on a file")
        )
    return build(expand_dotted(tree, faults), shown, faults)


def build(tree: Node, shown: str, unread: list[Fault] | None = None) -> Scenario:
    """Check a merged tree and build its scenario.

    Parameters
    ----------
    tree
        Merged tree of a file and its parents.
    shown
        How messages name the file.
    unread
        Faults found while the files were read; their values are None in the tree, and no further
        fault is reported at their places.

    Raises
    ------
    ScenarioError
        With every fault found.
    """
    unread = list(unread or ())
    tree = convert_quantities(tree, scenario_form(), unread)
    faults: list[Fault] = []
    labels = labels_of(tree, faults)
    left_out: list[str] = []
    tree = fitted(tree, shown, left_out)
    levers_now = levers_in_time(tree, tree.child("levers") or Node(tree.mark, {}), faults)
    towns = towns_of(tree, faults)
    arms = arms_of(tree, faults)
    form = checked(_plain_tree(tree), scenario_form(), faults)
    faults += _name_faults(tree) + _place_faults(tree)
    faults += _several_towns_in_time(tree, levers_now, arms)
    if isinstance(form, ScenarioForm):
        faults += _period_faults(tree, form)
        faults += _tipping_faults(tree, form)
        faults += _fitted_faults(tree, form)
    if unread or faults or levers_now is None or not isinstance(form, ScenarioForm):
        places = {fault.where for fault in unread}
        faults = unread + [fault for fault in faults if fault.where not in places]
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
        lever_items=levers_now[0],
        later_levers=levers_now[1],
        parameter_items=items_of(form.__dict__["parameters"]),
        arm_items=tuple((name, items) for name, items in arms.items() if items is not None),
        indicators=form.indicators,
        expect=form.expect,
        tipping=form.tipping,
        fitted=form.fitted,
        projection=form.demography.projection,
        path=shown,
        labels=labels,
        matters=tuple(form.matters.items()),
        left_out=tuple(left_out),
        towns=towns,
        state_fund=form.state_fund,
    )


def _plain_tree(tree: Node) -> Node:
    """Return the tree without what is checked apart: levers, which may change with time, labels."""
    if not isinstance(tree.value, dict):
        return tree
    apart = ("levers", LABEL)
    return Node(tree.mark, {key: e for key, e in tree.value.items() if key not in apart})


def _place_faults(tree: Node) -> list[Fault]:
    """Return a fault where there is no place, or both a city and towns, or a fund for no towns."""
    city, towns, fund = (tree.child(key) for key in ("city", "towns", "state_fund"))
    if city is None and towns is None:
        mend = "add `city: ...` for one city, or `towns: {name: {city: ...}, ...}` for several"
        return [Fault(str(tree.mark), "city is missing", mend)]
    faults = []
    if city is not None and towns is not None:
        mend = "keep one: a town of `towns` has its own `city`"
        faults.append(Fault(str(towns.mark), "names both city and towns", mend))
    if towns is None and fund is not None:
        mend = "name `towns`, or remove `state_fund`"
        faults.append(Fault(str(fund.mark), "state_fund has no towns to divide it among", mend))
    search = tree.child("tipping")
    if towns is not None and search is not None:
        mend = "search in a scenario with `city`"
        faults.append(Fault(str(search.mark), "tipping cannot search several towns", mend))
    return faults


def _several_towns_in_time(
    tree: Node,
    levers_now: tuple[LeverItems, LaterLevers] | None,
    arms: Mapping[str, ArmItems | None],
) -> list[Fault]:
    """Return a fault where levers change with time among several towns."""
    later = [levers_now[1] if levers_now else (), *(arm.later for arm in arms.values() if arm)]
    towns = tree.child("towns")
    if towns is None or not any(later):
        return []
    what = "levers change with time, and there are several towns"
    return [Fault(str(towns.mark), what, "give one value for all years, or name one city")]


def _tipping_faults(tree: Node, form: ScenarioForm) -> list[Fault]:
    """Return what a search for a tipping value cannot do."""
    search, node = form.tipping, tree.child("tipping")
    if search is None or node is None:
        return []
    faults: list[Fault] = []
    named = node.child("indicator") or node
    faults += _unknown(search.indicator, named.mark, "tipping", "indicator", list(indicators))
    _, kind, name = search.set.split(".")
    known = [
        f"levers.{lever}.{field}"
        for lever, form_of in levers.items()
        for field, info in form_of.model_fields.items()
        if info.annotation in (float, int)
    ]
    place = node.child("set") or node
    if search.set not in known:
        what = f"tipping.set = {search.set} is no number of a lever"
        faults.append(Fault(str(place.mark), what, nearest(search.set, known)))
    else:
        for end in ("low", "high"):
            value = getattr(search, end)
            try:
                levers[kind].model_validate({name: value})
            except ValidationError:
                where = node.child(end) or node
                what = f"tipping.{end} = {value:g} is outside the bounds of {search.set}"
                faults.append(Fault(str(where.mark), what, "choose a value inside the bounds"))
    if 2 * search.window_years > form.years:
        where = node.child("window_years") or node
        what = f"tipping.window_years = {search.window_years} is more than half of the period"
        faults.append(Fault(str(where.mark), what, "simulate longer, or compare fewer years"))
    return faults


def _fitted_faults(tree: Node, form: ScenarioForm) -> list[Fault]:
    """Return paths under `fitted` that are no parameters."""
    node = tree.child("fitted")
    if node is None or not form.fitted:
        return []
    known = [path for path, _ in Parameters.of({}).items()]
    return [
        Fault(
            str(node.value[at].mark if isinstance(node.value, tuple) else node.mark),
            f"fitted[{at}].parameter = {one.parameter} is no parameter",
            nearest(one.parameter, known),
        )
        for at, one in enumerate(form.fitted)
        if one.parameter not in known
    ]


def _reading_order(fault: Fault) -> tuple[str, int, int]:
    """Return file, line and column of a fault."""
    file, line, column = [*fault.where.rsplit(":", 2), "0", "0"][:3]
    return (file, int(line), int(column)) if line.isdigit() and column.isdigit() else (file, 0, 0)


def _texts(node: Node | None) -> list[tuple[str, Mark]]:
    """Return the texts of a list with their places."""
    if node is None or not isinstance(node.value, tuple):
        return []
    return [(item.value, item.mark) for item in node.value if isinstance(item.value, str)]


def _name_faults(tree: Node) -> list[Fault]:
    """Return arms and indicators that are named but not there, or named twice."""
    faults: list[Fault] = []
    seen: set[str] = set()
    kinds = list(indicators)
    for name, mark in _texts(tree.child("indicators")):
        if name in seen:
            faults.append(Fault(str(mark), f"indicators names {name} twice", "keep one of the two"))
        seen.add(name)
        faults += _unknown(_of_whole(name, tree), mark, "indicators", "indicator", kinds)
    matters = tree.child("matters")
    if matters is not None and isinstance(matters.value, dict):
        for name, entry in matters.value.items():
            faults += _unknown(name, entry.key_mark, "matters", "indicator", list(indicators))
    arms, expect = tree.child("arms"), tree.child("expect")
    known = list(arms.value) if arms is not None and isinstance(arms.value, dict) else []
    for item in expect.value if expect is not None and isinstance(expect.value, tuple) else ():
        for key, names in (("arm", known), ("indicator", kinds)):
            named = item.child(key)
            if named is not None and isinstance(named.value, str):
                name = _of_whole(named.value, tree) if key == "indicator" else named.value
                faults += _unknown(name, named.mark, "expect", key, names)
    return faults


def _of_whole(name: str, tree: Node) -> str:
    """Return the indicator that a name such as `west.leakage_share` takes of a town."""
    town, _, kind = name.rpartition(".")
    towns = tree.child("towns")
    return kind if towns is not None and town and towns.child(town) is not None else name


def _unknown(name: str, mark: Mark, section: str, sort: str, known: list[str]) -> list[Fault]:
    """Return a fault where a name is not known."""
    if name in known:
        return []
    what = f"{section}: {name!r} is not a known {sort}"
    meant = answering(name) if sort == "indicator" else ""
    mend = nearest(name, known) if known else "the file has none"
    return [Fault(str(mark), what, f"`{meant}` answers it. {mend}" if meant in known else mend)]


def _late_shocks(
    shocks: Sequence[Shock], node: Node | None, name: str, trial: Scenario
) -> list[Fault]:
    """Return shocks outside the simulated period; `name` is their place in the file."""
    if node is None or not isinstance(node.value, tuple):
        return []
    return [
        Fault(
            str((node.value[i].child("date") or node.value[i]).mark),
            f"{name}[{i}].date = {shock.date} is outside the simulated days "
            f"{trial.start} to {trial.end}",
            "move the shock, or change start, years or days",
        )
        for i, shock in enumerate(shocks)
        if not trial.start <= shock.date <= trial.end
    ]


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
    expect = tree.child("expect")
    faults += _late_shocks(trial.shocks, tree.child("shocks"), "shocks", trial)
    for name, town in (form.__dict__["towns"] or {}).items():
        towns = tree.child("towns")
        place = towns.child(name) if towns is not None else None
        node = place.child("shocks") if place is not None else None
        faults += _late_shocks(town.__dict__["shocks"], node, f"towns.{name}.shocks", trial)
    for i, expected in enumerate(form.expect):
        until = expected.until_years
        if until and until <= expected.after_years and expect and isinstance(expect.value, tuple):
            place = expect.value[i].child("until_years") or expect.value[i]
            what = (
                f"expect[{i}].until_years = {until} is not after after_years = "
                f"{expected.after_years}"
            )
            faults.append(Fault(str(place.mark), what, "read at least one year"))
        if not trial.reaches(expected.after_years) and expect and isinstance(expect.value, tuple):
            place = expect.value[i].child("after_years") or expect.value[i]
            faults.append(
                Fault(
                    str(place.mark),
                    f"expect[{i}].after_years = {expected.after_years} leaves no simulated year",
                    "simulate longer, or leave out fewer years",
                )
            )
    return faults
