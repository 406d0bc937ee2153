"""Settings of a sweep from text: values, lists, ranges, shards."""

from __future__ import annotations

import json
from typing import Any

import typer


def _pair(setting: str, form: str) -> tuple[str, str]:
    key, equals, values = setting.partition("=")
    if not equals or not key or not values:
        message = f"{setting!r} is not {form}"
        raise typer.BadParameter(message, param_hint="--set")
    return key, values


def parse_settings(settings: list[str]) -> dict[str, list[Any]]:
    """Return the grid from `KEY=V1,V2` texts; values are read as JSON, else as text.

    Commas inside brackets, braces or quotes belong to a value: `KEY=[1,2],[3]` has two lists.
    """
    grid: dict[str, list[Any]] = {}
    for setting in settings:
        key, values = _pair(setting, "KEY=V1,V2")
        if key in grid:
            message = f"{key} is set twice"
            raise typer.BadParameter(message, param_hint="--set")
        grid[key] = [_value(text.strip()) for text in _parts(values)]
    return grid


def _parts(text: str) -> list[str]:
    """Return the parts between commas that stand in no bracket and no quotes."""
    parts, depth, quoted, escaped = [""], 0, False, False
    for sign in text:
        if sign == "," and not depth and not quoted:
            parts.append("")
            continue
        if sign == '"' and not escaped:
            quoted = not quoted
        if not quoted:
            depth += (sign in "[{") - (sign in "]}")
        escaped = sign == "\\" and not escaped
        parts[-1] += sign
    return parts


def _value(text: str) -> Any:  # noqa: ANN401 - any plain value
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def parse_ranges(settings: list[str]) -> dict[str, tuple[float, float]]:
    """Return ranges from `KEY=LOW..HIGH` texts."""
    ranges = {}
    for setting in settings:
        key, values = _pair(setting, "KEY=LOW..HIGH")
        low, dots, high = values.partition("..")
        try:
            ranges[key] = (float(low), float(high if dots else "none"))
        except ValueError:
            message = f"{setting!r} is not KEY=LOW..HIGH, which sampled designs take"
            raise typer.BadParameter(message, param_hint="--set") from None
    return ranges


def parse_shard(text: str | None) -> tuple[int, int]:
    """Return `(i, n)` from `I/N`; everything from None."""
    if text is None:
        return (0, 1)
    try:
        first, step = (int(part) for part in text.split("/"))
    except ValueError:
        first, step = 0, 0
    if not 0 <= first < step:
        message = f"{text!r} is not I/N with I from 0 to N - 1"
        raise typer.BadParameter(message, param_hint="--shard")
    return first, step
