"""Where numba looks for compiled kernels: by what they were compiled from, not by where it lies.

Numba's own locators put the path of the source into the name of the folder, so each checkout,
environment and copy compiles anew. Ours names the folder by content alone
(`twin.kernels.jit.cache_folder`); numba takes it by `NUMBA_CACHE_LOCATOR_CLASSES`, and releases
that do not know it use the folder as they use any `NUMBA_CACHE_DIR`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, final

from twin.kernels.jit import folder_at_import

if TYPE_CHECKING:
    from collections.abc import Callable


@final
class ContentLocator:
    """Locates the compiled form of one function; methods are those that numba calls."""

    def __init__(self, folder: Path, first_line: int) -> None:
        self._folder = folder
        self._first_line = first_line

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> Self | None:
        """Return the locator of a function; None where its source is no file."""
        source = Path(py_file)
        if not source.is_file():
            return None
        return cls(folder_at_import(source), py_func.__code__.co_firstlineno)

    def ensure_cache_path(self) -> None:
        """Make the folder, and try that it can be written."""
        self._folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=self._folder).close()

    def get_cache_path(self) -> str:
        """Return the folder."""
        return str(self._folder)

    def get_source_stamp(self) -> str:
        """Return the same for all: the folder's name is the hash of the source already."""
        return self._folder.name

    def get_disambiguator(self) -> str:
        """Return what sets functions of one name apart."""
        return str(self._first_line)
