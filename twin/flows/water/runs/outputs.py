"""Which results of a run are kept, and what they are reduced to over time: words to rows."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.errors import Fault
from twin.core.registry import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twin.core.arrays import Int32
    from twin.flows.water.network.tables import WaterNetwork
    from twin.flows.water.network.times import Times

NODE_OUTPUTS = ("head_m", "pressure_m", "demand_m3s", "leak_m3s", "supplied")
LINK_OUTPUTS = ("flow_m3s",)
OUTPUTS = NODE_OUTPUTS + LINK_OUTPUTS
"""In the order of the kernels' numbers, as are the next."""
REDUCTIONS = ("min", "max", "mean", "integral", "hours_below", "hours_above")
LIMITED = frozenset({"hours_below", "hours_above"})
"""Reductions that take a limit."""
_HINTS = 20  # names for which a near one is looked for, which takes a while in large networks


@final
@dataclass(frozen=True, slots=True)
class Reduction:
    """One number of an output's course over all reported times."""

    output: str
    """One of `OUTPUTS`."""
    kind: str
    """One of `REDUCTIONS`."""
    limit: float = math.nan
    """Of `hours_below` and `hours_above`, in the unit of the output."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """What is kept of a run, by row."""

    outputs: tuple[str, ...]
    node: Int32
    """Rows of the kept nodes, in the order of the caller."""
    link: Int32
    kept_row: Int32
    """Shape (n_reports,): row of each reported time among the kept ones, -1 where it is not."""
    reductions: Mapping[str, Reduction]

    @property
    def n_kept(self) -> int:
        """Number of kept times."""
        return int((self.kept_row >= 0).sum())


@final
@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """What a caller asks to keep; None takes all."""

    outputs: Sequence[str] | None = None
    nodes: Sequence[str] | None = None
    links: Sequence[str] | None = None
    times: Sequence[float] | None = None
    reductions: Mapping[str, Sequence[str | float]] | None = None

    def rows(
        self, net: WaterNetwork, times: Times, usual: tuple[str, ...], faults: list[Fault]
    ) -> Selection:
        """Return what is kept, by row; file every name, time and reduction that is wrong.

        `usual` are the outputs unless others are named.
        """
        names = usual if self.outputs is None else _names("outputs", self.outputs, faults)
        for place, name in enumerate(names):
            if name not in OUTPUTS:
                what = f"{name!r} is no output"
                faults.append(Fault(f"outputs[{place}]", what, nearest(name, list(OUTPUTS))))
        reductions = _reductions(self.reductions or {}, faults)
        if not names and not reductions:
            what = "is empty and there are no reductions, so nothing would be kept"
            faults.append(Fault("outputs", what, "name an output or a reduction"))
        used = {*names, *(one.output for one in reductions.values())}
        if faults:
            used = set(OUTPUTS)  # whether nodes and links are used cannot be seen
        node = _rows("nodes", self.nodes, net.node_id, used & set(NODE_OUTPUTS), faults)
        link = _rows("links", self.links, net.link_id, used & set(LINK_OUTPUTS), faults)
        kept_row = _kept_rows(self.times, times, faults)
        if self.times is not None and not names:
            what = "are chosen, but no outputs; reductions take all reported times"
            faults.append(Fault("times", what, "name outputs, or leave times out"))
        if reductions and not (times.n_reports and times.most_rows == 0):
            what = "have no reported times in this run"
            faults.append(Fault("reductions", what, "let the run report within its duration"))
        return Selection(tuple(dict.fromkeys(names)), node, link, kept_row, reductions)


def _names(what: str, given: Sequence[str], faults: list[Fault]) -> tuple[str, ...]:
    """Return names as they are given; a lone text is a fault."""
    if isinstance(given, str):
        faults.append(Fault(what, f"is the text {given!r}", f"give a list: [{given!r}]"))
        return ()
    names = tuple(given)
    for place, name in enumerate(names):
        if not isinstance(name, str):
            fault = Fault(f"{what}[{place}]", f"= {name!r} is no text", "give names as texts")
            faults.append(fault)
    return tuple(name for name in names if isinstance(name, str))


def _reductions(
    given: Mapping[str, Sequence[str | float]], faults: list[Fault]
) -> dict[str, Reduction]:
    """Return reductions by the caller's names."""
    found = {}
    for name, words in given.items():
        before, where = len(faults), f"reductions[{name!r}]"
        if isinstance(words, str) or len(words) not in (2, 3):
            what = f"= {words!r} is no pair of output and reduction"
            faults.append(Fault(where, what, 'write ("pressure_m", "min")'))
            continue
        output, kind, limits = str(words[0]), str(words[1]), words[2:]
        for word, known in ((output, OUTPUTS), (kind, REDUCTIONS)):
            if word not in known:
                sort = "output" if known is OUTPUTS else "reduction"
                faults.append(Fault(where, f"{word!r} is no {sort}", nearest(word, list(known))))
        if kind in REDUCTIONS and (kind in LIMITED) != bool(limits):
            mend = f'write ("{output}", "{kind}"{", 20.0" if kind in LIMITED else ""})'
            faults.append(Fault(where, f"{kind} has {'a' if limits else 'no'} limit", mend))
        elif not all(isinstance(one, int | float) and math.isfinite(one) for one in limits):
            what = f"= {limits[0]!r} is no finite limit"
            faults.append(Fault(where, what, "give a number in the unit of the output"))
        if len(faults) == before:
            found[name] = Reduction(output, kind, *map(float, limits))
    return found


