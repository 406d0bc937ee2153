"""The one decorator for compiled code, and where its compiled form is kept."""

from __future__ import annotations

import functools
import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

_PACKAGE = Path(__file__).resolve().parents[1]
_LOCATOR = "twin.kernels.cache_locator.ContentLocator"
_IMPORT_OF_OURS = re.compile(rf"^\s*(?:from|import)\s+{_PACKAGE.name}\.([\w.]+)", re.MULTILINE)


def kernel[F: Callable[..., Any]](function: F) -> F:
    """Compile a plain loop to machine code, cached on disk, with numpy's rules for division."""
    return _compiled(function)


def inner_kernel[F: Callable[..., Any]](function: F) -> F:
    """Compile like `kernel`, for kernels alone to call: without its door from Python.

    That door unpacks every array of every tuple, and takes most of the time to compile a kernel
    which is handed many of them.
    """
    return _compiled(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def borrowing_kernel[F: Callable[..., Any]](function: F) -> F:
    """Compile like `inner_kernel`, without counting references to the arrays it is handed.

    A call counts every array of every tuple up and down again, by an atomic addition each: with a
    hundred arrays that takes as long as solving a small network. The caller holds the arrays.
    Numba refuses to compile such a kernel if it makes an array, returns a view or copies one array
    into another; what it does not see is a *tuple* of views, which may be returned to other
    borrowing kernels alone, as a counting one would give back what nobody took.
    """
    return _compiled(function, no_cpython_wrapper=True, no_cfunc_wrapper=True, _nrt=False)


def threaded_kernel[F: Callable[..., Any]](function: F) -> F:
    """Compile like `kernel`, and let other threads of Python run during a call.

    For work in independent blocks, each with its own arrays, so that the result cannot depend on
    the number of threads.
    """
    return _compiled(function, nogil=True)


def parallel_kernel[F: Callable[..., Any]](function: F) -> F:
    """Compile like `kernel`, with `prange` spread over threads.

    Only where a benchmark shows the gain; the result must not depend on the thread count.
    """
    return _compiled(function, parallel=True)


def inline_kernel[F: Callable[..., Any]](function: F) -> F:
    """Compile like `kernel`, pasted into its callers before they are optimised.

    For a few lines called in an inner loop that must become vector code: the compiler decides on
    vectors before it has inlined ordinary calls.
    """
    return _compiled(function, inline="always")


def cache_root() -> Path:
    """Return the folder for compiled kernels: `$NUMBA_CACHE_DIR`, or one under the user's cache."""
    set_by_user = os.environ.get("NUMBA_CACHE_DIR")
    if set_by_user:
        return Path(set_by_user)
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "urban-twin" / "kernels"


def cache_folder(source: Path) -> Path:
    """Return the folder for the kernels of one source file.

    Its name is the hash of that file, of every file of this package it imports, directly or not,
    and of the flags that change machine code: numba's own cache does not see an edit in another
    file, nor `NUMBA_BOUNDSCHECK` (numba documentation, "Notes on Caching").
    """
    digest = hashlib.sha256(numba.__version__.encode())
    digest.update(os.environ.get("NUMBA_BOUNDSCHECK", "").encode())
    for path in sorted(_reached_from(source)):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return cache_root() / digest.hexdigest()[:16]


@functools.cache
def folder_at_import(source: Path) -> Path:
    """Return `cache_folder` as it was when the process first asked; a file has many kernels."""
    return cache_folder(source)


def is_any_compiled() -> bool:
    """Return whether some kernel file of this package, as it stands, has been compiled here."""
    sources = {*_PACKAGE.glob("**/kernels/*.py"), *_PACKAGE.glob("**/kernels.py")}
    return any(any(cache_folder(source).rglob("*.nbi")) for source in sources)


def _compiled[F: Callable[..., Any]](function: F, **options: Any) -> F:  # noqa: ANN401 - numba's options
    source = Path(function.__code__.co_filename)
    folder = folder_at_import(source) if source.is_file() else cache_root()
    set_before = getattr(numba.config, "CACHE_LOCATOR_CLASSES", "")
    # the module sets its attributes at import, so no type checker knows them
    setattr(numba.config, "CACHE_DIR", str(folder))  # noqa: B010
    setattr(numba.config, "CACHE_LOCATOR_CLASSES", set_before or _LOCATOR)  # noqa: B010
    try:
        compiled: Any = numba.njit(cache=True, error_model="numpy", **options)(function)
    finally:
        setattr(numba.config, "CACHE_LOCATOR_CLASSES", set_before)  # noqa: B010
    return cast("F", compiled)


def _reached_from(source: Path) -> set[Path]:
    reached = {source}
    waiting = [source]
    while waiting:
        for path in _imported_by(waiting.pop()) - reached:
            reached.add(path)
            waiting.append(path)
    return reached


@functools.cache
def _imported_by(source: Path) -> frozenset[Path]:
    names = _IMPORT_OF_OURS.findall(source.read_text("utf-8"))
    paths = (_PACKAGE.joinpath(*name.split(".")).with_suffix(".py") for name in names)
    return frozenset(path for path in paths if path.is_file())
