"""Kill processes under a sweep and count what is lost: `python -m tests.kill --runs 200`.

For each fault a sweep is disturbed, then run again undisturbed, and its store compared with one
that nothing happened to.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.compute as pc

from tests.kill import client, faults
from twin.experiment.files import QUARANTINE, sha256_of
from twin.experiment.sweeps.parts import part_files, read_part, read_parts
from twin.experiment.sweeps.sweeping import planned


def content(folder):
    """Return a hash of all rows of a sweep, in one order."""
    return sha256_of(read_parts(folder).to_csv(index=False).encode())[:12]


def checked(out, n_runs, reference):
    """Return runs lost, doubled and torn, and whether rows equal those of the reference."""
    plan = planned(
        client.scenario(), client.grid(n_runs), seeds=range(client.SEEDS_A_POINT), out=out
    )
    seen = []
    for path in part_files(plan.folder):
        table = read_part(path, ["run_id"])
        seen += [] if table is None else pc.unique(table["run_id"]).to_pylist()
    torn = len(list(plan.folder.rglob(f"{QUARANTINE}/*")))
    lost = len(set(plan.tasks) - set(seen))
    return lost, len(seen) - len(set(seen)), torn, content(plan.folder) == reference


def disturbed(name, folder, n_runs, reference):
    """Return one row of the table."""
    out = folder / name / "sweeps"
    out.mkdir(parents=True)
    began = time.monotonic()
    killed = faults.FAULTS[name](out, n_runs, faults.chance_of(name))
    found = faults.parts(out)
    code = faults.start(out, n_runs).wait()
    took_s = time.monotonic() - began
    row = (name, killed, found, *checked(out, n_runs, reference), code, f"{took_s:.0f}")
    if name == "disk" and killed:
        subprocess.run(["umount", str(out)], check=False)
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.kill")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--faults", nargs="+", default=list(faults.FAULTS), choices=faults.FAULTS)
    parser.add_argument("--keep", action="store_true", help="keep the folders")
    given = parser.parse_args()
    n_runs = given.runs // client.SEEDS_A_POINT * client.SEEDS_A_POINT
    folder = Path(tempfile.mkdtemp(prefix="twin-kill-"))
    began = time.monotonic()
    (folder / "whole").mkdir()
    if faults.start(folder / "whole" / "sweeps", n_runs).wait() != 0:
        sys.exit(f"the undisturbed sweep failed: see {folder / 'whole' / 'client.log'}")
    reference = content(next((folder / "whole" / "sweeps").iterdir()))
    print(f"{n_runs} runs, undisturbed {time.monotonic() - began:.0f} s, {os.cpu_count()} cores\n")
    print("| fault | kills | parts before resume | lost | doubled | torn | same rows | exit | s |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    bad = False
    for name in given.faults:
        row = disturbed(name, folder, n_runs, reference)
        bad |= row[3:7] != (0, 0, 0, True) or row[7] != 0
        print("| " + " | ".join(str(cell) for cell in row) + " |", flush=True)
    if given.keep or bad:
        print(f"\nfolders kept in {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(bad)


if __name__ == "__main__":
    main()
