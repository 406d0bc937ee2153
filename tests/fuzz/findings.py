"""Findings by kind: counted, at most three kept of each kind, written for whoever mends them."""

import re
from collections import Counter
from pathlib import Path

KEPT, TRIED = 3, 20
"""Networks kept of a kind, and made small of a fault that may have many causes."""
TRIED_OF_LAW = 3
"""Networks made small of a fault that names its law."""


class Findings:
    """What a run of the fuzzer found, and where it is written to (nowhere if `out` is None)."""

    def __init__(self, out=None):
        self.out = Path(out) if out else None
        self.networks, self.by_fault, self.by_kind = 0, Counter(), Counter()
        self._tried = Counter()
        if self.out:
            self.out.mkdir(parents=True, exist_ok=True)

    def count(self):
        """Count one network; report now and then."""
        self.networks += 1
        if self.out and self.networks % 100 == 0:
            (self.out / "counts.txt").write_text("\n".join(self.lines()) + "\n")

    def wants(self, fault):
        """Return whether another network with this fault is to be made small."""
        self.by_fault[fault] += 1
        self._tried[fault] += 1
        most = TRIED_OF_LAW if fault.startswith("law") else TRIED
        return self.out is not None and self._tried[fault] <= most

    def keep(self, kind, text, note, ending):
        """Write a small network of some kind, and a note beside it, unless enough are there."""
        self.by_kind[kind] += 1
        if self.by_kind[kind] > KEPT:
            return
        name = re.sub(r"[^a-z0-9]+", "_", kind.lower()).strip("_")[:100]
        number = "" if self.by_kind[kind] == 1 else f"_{self.by_kind[kind]}"
        (self.out / f"{name}{number}.{ending}").write_text(text)
        (self.out / f"{name}{number}.md").write_text(note)

    def lines(self):
        """Return the counts as lines of text."""
        yield f"{self.networks} networks"
        for fault, count in self.by_fault.most_common():
            yield f"{count:6d} {fault}"
            small = [(k, n) for k, n in self.by_kind.items() if k.startswith(fault + " | ")]
            for kind, number in small:
                yield f"{number:13d} small: {kind.removeprefix(fault + ' | ')}"
