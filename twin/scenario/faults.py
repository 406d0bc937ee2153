"""What pydantic found wrong, as faults that point into the scenario file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from twin.core.errors import Fault
from twin.core.registry import nearest
from twin.scenario.form_path import bounds_of, described, field_at, key_meant, part_at, unit_of

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

    from twin.scenario.form_path import Location
    from twin.scenario.source import Mark, Node

_SHOWN = 60
_WORDS = (
    ("Input should", "should"),
    ("a valid dictionary or instance of", "a map:"),
    ("an object", "a map of `key: value`"),
    ("a valid array", "a list"),
    ("a valid integer", "a whole number"),
    ("a valid number", "a number"),
    ("a valid boolean", "true or false"),
    ("a valid string", "text"),
    ("a valid date in the format YYYY-MM-DD", "a date such as 2026-01-31"),
)
_OUTSIDE = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")


def faults_of(
    error: ValidationError, tree: Node, form: type[BaseModel], *, section: str = ""
) -> list[Fault]:
    """Return one fault per error, each at the line and column of the value in the file.

    Parameters
    ----------
    error
        What pydantic found in the plain form of `tree`, or of its `section`.
    tree
        Checked tree.
    form
        Form of the whole tree; known keys, bounds and descriptions of fields come from it.
    section
        Key of the part of the tree that was checked; empty for all of it.
    """
    above = (section,) if section else ()
    return [_fault(details, (*above, *details["loc"]), tree, form) for details in error.errors()]


def _fault(details: ErrorDetails, loc: Location, tree: Node, form: type[BaseModel]) -> Fault:
    sort = details["type"]
    ctx: dict[str, Any] = details.get("ctx", {})
    node, key_mark, names = _find(tree, loc)
    path = ".".join(names) or "the scenario"
    where, field = str(node.mark), field_at(form, loc)
    if sort == "extra_forbidden":
        present = _present_name(part_at(form, loc[:-1]), str(loc[-1]))
        where, what = str(key_mark or node.mark), f"{path} is not a known key"
        mend = f"it is now `{present}`" if present else key_meant(form, loc)
    elif sort == "missing":
        whole = path if names and names[-1] == str(loc[-1]) else ".".join([*names, str(loc[-1])])
        what = f"{whole} is missing"
        mend = f"add `{loc[-1]}: ...`. {described(field) if field else ''}".strip()
    elif loc and loc[-1] == "[key]":
        where, what = str(key_mark or node.mark), f"{path} is not a name"
        mend = "use lower case letters, digits and underscores, a letter or digit first"
    elif sort == "union_tag_invalid":
        where, what = str((node.child("kind") or node).mark), f"{path}.kind = {ctx['tag']!r}"
        what += " is not a known kind"
        mend = nearest(str(ctx["tag"]), re.findall(r"'([^']*)'", str(ctx["expected_tags"])))
    elif sort == "union_tag_not_found":
        what, mend = f"{path}.kind is missing", "add `kind: ...`; twin schema lists the kinds"
    else:
        what = f"{path} = {_shown(node.plain())} {_worded(details['msg'])}"
        mend = (described(field) if field else "") or "see the form of the file: twin schema"
        if sort == "literal_error":
            mend = nearest(str(node.value), re.findall(r"'([^']*)'", str(ctx["expected"])))
        elif sort in _OUTSIDE and field is not None:
            unit = f" [{unit_of(field)}]" if unit_of(field) else ""
            what = f"{path} = {_shown(node.plain())} is outside {bounds_of(field)}{unit}"
    return Fault(where, what, mend)


def _present_name(parent: type[BaseModel] | None, former: str) -> str | None:
    """Return the key of the part that was once called `former`, None where there is none."""
    for name, field in parent.model_fields.items() if parent else ():
        if former in getattr(field.annotation, "formerly", ()):
            return name
    return None


def _worded(message: str) -> str:
    """Return pydantic's sentence in the words of a YAML file."""
    text = message.removeprefix("Value error, ")
    for foreign, plain in _WORDS:
        text = text.replace(foreign, plain)
    return f"{text[:1].lower()}{text[1:]}"


def _shown(value: object) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _find(tree: Node, loc: Location) -> tuple[Node, Mark | None, list[str]]:
    """Return the deepest node on a path, the mark of its key, and the path as the file has it."""
    node, key_mark = tree, None
    names: list[str] = []
    for part in loc:
        if isinstance(part, int) and isinstance(node.value, tuple) and part < len(node.value):
            node, key_mark = node.value[part], None
            names = [*names[:-1], f"{names[-1] if names else ''}[{part}]"]
        elif isinstance(part, str) and isinstance(node.value, dict) and part in node.value:
            entry = node.value[part]
            node, key_mark = entry.node, entry.key_mark
            names.append(part)
    return node, key_mark, names
