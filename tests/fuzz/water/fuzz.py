"""Draw, run, judge and make small: the loop over water networks."""

import functools
import tempfile
from pathlib import Path

from tests.fuzz.shrink import shrink
from tests.fuzz.water.draw import draw_network
from tests.fuzz.water.edits import edits, kinds_of
from tests.fuzz.water.engines import kilowatts_as_23_reads, run_epanet, run_ours
from tests.fuzz.water.judge import judge
from tests.fuzz.water.text import option, write
from tests.fuzz.workers import Worker


class Bench:
    """We and two EPANETs, each in a process of its own, on one file at a time."""

    def __init__(self, worker=Worker):
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "network.inp"
        self._path_23 = self._path.with_name("network_23.inp")
        self._ours, self._epanet = worker(run_ours), worker(run_epanet)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._ours.stop()
        self._epanet.stop()
        self._folder.cleanup()

    def faults(self, net, *, alone=False):
        """Return what is wrong with our run of a network: (fault, detail) pairs.

        `alone` leaves out the engines, and so all faults but those of our own laws.
        """
        self._path.write_text(write(net))
        self._path_23.write_text(write(kilowatts_as_23_reads(net)))
        us_units, engines = option(net, "UNITS") == "GPM", {}
        engine_files = () if alone else (("2.2", self._path), ("2.3", self._path_23))
        for version, path in engine_files:
            answer, run = self._epanet.run(path, version, us_units)
            engines[version] = run if answer == "done" else None
        return judge(net, self._ours.run(self._path), engines)


def _has(bench, fault, net):
    """Return whether a network still has a fault."""
    alone = fault.startswith(("law", "raised", "crashed", "endless"))
    return fault in dict(bench.faults(net, alone=alone))


def note(kind, detail, seed, number):
    """Return the text beside a finding."""
    return f"# {kind}\n\nFound: {detail}\n\nDrawn with --seed {seed}, network {number}.\n"


def fuzz(numbers, seed, findings):
    """Judge networks of some numbers; write small ones of what is found."""
    with Bench() as bench:
        for number in numbers:
            net = draw_network(seed, number)
            findings.count()
            for fault, _ in bench.faults(net):
                if not findings.wants(fault):
                    continue
                small, _ = shrink(net, edits, functools.partial(_has, bench, fault))
                kind = f"{fault} | {kinds_of(small)}"
                detail = dict(bench.faults(small)).get(fault, "not found again in a new run")
                text = write(small, f"{fault}: {detail}")
                findings.keep(kind, text, note(kind, detail, seed, number), "inp")
