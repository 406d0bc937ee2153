"""Benchmarks, us and the peers side by side: `python -m benchmarks [NAME...]`.

Each name is a module here whose `run()` returns plain figures; they are printed and written to
`docs/benchmarks/<name>.json` with command, versions, date and machine.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import json
import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

NAMES = (
    "water",
    "heat",
    "traffic",
    "citizens",
    "city",
    "pbf",
    "sweep",
    "networks",
    "towns",
    "million",
    "voting",
    "renewal_orders",
    "accounts",
    "electricity",
)
PACKAGES = ("urban-twin", "numpy", "numba", "scipy", "pandas", "mesa", "pyarrow", "distributed")
PEERS = (
    "wntr",
    "epyt",
    "pandapipes",
    "aequilibrae",
    "pytraf",
    "mesa-frames",
    "pyrosm",
    "pabutools",
    "pandapower",
    "power-grid-model",
)
RESULTS = Path(__file__).resolve().parents[1] / "docs" / "benchmarks"


def main() -> None:
    """Run the named benchmarks, all by default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    names = parser.parse_args().names or NAMES
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        parser.error(f"{', '.join(unknown)}: not one of {', '.join(NAMES)}")
    outside: list[str] = []
    for name in names:
        figures = importlib.import_module(f"benchmarks.{name}").run()
        show(name, figures)
        print(f"written to {write(name, figures)}", file=sys.stderr)
        outside += [f"{name}: {words}" for words in figures.get("outside", [])]
    if outside:
        sys.exit("outside the stated bands:\n" + "\n".join(outside))


def write(name: str, figures: dict[str, Any]) -> Path:
    """Write figures with what is needed to repeat them."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.json"
    whole = {
        "command": f"python -m benchmarks {name}",
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "machine": machine(),
        "versions": versions(),
        "figures": figures,
    }
    path.write_text(json.dumps(whole, indent=2, default=_plain) + "\n")
    return path


def machine() -> dict[str, Any]:
    """Describe this machine, and how busy it was with other things."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cores": cores,
        "system": platform.system(),
        "processor": processor(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def processor() -> str:
    """Return the name of the processor: ratios differ by it."""
    facts = Path("/proc/cpuinfo")
    if facts.is_file():
        for line in facts.read_text("utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return f"{value.strip()} ({platform.machine()})"
    return platform.processor() or platform.machine()


def versions() -> dict[str, str]:
    """Return versions of Python, of what we use, and of the peers that are installed."""
    found = {"python": platform.python_version()}
    for name in (*PACKAGES, *PEERS):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _plain(value: object) -> object:
    """Return numpy scalars and arrays as plain values."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def show(name: str, figures: dict[str, Any]) -> None:
    """Print figures as a table of two columns."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=name, title_justify="left")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for path, value in flat(figures):
        text = f"{value:,.4g}" if isinstance(value, float) else str(value)
        table.add_row(path, text)
    Console(highlight=False).print(table)


def flat(value: object, path: str = "") -> list[tuple[str, Any]]:
    """Return nested figures as (dotted path, value)."""
    if isinstance(value, dict):
        items = [(str(key), item) for key, item in value.items()]
    elif isinstance(value, list | tuple):
        items = [(str(place), item) for place, item in enumerate(value)]
    else:
        return [(path, value)]
    return [leaf for key, item in items for leaf in flat(item, f"{path}.{key}".lstrip("."))]


if __name__ == "__main__":
    main()
