"""What pydantic found wrong, as faults that point into the scenario file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

from pydantic import BaseModel

from twin.core.errors import Fault
from twin.core.registry import nearest

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from twin.scenario.source import Mark, Node

_SHOWN = 60
_WORDS = (
    ("Input should", "should"),
    ("a valid dictionary or instance of", "a map:"),
    ("an object", "a map of `key: value`"),
    ("a valid array", "a list"),
)

type Location = tuple[int | str, ...]


def faults_of(
    error: ValidationError, tree: Node, form: type[BaseModel], *, prefix: str = ""
) -> list[Fault]:
    """Return one fault per error, each at the line and column of the value in the file.

    Parameters
    ----------
    error
        What pydantic found in the plain form of `tree`.
    tree
        Checked tree.
    form
        Model the tree was checked against; known keys and field descriptions come from it.
    prefix
        Written before the path of a field, for a tree that is part of a larger one.
    """
    return [_fault(details, tree, form, prefix) for details in error.errors()]


def _fault(details: ErrorDetails, tree: Node, form: type[BaseModel], prefix: str) -> Fault:
    loc: Location = details["loc"]
    sort = details["type"]
    ctx: dict[str, Any] = details.get("ctx", {})
    node, key_mark, names = _find(tree, loc)
    path = (prefix + ".".join(names)).rstrip(".") or "the scenario"
    where = str(node.mark)
    if sort == "extra_forbidden":
        parent = _part_at(form, loc[:-1])
        where, what = str(key_mark or node.mark), f"{path} is not a known key"
        present = _present_name(parent, str(loc[-1])) if parent else None
        near = _nearest_key(str(loc[-1]), parent) if parent else nearest(str(loc[-1]), [])
        mend = f"it is now `{present}`" if present else near
    elif sort == "missing":
        whole = path if names and names[-1] == str(loc[-1]) else f"{prefix}{_dotted(names, loc)}"
        what = f"{whole} is missing"
        mend = f"add `{loc[-1]}: ...`. {_description(form, loc)}".strip()
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
        mend = _description(form, loc) or "see the form of the file: twin schema"
        if sort == "literal_error":
            mend = nearest(str(node.value), re.findall(r"'([^']*)'", str(ctx["expected"])))
    return Fault(where, what, mend)


def _present_name(parent: type[BaseModel], former: str) -> str | None:
    """Return the key of the part that was once called `former`, None where there is none."""
    for name, field in parent.model_fields.items():
        if former in getattr(field.annotation, "formerly", ()):
            return name
    return None


def _dotted(names: list[str], loc: Location) -> str:
    return ".".join([*names, str(loc[-1])])


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


def _part_at(form: type[BaseModel], loc: Location) -> type[BaseModel] | None:
    """Return the model that describes the map at a path, None where there is none."""
    kind: Any = form
    for part in loc:
        kind = _below(kind, part)
        if kind is None:
            return None
    models = [kind for kind in _alternatives(kind) if _is_model(kind)]
    return models[0] if models else None


def _nearest_key(name: str, form: type[BaseModel]) -> str:
    """Return which key was meant: one of the map, or the same name further down in it."""
    known = nearest(name, list(form.model_fields))
    below = _key_below(name, form)
    return f"Did you mean {below}? {known}" if below and known.startswith("Known") else known


def _key_below(name: str, form: type[BaseModel]) -> str | None:
    """Return the dotted path of the first key of that name in the maps inside a map."""
    for key, field in form.model_fields.items():
        for inner in _alternatives(field.annotation):
            if not _is_model(inner):
                continue
            path = name if name in inner.model_fields else _key_below(name, inner)
            if path:
                return f"{key}.{path}"
    return None


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _alternatives(kind: Any) -> list[Any]:  # noqa: ANN401 - type expressions
    """Return the members of a union, unwrapped from Annotated; a plain type alone."""
    if get_origin(kind) is Annotated:
        return _alternatives(get_args(kind)[0])
    origin = get_origin(kind)
    if origin is None or origin in (tuple, dict, list):
        return [kind]
    return [inner for member in get_args(kind) for inner in _alternatives(member)]


def _below(kind: Any, part: int | str) -> Any:  # noqa: ANN401 - type expressions
    """Return the type one step below: a field, an item, or the union member with that kind."""
    for option in _alternatives(kind):
        origin = get_origin(option)
        if isinstance(part, int) and origin in (tuple, list):
            return get_args(option)[0]
        if isinstance(part, str) and origin is dict:
            return get_args(option)[1]
        if _is_model(option):
            if part in option.model_fields:
                return option.model_fields[part].annotation
            tag = option.model_fields.get("kind")
            if tag is not None and tag.default == part:
                return option
    return None


def _description(form: type[BaseModel], loc: Location) -> str:
    """Return the documentation of the field at a path, starting with its unit."""
    names = [part for part in loc if part != "[key]"]
    while names and isinstance(names[-1], int):
        names.pop()
    if not names:
        return ""
    parent = _part_at(form, tuple(names[:-1]))
    field = parent.model_fields.get(str(names[-1])) if parent else None
    return " ".join((field.description or "").split()) if field else ""
