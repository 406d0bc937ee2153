"""The one decorator for compiled code, and where its compiled form is kept."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

_PACKAGE = Path(__file__).resolve().parents[1]


def kernel[F: Callable[..., Any]](function: F) -> F:
    """Compile a plain loop to machine code, cached on disk, with numpy's rules for division."""
    compiled: Any = numba.njit(cache=True, error_model="numpy")(function)
    return cast("F", compiled)


def parallel_kernel[F: Callable[..., Any]](function: F) -> F:
    """Compile like `kernel`, with `prange` spread over threads.

    Only where a benchmark shows the gain; the result must not depend on the thread count.
    """
    compiled: Any = numba.njit(cache=True, error_model="numpy", parallel=True)(function)
    return cast("F", compiled)


def inline_kernel[F: Callable[..., Any]](function: F) -> F:
    """Compile like `kernel`, pasted into its callers before they are optimised.

    For a few lines called in an inner loop that must become vector code: the compiler decides on
    vectors before it has inlined ordinary calls.
    """
    compiled: Any = numba.njit(cache=True, error_model="numpy", inline="always")(function)
    return cast("F", compiled)


def kernel_sources() -> list[Path]:
    """List every file that holds compiled code or numbers compiled into it, sorted."""
    files = {
        *_PACKAGE.glob("kernels/*.py"),
        *_PACKAGE.glob("**/kernels.py"),
        *_PACKAGE.glob("flows/*/kinds.py"),
    }
    return sorted(files)


def cache_key() -> str:
    """Hash all kernel sources and the flags that change their machine code.

    Numba's own cache does not see an edit in another file, nor `NUMBA_BOUNDSCHECK`
    (numba documentation, "Notes on Caching"), so the folder carries both in its name.
    """
    digest = hashlib.sha256(numba.__version__.encode())
    digest.update(os.environ.get("NUMBA_BOUNDSCHECK", "").encode())
    for path in kernel_sources():
        digest.update(path.relative_to(_PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Return the folder for compiled kernels: `$NUMBA_CACHE_DIR`, or one under the user's cache."""
    set_by_user = os.environ.get("NUMBA_CACHE_DIR")
    if set_by_user:
        return Path(set_by_user)
    root = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return root / "urban-twin" / "kernels" / cache_key()


setattr(numba.config, "CACHE_DIR", str(cache_folder()))  # noqa: B010 - the module sets its attributes at import
