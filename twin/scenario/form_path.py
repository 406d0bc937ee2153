"""What the form of a scenario states about a place in it: keys, unit, bounds, default."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from twin.core.registry import nearest

type Location = tuple[int | str, ...]
"""Keys, numbers of items and kinds of alternatives, from the top."""

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNIT = re.compile(r"\[([^\]]+)\]")
_LIMITS = ("ge", "gt", "le", "lt")


def field_at(form: type[BaseModel], loc: Location) -> FieldInfo | None:
    """Return the field at a place, or the one whose list it lies in; None where there is none."""
    names = [part for part in loc if part != "[key]"]
    while names and isinstance(names[-1], int):
        names.pop()
    parent = part_at(form, tuple(names[:-1])) if names else None
    return parent.model_fields.get(str(names[-1])) if parent else None


def unit_of(field: FieldInfo) -> str:
    """Return the unit that the description of a field starts with; empty where it has none."""
    match = _UNIT.match(field.description or "")
    return match[1] if match else ""


def bounds_of(field: FieldInfo) -> str:
    """Return the bounds of a number, such as `0 to 1`; empty where it has none."""
    found = dict(_limits([*field.metadata, field.annotation]))
    low = _number(found["ge"]) if "ge" in found else ""
    low = f"over {_number(found['gt'])}" if "gt" in found else low
    high = _number(found["le"]) if "le" in found else ""
    high = f"under {_number(found['lt'])}" if "lt" in found else high
    return f"{low} to {high}" if low and high else low or high


def _number(value: float) -> str:
    """Return a number as one writes it: whole ones with all digits."""
    return f"{value:.0f}" if value.is_integer() else f"{value:g}"


def _limits(parts: list[Any]) -> Iterator[tuple[str, float]]:
    """Iterate over (sort, value) of the limits in metadata and annotations."""
    for part in parts:
        if get_origin(part) is Annotated or get_args(part):
            yield from _limits(list(get_args(part)))
        elif isinstance(part, FieldInfo):
            yield from _limits(part.metadata)
        for name in _LIMITS:
            if getattr(part, name, None) is not None:
                yield name, float(getattr(part, name))


def described(field: FieldInfo) -> str:
    """Return unit, meaning, bounds and default of a field, in one line."""
    text = " ".join((field.description or "").split())
    facts = [bounds_of(field)]
    default = field.default
    if isinstance(default, Enum | bool | int | float | str):
        shown = _number(default) if isinstance(default, float) else default
        facts.append(f"default {shown}")
    new = [fact for fact in facts if fact and fact not in text]
    return f"{text.rstrip('.')}; {', '.join(new)}." if new else text


def part_at(form: type[BaseModel], loc: Location) -> type[BaseModel] | None:
    """Return the model that describes the map at a place, None where there is none."""
    kind: Any = form
    for part in loc:
        kind = _below(kind, part)
        if kind is None:
            return None
    models = [kind for kind in _alternatives(kind) if _is_model(kind)]
    return models[0] if models else None


def key_meant(form: type[BaseModel], loc: Location) -> str:
    """Return which key an unknown one means: further down, beside it, or elsewhere."""
    *names, wrong = (str(part) for part in loc)
    parent = part_at(form, loc[:-1])
    known = nearest(wrong, list(parent.model_fields) if parent else [])
    below = _path_to(wrong, parent) if parent else None
    if below:
        return f"Did you mean {'.'.join([*names, below])}? {known[known.find('Known:') :]}"
    elsewhere = _path_to(wrong, form)
    return f"Did you mean {elsewhere}? {known[known.find('Known:') :]}" if elsewhere else known


def _path_to(name: str, form: type[BaseModel]) -> str | None:
    """Return the dotted path of the first key of that name in the maps inside a map."""
    for key, field in form.model_fields.items():
        for inner in _alternatives(field.annotation):
            if not _is_model(inner):
                continue
            path = name if name in inner.model_fields else _path_to(name, inner)
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
