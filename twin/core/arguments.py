"""Arguments of public functions: their types are checked once, at the edge."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from twin.core.errors import ArgumentError, Fault

_MOST_SEED = 2**63 - 1


def require(name: str, value: object, kind: type | tuple[type, ...], mend: str) -> None:
    """Raise unless an argument is of a type.

    Raises
    ------
    ArgumentError
        With the argument, its type and what to give.
    """
    if not isinstance(value, kind):
        kinds = kind if isinstance(kind, tuple) else (kind,)
        wanted = " or ".join(one.__name__ for one in kinds)
        raise ArgumentError(Fault(name, f"is {_shown(value)}, not a {wanted}", mend))


def as_int(name: str, value: object, *, low: int = 0, high: int = _MOST_SEED) -> int:
    """Return a whole number, of numpy too, as an int.

    Raises
    ------
    ArgumentError
        If it is none, or out of bounds.
    """
    mend = f"give a whole number from {low}" + (f" to {high}" if high < _MOST_SEED else "")
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise ArgumentError(Fault(name, f"is {_shown(value)}, not a whole number", mend))
    number = operator.index(value)
    if not low <= number <= high:
        raise ArgumentError(Fault(name, f"= {number} is out of bounds", mend))
    return number


def as_ints(name: str, values: object, *, low: int = 0) -> list[int]:
    """Return whole numbers as a list of ints, each once, in order.

    Raises
    ------
    ArgumentError
        If there are none, or one is no whole number.
    """
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        mend = f"give a list of whole numbers, such as {name}=range(8)"
        raise ArgumentError(Fault(name, f"is {_shown(values)}, not a list", mend))
    numbers = [as_int(f"{name}[{place}]", one, low=low) for place, one in enumerate(values)]
    if not numbers:
        raise ArgumentError(Fault(name, "is empty", f"give at least one, such as {name}=range(8)"))
    return list(dict.fromkeys(numbers))


def as_float(name: str, value: object, *, above: float = 0.0) -> float:
    """Return a finite number above a bound.

    Raises
    ------
    ArgumentError
        If it is none.
    """
    mend = f"give a number above {above:g}"
    is_number = hasattr(value, "__float__") and not isinstance(value, str | bool)
    if not is_number:
        raise ArgumentError(Fault(name, f"is {_shown(value)}, not a number", mend))
    number = float(value)  # type: ignore[arg-type]
    if not above < number < float("inf"):
        raise ArgumentError(Fault(name, f"= {number:g} is out of bounds", mend))
    return number


def as_path(name: str, value: object) -> Path:
    """Return a path.

    Raises
    ------
    ArgumentError
        If it is no path or text, or empty.
    """
    if not isinstance(value, str | os.PathLike) or not os.fspath(value):
        raise ArgumentError(Fault(name, f"is {_shown(value)}, not a path", "give a path or text"))
    if "\0" in os.fsdecode(value):
        raise ArgumentError(Fault(name, "holds a null character", "give a path without it"))
    return Path(os.fsdecode(value))


def plain(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return a value with numpy's scalars and arrays as Python's own."""
    if hasattr(value, "tolist") and hasattr(value, "dtype"):
        return value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def _shown(value: object) -> str:
    """Return a value and its type, cut to one line."""
    text = repr(value)
    short = text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - a line's length
    return f"{' '.join(short.split())} ({type(value).__name__})"
