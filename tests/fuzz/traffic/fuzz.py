"""Draw, assign, judge and make small: the loop over street networks."""

import json

from tests.fuzz.shrink import shrink
from tests.fuzz.traffic.draw import draw_network
from tests.fuzz.traffic.engine import run_ours
from tests.fuzz.traffic.laws import faults as law_faults
from tests.fuzz.workers import Worker

PLAINER = (
    {"toll": 0.0},
    {"length": 0.0},
    {"fixed_cost": 0.0},
    {"banned_classes": ""},
    {"capacity": 100.0},
    {"delay": "bpr", "b": 0.15, "power": 4.0},
    {"free_flow_time": 1.0},
)


class Bench:
    """Our assignment in a process of its own."""

    def __init__(self, worker=Worker):
        self._ours = worker(run_ours)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._ours.stop()

    def faults(self, case):
        """Return what is wrong with our result: (fault, detail) pairs."""
        answer, found = self._ours.run(case)
        if answer != "done":
            what = found if isinstance(found, str) else " ".join(found[:2])
            return [(f"{answer}: {what}", str(found))]
        if isinstance(found, list):
            return []  # refused with a message: the tables break a rule that is stated
        named = {}
        for law, name, amount in law_faults(case, found):
            named.setdefault(f"law: {law}", f"{name} {amount:.6g}")
        if found["status"] != "CONVERGED":
            named["flagged: not converged"] = f"gap {found['gap']:.3g} of {case['gap']:g}"
        return list(named.items())


def edits(case):
    """Yield smaller cases, the boldest first."""
    for name in ("turns", "classes", "closed"):
        if case[name]:
            rows = [row | {"vehicle_class": "car"} for row in case["trips"]]
            yield case | {name: []} | ({"trips": rows} if name == "classes" else {})
    for row in range(len(case["links"])):
        yield _without_link(case, row)
    for name in ("trips", "turns"):
        for row in case[name]:
            left = [other for other in case[name] if other is not row]
            if left or name == "turns":
                yield case | {name: left}
    yield from (case | plain for plain in ({"warm": False}, {"first_thru_node": 1}))
    for at, row in enumerate(case["links"]):
        for plain in PLAINER:
            yield case | {"links": [*case["links"][:at], row | plain, *case["links"][at + 1 :]]}


def _without_link(case, gone):
    links = [row for k, row in enumerate(case["links"]) if k != gone]
    closed = [shut for k, shut in enumerate(case["closed"]) if k != gone]
    turns = []
    for row in case["turns"]:
        ends = row["from_link"], row["to_link"]
        if gone not in ends:
            moved = [end - (end > gone) for end in ends]
            turns.append(row | {"from_link": moved[0], "to_link": moved[1]})
    return case | {"links": links, "closed": closed, "turns": turns}


def kinds_of(case):
    """Return in words what stands in a case."""
    found = {name for name in ("turns", "classes", "closed", "warm") if case[name]}
    found |= {"conical" for row in case["links"] if row["delay"] == "conical"}
    found |= {"centroids"} if case["first_thru_node"] > 1 else set()
    return ", ".join(sorted(found)) or "plain"


def fuzz(numbers, seed, findings):
    """Judge networks of some numbers; write small ones of what is found."""
    with Bench() as bench:
        for number in numbers:
            case = draw_network(seed, number)
            findings.count()
            for fault, _ in bench.faults(case):
                if not findings.wants(fault):
                    continue
                small, _ = shrink(
                    case, edits, lambda one, fault=fault: fault in dict(bench.faults(one))
                )
                detail = dict(bench.faults(small)).get(fault, "not found again in a new run")
                kind = f"{fault} | {kinds_of(small)}"
                note = f"# {kind}\n\nFound: {detail}\n\nDrawn: --seed {seed}, network {number}.\n"
                findings.keep(kind, json.dumps(small, indent=1), note, "json")