def _rows(
    what: str,
    given: Sequence[str] | None,
    ids: tuple[str, ...],
    used: Iterable[str],
    faults: list[Fault],
) -> Int32:
    """Return the rows of chosen nodes or links."""
    if given is None:
        return np.arange(len(ids), dtype=np.int32)
    names = _names(what, given, faults)
    if not isinstance(given, str) and len(given) == 0:
        faults.append(Fault(what, "is empty", f"name {what}, or leave it out for all"))
    elif not used:
        mend = f"leave {what} out, or name an output they have"
        faults.append(Fault(what, f"are chosen, but no output or reduction of {what}", mend))
    row_of = {name: row for row, name in enumerate(ids)}
    first_at: dict[str, int] = {}
    hints = 0
    for place, name in enumerate(names):
        if name not in row_of:
            near = difflib.get_close_matches(name, ids, n=1) if hints < _HINTS else []
            hints += 1
            mend = f"Did you mean {near[0]}? " if near else ""
            mend += f"All names are in net.{what[:-1]}_id"
            faults.append(Fault(f"{what}[{place}]", f"{name!r} is not in the network", mend))
        elif first_at.setdefault(name, place) != place:
            fault = f"{name!r} stands at {first_at[name]}, too"
            faults.append(Fault(f"{what}[{place}]", fault, "name each once"))
    return np.array([row_of[name] for name in first_at if name in row_of], dtype=np.int32)


def _kept_rows(chosen: Sequence[float] | None, times: Times, faults: list[Fault]) -> Int32:
    """Return the row of each reported time among the kept ones."""
    rows = np.arange(times.n_reports, dtype=np.int32)
    if chosen is None:
        return rows
    if times.most_rows > 0:
        what = "cannot be chosen in a run that reports every solve"
        faults.append(Fault("times", what, "leave times out"))
        return rows
    grid = times.reported_s
    wanted = np.asarray(chosen, dtype=float).ravel()
    if wanted.size == 0:
        faults.append(Fault("times", "is empty", "name reported times, or leave it out for all"))
    for place in np.flatnonzero(~np.isin(wanted, grid)).tolist():
        what = f"= {wanted[place]:g} s is no reported time"
        faults.append(Fault(f"times[{place}]", what, _near_times(wanted[place], grid)))
    if np.unique(wanted).size < wanted.size:
        faults.append(Fault("times", "name a time twice", "name each once"))
    kept = np.isin(grid, wanted)
    found: Int32 = np.where(kept, np.cumsum(kept) - 1, -1).astype(np.int32)
    return found


def _near_times(wanted_s: float, grid_s: np.ndarray) -> str:
    """Return which times could be meant."""
    if not grid_s.size:
        return "this run reports no time"
    near = ""
    if math.isfinite(wanted_s):
        near = f"Next to it is {grid_s[np.abs(grid_s - wanted_s).argmin()]} s. "
    every = f", each {grid_s[1] - grid_s[0]} s" if grid_s.size > 1 else ""
    return f"{near}Reported are {grid_s[0]} to {grid_s[-1]} s{every}; see step_s"
