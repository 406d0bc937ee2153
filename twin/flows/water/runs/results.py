"""Arrays for the results of scenarios, written by the kernels where they stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from twin.core.errors import CityDataError, Fault
from twin.flows.water.network.kinds import TANK_KIND
from twin.flows.water.runs.kernels.reports import ReductionArrays, ReportArrays
from twin.flows.water.runs.outputs import LINK_OUTPUTS, OUTPUTS, REDUCTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.core.arrays import Float64
    from twin.flows.water.network.tables import WaterNetwork
    from twin.flows.water.network.times import Times
    from twin.flows.water.runs.outputs import Selection

_SMALL = 1 << 22
"""Numbers that are made as one array: a large one is given in large pages, which take less time
to get than small ones; arrays larger than this are large enough by themselves."""
_HOUR_S = 3600.0


@final
@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """Results of some scenarios; the first axis is the scenario."""

    report: ReportArrays
    selection: Selection

    def part(self, first: int, end: int) -> ReportArrays:
        """Return the arrays of some scenarios, with scratch of their own."""
        report, reductions = self.report, self.report.reductions
        named = ("time_s", "iterations", *OUTPUTS, "tank_m3")
        own = {name: getattr(report, name)[first:end] for name in named}
        values = reductions._replace(
            node_value=reductions.node_value[first:end],
            link_value=reductions.link_value[first:end],
            scratch=reductions.scratch.copy(),
        )
        return report._replace(**own, reductions=values)

    def series(self) -> dict[str, np.ndarray]:
        """Return the kept outputs, shape (n_scenarios, n_kept_times, n_kept_nodes or links)."""
        found = {name: getattr(self.report, name) for name in self.selection.outputs}
        if "supplied" in found:
            found["supplied"] = found["supplied"].view(np.bool_)
        return found

    def reduced(self) -> dict[str, Float64]:
        """Return the reductions by name, shape (n_scenarios, n_kept_nodes or links)."""
        reductions, found = self.report.reductions, {}
        for row, (name, one) in enumerate(self.selection.reductions.items()):
            on_links = one.output in LINK_OUTPUTS
            value = reductions.link_value if on_links else reductions.node_value
            values = value[:, reductions.slot[row]]
            if one.kind == "mean":
                values = values / self.report.time_s.shape[1]
            elif one.kind in {"hours_below", "hours_above"}:
                values = values / _HOUR_S
            found[name] = values
        return found


def empty_results(
    net: WaterNetwork, times: Times, selection: Selection, n_scenarios: int
) -> Results:
    """Return arrays for what is kept of some scenarios."""
    n, n_tanks = times.n_reports, int((net.node_kind == TANK_KIND).sum())
    report = ReportArrays(
        time_s=np.zeros((n_scenarios, n), dtype=np.int64),
        iterations=np.zeros((n_scenarios, n), dtype=np.int32),
        kept_row=selection.kept_row,
        node=selection.node,
        link=selection.link,
        elevation_m=np.ascontiguousarray(net.elevation_m, dtype=float),
        **_kept_outputs(selection, n_scenarios),
        reductions=_reductions(times, selection, n_scenarios),
        tank_m3=np.zeros((n_scenarios, n_tanks, 4)),
    )
    return Results(report, selection)


def _kept_outputs(selection: Selection, n_scenarios: int) -> dict[str, np.ndarray]:
    """Return arrays for the outputs that are kept, and empty ones for the others."""
    shapes = dict.fromkeys(OUTPUTS, (n_scenarios, 0, 0))
    for name in selection.outputs:
        rows = selection.link if name in LINK_OUTPUTS else selection.node
        shapes[name] = (n_scenarios, selection.n_kept, rows.size)
    found: dict[str, np.ndarray] = {
        "supplied": np.zeros(shapes.pop("supplied"), dtype=np.uint8),
        # apart from the others, as it is never touched where nothing can leak
        "leak_m3s": np.zeros(shapes.pop("leak_m3s")),
    }
    sizes = {name: int(np.prod(shape)) for name, shape in shapes.items()}
    if sum(sizes.values()) > _SMALL:
        return found | {name: np.zeros(shape) for name, shape in shapes.items()}
    whole, first = np.zeros(sum(sizes.values())), 0
    for name, shape in shapes.items():
        found[name] = whole[first : first + sizes[name]].reshape(shape)
        first += sizes[name]
    return found


def _reductions(times: Times, selection: Selection, n_scenarios: int) -> ReductionArrays:
    """Return arrays for reductions, with the value of nothing in each."""
    chosen = list(selection.reductions.values())
    on_links = np.array([one.output in LINK_OUTPUTS for one in chosen], dtype=bool)
    at = times.reported_s if chosen else np.zeros(times.n_reports, dtype=np.int64)
    values = []
    for mask, size in ((~on_links, selection.node.size), (on_links, selection.link.size)):
        value = np.zeros((n_scenarios, int(mask.sum()), size))
        for slot, row in enumerate(np.flatnonzero(mask).tolist()):
            value[:, slot] = {"min": np.inf, "max": -np.inf}.get(chosen[row].kind, 0.0)
        values.append(value)
    largest = max(selection.node.size, selection.link.size)
    return ReductionArrays(
        output=np.array([OUTPUTS.index(one.output) for one in chosen], dtype=np.int32),
        kind=np.array([REDUCTIONS.index(one.kind) for one in chosen], dtype=np.int32),
        limit=np.array([one.limit for one in chosen], dtype=float),
        slot=np.where(on_links, on_links.cumsum(), (~on_links).cumsum()).astype(np.int32) - 1,
        weight_s=np.diff(at, append=at[-1:]).astype(float),
        node_value=values[0],
        link_value=values[1],
        scratch=np.zeros(largest if chosen else 0),
    )


def kept[T](series: Mapping[str, T], name: str) -> T:
    """Return a series of results; one that is not there says how to keep it."""
    if name not in series:
        names = ", ".join(series) or "no output"
        raise CityDataError(
            Fault(name, f"was not kept; kept: {names}", "add it to `outputs` of the run")
        )
    return series[name]
