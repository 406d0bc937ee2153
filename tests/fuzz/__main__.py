"""Run a fuzzer by hand: `python -m tests.fuzz water --networks 1000 --seed 1 --out DIR`."""

import argparse
import importlib
import sys

from tests.fuzz.findings import Findings


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("subject", choices=("water", "heat", "traffic"))
    parser.add_argument("--networks", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="number of the first network")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", help="folder for small networks of what is found")
    given = parser.parse_args()
    loop = importlib.import_module(f"tests.fuzz.{given.subject}.fuzz").fuzz
    findings = Findings(given.out)
    loop(range(given.first, given.first + given.networks), given.seed, findings)
    sys.stdout.write("\n".join(findings.lines()) + "\n")


if __name__ == "__main__":
    main()
