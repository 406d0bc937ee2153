"""One mechanism for things that are named in a scenario file."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, final

from twin.core.errors import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


_LISTED = 20
"""Known names that a hint lists all of; of more it lists the nearest."""
_NEAR = 6


def nearest(name: str, known: list[str]) -> str:
    """Return a hint `Did you mean x? Known: ...` for an unknown name."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"Did you mean {close[0]}? " if close else ""
    if len(known) <= _LISTED:
        return f"{hint}Known: {', '.join(sorted(known))}."
    near = difflib.get_close_matches(name, known, n=_NEAR, cutoff=0.0)
    return f"{hint}Known: {', '.join(sorted(near))} and {len(known) - len(near)} more."


@final
class Registry[T]:
    """Things of one sort by their `kind`, the string that names them in YAML."""

    def __init__(self, sort: str) -> None:
        self.sort = sort
        self._things: dict[str, T] = {}

    def register(self, kind: str) -> Callable[[T], T]:
        """Return a decorator that files a thing under `kind`; a second one is an error."""

        def file(thing: T) -> T:
            if kind in self._things:
                message = f"{self.sort} {kind!r} is registered twice"
                raise ScenarioError(message)
            self._things[kind] = thing
            return thing

        return file

    def __getitem__(self, kind: str) -> T:
        """Return the thing of that kind, or say which kind is near."""
        if kind not in self._things:
            message = f"{kind!r} is not a known {self.sort}. {nearest(kind, list(self._things))}"
            raise ScenarioError(message)
        return self._things[kind]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the kinds in alphabetical order."""
        return iter(sorted(self._things))

    def __len__(self) -> int:
        """Return the number of kinds."""
        return len(self._things)

    def __contains__(self, kind: object) -> bool:
        """Return whether a kind is registered."""
        return kind in self._things

    def items(self) -> Iterator[tuple[str, T]]:
        """Iterate over (kind, thing) in alphabetical order."""
        return ((kind, self._things[kind]) for kind in self)
