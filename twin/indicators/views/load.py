"""View files to views; faults with file, line and column."""

from __future__ import annotations

import difflib
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from twin.core.errors import Fault, ScenarioError
from twin.indicators.views.form import Item, Term, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

_ENDINGS = (".yaml", ".yml")
_FORMS: dict[str, type[BaseModel]] = {"": View, "items": Item, "score": Term}
"""Form of a map, by the list that it is in."""
_SHOWN = 60


@lru_cache(maxsize=1)
def view_names() -> tuple[str, ...]:
    """Return the names of the views that the package contains, alphabetically."""
    folder = files("twin.indicators.views")
    names = (Path(file.name) for file in folder.iterdir())
    return tuple(sorted(name.stem for name in names if name.suffix in _ENDINGS))


def load_view(name: str) -> View:
    """Return a view by its name, or from a file of one's own (`.yaml`).

    Raises
    ------
    ScenarioError
        If there is no view of that name, or its file is wrong; all faults at once.
    """
    if name.endswith(_ENDINGS):
        return read_view_file(Path(name))
    if name not in view_names():
        close = difflib.get_close_matches(name, view_names(), n=1, cutoff=0.5)
        hint = f"Did you mean {close[0]}? " if close else ""
        mend = f"{hint}Views: {', '.join(view_names())}; or name a file (.yaml)"
        raise ScenarioError(Fault(f"view {name!r}", "is not known", mend))
    return read_view_file(Path(str(files("twin.indicators.views") / f"{name}.yaml")))


def read_view_file(path: Path) -> View:
    """Read one view file.

    Raises
    ------
    ScenarioError
        If it cannot be read or does not fit the form; the message names file, line and entry.
    """
    try:
        tree = YAML(typ="rt", pure=True).load(path.read_text(encoding="utf-8"))
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise ScenarioError(Fault(str(path), what, "name a view file (.yaml)")) from error
    except UnicodeDecodeError as error:
        raise ScenarioError(Fault(str(path), "is not UTF-8 text", "save it as UTF-8")) from error
    except MarkedYAMLError as error:
        raise ScenarioError(_yaml_fault(error, path)) from error
    try:
        view = View.model_validate(tree)
    except ValidationError as error:
        raise ScenarioError([_fault(one, tree, path) for one in error.errors()]) from error
    if view.view != path.stem:
        what = f"view = {view.view!r} is not the name of the file"
        raise ScenarioError(Fault(_place(tree, ("view",), path), what, f"write {path.stem!r}"))
    return view


def _yaml_fault(error: MarkedYAMLError, path: Path) -> Fault:
    """Return the fault of a text that is not YAML, or sets a key twice."""
    mark = error.problem_mark or error.context_mark
    where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
    problem = (error.problem or "broken text").splitlines()[0]
    return Fault(where, f"is not YAML: {problem}", "check indentation, colons and quotes there")


def _fault(details: ErrorDetails, tree: Any, path: Path) -> Fault:  # noqa: ANN401 - any YAML
    """Return one fault of the form with its place and entry."""
    loc = details["loc"]
    where, entry = _place(tree, loc, path), _entry(tree, loc)
    if details["type"] == "extra_forbidden":
        return Fault(where, f"{entry} is not a known key", f"known: {', '.join(_keys(loc))}")
    if details["type"] == "missing":
        return Fault(where, f"{entry} is missing", f"add `{loc[-1]}: ...`")
    message = details["msg"].removeprefix("Value error, ").replace("Input should", "should")
    value = details["input"]
    shown = "" if isinstance(value, dict | list | tuple) else f" = {value!r}"[:_SHOWN]
    return Fault(where, f"{entry}{shown} {message[:1].lower()}{message[1:]}", "mend this entry")


def _keys(loc: Sequence[int | str]) -> list[str]:
    """Return the keys that the map around a place may have."""
    lists = [part for part in loc[:-1] if isinstance(part, str)]
    form = _FORMS.get(lists[-1] if lists else "", View)
    return list(form.model_fields)


def _place(tree: Any, loc: Sequence[int | str], path: Path) -> str:  # noqa: ANN401 - any YAML
    """Return file, line and column of the deepest part of a place that the file has."""
    line, column, node = 0, 0, tree
    for part in loc:
        if isinstance(node, CommentedMap) and part in node:
            line, column = node.lc.key(part)
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line, column = node.lc.item(part)
        else:
            break
        node = node[part]
    return f"{path}:{line + 1}:{column + 1}"


def _entry(tree: Any, loc: Sequence[int | str]) -> str:  # noqa: ANN401 - any YAML
    """Return a place in words, such as `items[2] (mobility).score[0].weight`."""
    text, node = "", tree
    for part in loc:
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            node = None
        text += f"[{part}]" if isinstance(part, int) else f"{'.' * bool(text)}{part}"
        if isinstance(part, int) and isinstance(node, dict) and "id" in node:
            text += f" ({node['id']})"
    return text or "the view"
