"""Scenario text to a tree of values that remember file, line and column.

YAML 1.2 without tags, merge keys or repeated keys, and with limits on size, depth and aliases, so
that a hostile file costs no more than an honest one.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, ScalarEvent
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from twin.core.errors import Fault, ScenarioError

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_ALIASES = 1_000
MAX_VALUES = 50_000
MAX_DIGITS = 30

_YAML = "tag:yaml.org,2002:"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

type Scalar = str | int | float | bool | dt.date | None


@final
@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file; line and column count from 1, line 0 means no file at all."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """Write `file:line:column`, or the name alone where there are no lines."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@final
@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a map with its value."""

    key_mark: Mark
    node: Node


@final
@dataclass(frozen=True, slots=True)
class Node:
    """A value with its place: a map of entries, a tuple of nodes, or a scalar."""

    mark: Mark
    value: dict[str, Entry] | tuple[Node, ...] | Scalar

    def plain(self) -> Any:  # noqa: ANN401 - YAML holds any value
        """Return maps as dicts, lists as lists, scalars as they are, dates as ISO text."""
        if isinstance(self.value, dict):
            return {key: entry.node.plain() for key, entry in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.plain() for node in self.value]
        return self.value.isoformat() if isinstance(self.value, dt.date) else self.value

    def child(self, key: str) -> Node | None:
        """Return the value under a key, None where this is no map or has no such key."""
        if isinstance(self.value, dict) and key in self.value:
            return self.value[key].node
        return None

    def with_entry(self, key: str, node: Node, key_mark: Mark) -> Node:
        """Return this map with a key set."""
        old = self.value if isinstance(self.value, dict) else {}
        return Node(self.mark, {**old, key: Entry(key_mark, node)})


def read_source(path: Path, shown: str, faults: list[Fault]) -> Node:
    """Read one scenario file as a tree.

    Parameters
    ----------
    path
        File.
    shown
        How messages name the file.
    faults
        Takes each key and value that a scenario cannot hold; such a key is left out, and the value
        is None.

    Raises
    ------
    ScenarioError
        If the file cannot be read, or no tree can be made of it.
    """
    if not path.is_file():
        raise ScenarioError(Fault(shown, "is not a file", "name a scenario file (.yaml)"))
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
    except OSError as error:
        raise ScenarioError(
            Fault(shown, f"cannot be read: {error.strerror}", "check the name and its rights")
        ) from error
    if data is None:
        raise ScenarioError(
            Fault(
                shown,
                f"has {path.stat().st_size} bytes, over {MAX_BYTES}",
                "a scenario holds settings; put data into a city bundle",
            )
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise ScenarioError(
            Fault(f"{shown}:{line}:{column}", "is not UTF-8 text", "save the file as UTF-8")
        ) from error
    return parse_text(text, shown, faults)


def parse_text(text: str, shown: str, faults: list[Fault]) -> Node:
    """Turn YAML text into a tree; see `read_source`."""
    try:
        _refuse_hostile(text, shown)
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        raise ScenarioError(_yaml_fault(error, shown)) from error
    except (YAMLError, ValueError, NotImplementedError, IndexError, AssertionError) as error:
        if isinstance(error, ScenarioError):
            raise
        what = f"is not YAML: {str(error).splitlines()[0] if str(error) else 'broken text'}"
        raise ScenarioError(Fault(f"{shown}:1:1", what, "mend the text at this place")) from error
    if root is None:
        raise ScenarioError(
            Fault(f"{shown}:1:1", "is empty", "start with `scenario: name` and `question: ...`")
        )
    tree = _Walk(shown, faults, 0).node(root)
    if not isinstance(tree.value, dict):
        raise ScenarioError(
            Fault(
                str(tree.mark),
                "is not a map of `key: value` lines",
                "start with `scenario: name` and `question: ...`",
            )
        )
    return tree


def _yaml_fault(error: MarkedYAMLError, shown: str) -> Fault:
    mark = error.problem_mark or error.context_mark
    where = f"{shown}:{mark.line + 1}:{mark.column + 1}" if mark else f"{shown}:1:1"
    context = f" ({error.context})" if error.context else ""
    return Fault(
        where,
        f"is not YAML: {error.problem or 'broken text'}{context}",
        "check indentation (spaces, no tabs), colons and quotes near this place",
    )


def _mark(mark: Any, shown: str) -> Mark:  # noqa: ANN401 - ruamel is not annotated
    return Mark(shown, mark.line + 1, mark.column + 1)


def _refuse_hostile(text: str, shown: str) -> None:
    """Refuse tags, deep nesting and too many aliases before a tree is built."""
    faults: list[Fault] = []
    depth = aliases = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        if isinstance(event, CollectionStartEvent):
            depth += 1
        elif isinstance(event, CollectionEndEvent):
            depth -= 1
        elif isinstance(event, AliasEvent):
            aliases += 1
        if depth > MAX_DEPTH or aliases > MAX_ALIASES:
            what = (
                f"is nested deeper than {MAX_DEPTH} levels"
                if depth > MAX_DEPTH
                else f"has more than {MAX_ALIASES} aliases"
            )
            where = str(_mark(event.start_mark, shown))
            raise ScenarioError(Fault(where, what, "write a flatter scenario"))
        tag = getattr(event, "tag", None)
        if isinstance(event, ScalarEvent | CollectionStartEvent) and tag not in (None, "!"):
            faults.append(
                Fault(
                    str(_mark(event.start_mark, shown)),
                    f"carries the tag {tag}",
                    "remove the tag: a scenario holds plain values only",
                )
            )
    if faults:
        raise ScenarioError(faults)


@final
@dataclass(slots=True)
class _Walk:
    """Turns composed nodes into the tree and gathers what is wrong on the way."""

    shown: str
    faults: list[Fault]
    n_values: int

    def node(self, raw: Any, path: tuple[str, ...] = ()) -> Node:  # noqa: ANN401 - not annotated
        """Convert one composed node and everything below it."""
        depth = len(path)
        mark = _mark(raw.start_mark, self.shown)
        self.n_values += 1
        if self.n_values > MAX_VALUES or depth > MAX_DEPTH:
            raise ScenarioError(
                Fault(
                    str(mark),
                    f"grows over {MAX_VALUES} values or {MAX_DEPTH} levels through its aliases",
                    "write the values out, or use `extends`",
                )
            )
        if isinstance(raw, MappingNode):
            return Node(mark, self._map(raw, path))
        if isinstance(raw, SequenceNode):
            items = enumerate(raw.value)
            return Node(mark, tuple(self.node(item, (*path, f"[{i}]")) for i, item in items))
        return Node(mark, self._scalar(raw, mark))

    def _map(self, raw: Any, path: tuple[str, ...]) -> dict[str, Entry]:  # noqa: ANN401
        entries: dict[str, Entry] = {}
        for raw_key, raw_value in raw.value:
            mark = _mark(raw_key.start_mark, self.shown)
            if not isinstance(raw_key, ScalarNode):
                self._add(mark, "has a list or map as its key", "use a word as the key")
                continue
            key = str(raw_key.value)
            if raw_key.tag == f"{_YAML}merge":
                self._add(mark, "uses the merge key <<", "use `extends`, or write the values out")
            elif key in entries:
                first = entries[key].key_mark
                self.faults.append(set_again((*path, key), mark, first))
            else:
                node = self.node(raw_value, (*path, key))
                # an absent value has the mark of whatever comes next
                absent = node.value is None and not raw_value.value
                entries[key] = Entry(mark, Node(mark, None) if absent else node)
        return entries

    def _scalar(self, raw: Any, mark: Mark) -> Scalar:  # noqa: ANN401
        text = str(raw.value)
        sort = str(raw.tag).removeprefix(_YAML)
        if sort == "null":
            return None
        if sort == "bool":
            return text.lower() == "true"
        if sort in ("int", "float"):
            return self._number(text, sort, mark)
        if sort == "timestamp" and _DATE.fullmatch(text):
            try:
                return dt.date.fromisoformat(text)
            except ValueError:
                self._add(mark, f"{text} is no day of the calendar", "write year-month-day")
                return None
        return text

    def _number(self, text: str, sort: str, mark: Mark) -> Scalar:
        digits = text.replace("_", "").lower()
        value: float | None = None
        if len(digits) <= MAX_DIGITS:
            try:
                value = _parsed(digits, sort)
            except ValueError:
                value = None
        if value is None:
            self._add(mark, f"{text[:40]} is not a number this program reads", "write it out")
            return None
        if not math.isfinite(value):
            self._add(mark, f"{text[:40]} is not a finite number", "write a finite number")
            return None
        return value

    def _add(self, mark: Mark, what: str, mend: str) -> None:
        self.faults.append(Fault(str(mark), what, mend))


def set_again(path: tuple[str, ...], mark: Mark, first: Mark) -> Fault:
    """Return the fault of a key that is in a file twice."""
    name = ".".join(path).replace(".[", "[")
    what = f"sets {name} again; it is set on line {first.line}"
    return Fault(str(mark), what, "keep one of the two")


def _parsed(digits: str, sort: str) -> float:
    """Return a YAML 1.2 number; integers may be written with 0x, 0o or 0b."""
    if sort == "int":
        based = digits.lstrip("+-")[:2] in ("0x", "0o", "0b")
        return int(digits, 0) if based else int(digits)
    return float(digits.replace(".inf", "inf").replace(".nan", "nan"))
