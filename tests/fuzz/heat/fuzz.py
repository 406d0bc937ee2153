"""Draw, solve, judge and make small: the loop over heat networks."""

import json
import math

from tests.fuzz.heat.draw import draw_network
from tests.fuzz.heat.engines import PEER_BAR, PEER_K, is_plain, run_ours, run_peer
from tests.fuzz.heat.laws import faults as law_faults
from tests.fuzz.shrink import shrink
from tests.fuzz.workers import Worker


class Bench:
    """We and pandapipes, each in a process of its own."""

    def __init__(self, worker=Worker):
        self._ours, self._peer = worker(run_ours, 120.0), worker(run_peer, 120.0)
        self.compared = 0

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._ours.stop()
        self._peer.stop()

    def faults(self, tables):
        """Return what is wrong with our solution: (fault, detail) pairs."""
        answer, found = self._ours.run(tables)
        if answer != "done":
            what = found if isinstance(found, str) else " ".join(found[:2])
            return [(f"{answer}: {what}", str(found))]
        if isinstance(found, list):
            return []  # refused with a message: the tables break a rule that is stated
        status, tables_found = found
        if status != "CONVERGED":
            return [("flagged: not converged", status)]
        named = {}
        for law, name, amount in law_faults(tables, tables_found):
            named.setdefault(f"law: {law}", f"{name} by {amount:.6g}")
        return list(named.items()) or self._peer_faults(tables)

    def _peer_faults(self, tables):
        if not is_plain(tables):
            return []
        answer, apart = self._peer.run(tables)
        if answer != "done" or apart is None:
            return []
        self.compared += 1
        bar, kelvin, span_bar = apart
        if bar > PEER_BAR * max(1.0, span_bar):
            return [("differs: pressure", f"{bar:.3g} bar of {span_bar:.3g}")]
        if kelvin > PEER_K:
            return [("differs: temperature", f"{kelvin:.3g} K")]
        return []


def edits(tables):
    """Yield smaller tables, the boldest first."""
    for row in tables["nodes"]:
        if row["node"].startswith("s"):
            yield _without_trench(tables, row["node"][1:])
    for name in ("consumers", "sources", "pipes"):
        for row in tables[name]:
            yield tables | {name: [other for other in tables[name] if other is not row]}
    for name, rows in tables.items():
        for at, row in enumerate(rows):
            for plainer in _plainer(row):
                yield tables | {name: [*rows[:at], plainer, *rows[at + 1 :]]}


def _without_trench(tables, number):
    gone = {f"s{number}", f"r{number}"}
    return {name: [row for row in rows if gone.isdisjoint(row.values())]
            for name, rows in tables.items()}  # fmt: skip


def _plainer(row):
    for key in ("bypass_kgs", "max_flow_kgs", "min_dp_pa", "pump_lift_pa", "pump_fall_pa_kgs2"):
        if key in row:
            yield {name: value for name, value in row.items() if name != key}
    if row.get("closed"):
        yield row | {"closed": False}
    if not math.isnan(row.get("capacity_w", math.nan)):
        yield row | {"capacity_w": math.nan}
    for digits in (1, 2):
        yield {k: float(f"{v:.{digits}g}") if isinstance(v, float) else v for k, v in row.items()}


def kinds_of(tables):
    """Return in words what stands in the tables beyond one source, pipes and consumers."""
    found = {key for rows in tables.values() for row in rows for key in row
             if key in {"bypass_kgs", "max_flow_kgs", "min_dp_pa", "pump_lift_pa", "flow_kgs",
                        "drop_k"}}  # fmt: skip
    found |= {"shut pipe"} if any(row.get("closed") for row in tables["pipes"]) else set()
    found |= {"sources"} if len(tables["sources"]) > 1 else set()
    if any(row.get("heat_w") == 0.0 for row in tables["consumers"]):
        found.add("idle consumer")
    if not all(math.isnan(row["capacity_w"]) for row in tables["sources"]):
        found.add("capacity")
    if any(row["elevation_m"] for row in tables["nodes"]):
        found.add("heights")
    return ", ".join(sorted(found)) or "plain"


def fuzz(numbers, seed, findings):
    """Judge networks of some numbers; write small ones of what is found."""
    with Bench() as bench:
        for number in numbers:
            tables = draw_network(seed, number)
            findings.count()
            for fault, _ in bench.faults(tables):
                if not findings.wants(fault):
                    continue
                small, _ = shrink(
                    tables, edits, lambda one, fault=fault: fault in dict(bench.faults(one))
                )
                detail = dict(bench.faults(small)).get(fault, "not found again in a new run")
                kind = f"{fault} | {kinds_of(small)}"
                note = (
                    f"# {kind}\n\nFound: {detail}\n\nDrawn with --seed {seed}, network {number}.\n"
                )
                findings.keep(kind, json.dumps(small, indent=1), note, "json")
        findings.by_fault["compared with pandapipes (no fault)"] += bench.compared
