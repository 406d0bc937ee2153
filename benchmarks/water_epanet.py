"""EPANET 2.2, the library inside wntr: its hydraulic loop under the clock."""

from __future__ import annotations

import ctypes
import time
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_DEMAND_MULTIPLIER = 4
_ITERATIONS = 0


class Epanet:
    """One open project; the loop calls the library itself, so that no wrapper is timed."""

    def __init__(self, path: Path) -> None:
        """Open a file and its hydraulics."""
        from wntr.epanet.toolkit import ENepanet

        engine: Any = ENepanet()
        engine.ENopen(str(path), str(path.with_suffix(".rpt")), str(path.with_suffix(".bin")))
        engine.ENopenH()
        self._results = path.with_suffix(".bin")
        self._engine = engine
        self._library = engine.ENlib
        self._handle = engine._project  # noqa: SLF001 - the C library is called past its wrapper

    def __enter__(self) -> Self:
        """Return the open project."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self._engine.ENcloseH()
        self._engine.ENclose()

    def run(self, demand_multiplier: float = 1.0) -> float:
        """Return the processor seconds of one run."""
        library, handle = self._library, self._handle
        library.EN_setoption(handle, _DEMAND_MULTIPLIER, ctypes.c_double(demand_multiplier))
        self._engine.ENinitH(0)
        now, left = ctypes.c_long(), ctypes.c_long(1)
        now_at, left_at = ctypes.byref(now), ctypes.byref(left)
        begin = time.process_time()
        while left.value > 0:
            library.EN_runH(handle, now_at)
            library.EN_nextH(handle, left_at)
        return time.process_time() - begin

    def run_with_results(self) -> float:
        """Return the processor seconds of one run, its results written by EPANET and read back.

        Results are EPANET's own file of 4-byte numbers, at reported times.
        """
        library, handle = self._library, self._handle
        self._engine.ENinitH(1)
        now, left = ctypes.c_long(), ctypes.c_long(1)
        now_at, left_at = ctypes.byref(now), ctypes.byref(left)
        begin = time.process_time()
        while left.value > 0:
            library.EN_runH(handle, now_at)
            library.EN_nextH(handle, left_at)
        self._engine.ENsaveH()
        np.fromfile(self._results, dtype=np.float32)
        return time.process_time() - begin

    def iterations(self) -> tuple[int, int]:
        """Return (solves, iterations of all solves) of one run."""
        self._engine.ENinitH(0)
        now, left, found = ctypes.c_long(), ctypes.c_long(1), ctypes.c_double()
        solves, total = 0, 0.0
        while left.value > 0:
            self._library.EN_runH(self._handle, ctypes.byref(now))
            self._library.EN_getstatistic(self._handle, _ITERATIONS, ctypes.byref(found))
            self._library.EN_nextH(self._handle, ctypes.byref(left))
            solves += 1
            total += found.value
        return solves, int(total)
