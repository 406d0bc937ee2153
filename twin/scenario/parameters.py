"""The `parameters` section of a scenario: its form follows from the registered groups."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

import twin.parameters  # noqa: F401 - registers its groups
from twin.core.parameter_set import Parameters, nested
from twin.core.parameters import Number, parameters, parts_of, with_values

type ParameterItems = tuple[tuple[str, float], ...]
"""Numbers that differ from their defaults: (dotted path, value), in order of path."""


class _Group(BaseModel):
    """Parameters of one group."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def parameters_form() -> type[BaseModel]:
    """Return the form of `parameters`: every number of every registered group, all optional."""
    return _form(tuple((name, id(group)) for name, group in parameters.items()))


@lru_cache(maxsize=8)
def _form(known: tuple[tuple[str, int], ...]) -> type[BaseModel]:
    """Build the form; `known` is what it stands for in the cache."""
    del known
    return _map_form("Parameters", nested(dict(parameters.items())), "Numbers that are assumed.")


def _map_form(name: str, parts: object, meaning: str) -> type[BaseModel]:
    """Return the form of a group or of a map of groups; those without numbers are left out."""
    made: dict[str, Any] = {}
    for key, part in parts_of(parts):
        if isinstance(part, Number):
            made[key] = (float, _number_field(key, part))
            continue
        form = _part_form(f"{name}_{key}", part)
        made[key] = (form, Field(default_factory=form, description=form.__doc__))
    return create_model(name, __base__=_Group, __doc__=meaning, **made)


def _part_form(name: str, part: Any) -> type[BaseModel]:  # noqa: ANN401 - a group or a map
    """Return the form of a group, which also checks what its class demands of all its numbers."""
    if isinstance(part, Mapping):
        return _map_form(name, dict(parts_of(part)), "Groups of parameters.")
    meaning = (part.__doc__ or "Parameters.").split("\n")[0]
    form = _map_form(name, part, meaning)

    def check(self: BaseModel) -> BaseModel:
        with_values(part, self.model_dump())
        return self

    validators = {"check": cast("Any", model_validator(mode="after")(check))}
    return create_model(name, __base__=form, __doc__=meaning, __validators__=validators)


def _number_field(name: str, number: Number) -> Any:  # noqa: ANN401 - pydantic's FieldInfo
    """Return the field of a number, with its facts in the schema."""
    known = number.facts
    meaning = known.meaning or name.replace("_", " ")
    described = (
        f"[{known.unit}] {meaning}; {known.low:g} to {known.high:g}, default {number:g} "
        f"({known.grade.value}: {known.source})"
    )
    facts = {"unit": known.unit, "grade": known.grade.value, "source": known.source}
    return Field(
        default=float(number),
        ge=known.low,
        le=known.high,
        description=described,
        json_schema_extra=cast("dict[str, Any]", facts),
    )


def items_of(form: BaseModel) -> ParameterItems:
    """Return what a checked form sets otherwise than the defaults."""
    usual = {path: float(number) for path, number in Parameters.of({}).items()}
    given = _flat(form.model_dump())
    return tuple(sorted((path, given[path]) for path in usual if given[path] != usual[path]))


def _flat(values: Mapping[str, Any], above: str = "") -> dict[str, float]:
    """Return nested values by dotted path."""
    found: dict[str, float] = {}
    for name, value in values.items():
        path = f"{above}.{name}" if above else name
        if isinstance(value, Mapping):
            found |= _flat(value, path)
        else:
            found[path] = float(value)
    return found
