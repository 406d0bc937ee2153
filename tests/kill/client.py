"""The sweep that is disturbed: short runs of a small town, in a process of its own."""

from __future__ import annotations

import sys

import twin
from twin.core.errors import TwinError
from twin.scenario import scenario_from_text

TEXT = """
scenario: kill
question: Is any run lost?
city: {synthesise: {people: 2000, seed: 1}}
start: 2026-01-01
years: 1
days: 2
"""
PATH = "levers.renewal.ring_fence_share"
SEEDS_A_POINT = 10


def scenario():
    return scenario_from_text(TEXT, "kill")


def grid(n_runs):
    points = max(n_runs // SEEDS_A_POINT, 1)
    return {PATH: [place / points for place in range(points)]}


def main(out, n_runs, cluster):
    """Sweep; 0 if whole, 1 with a message of ours, anything else is a fault of the program."""
    try:
        result = twin.sweep(
            scenario(),
            grid(int(n_runs)),
            seeds=range(SEEDS_A_POINT),
            out=out,
            cluster=cluster or None,
            jobs=2,
            patience_s=30.0,
        )
    except TwinError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.exit(1)
    sys.exit(1 if result.failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:4])
