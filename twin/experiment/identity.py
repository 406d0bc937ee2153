"""What a run is called: the hash of everything that influences it."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from twin.scenario.spec import digest

if TYPE_CHECKING:
    from twin.scenario.spec import Scenario

_PACKAGE = Path(__file__).resolve().parents[1]
_WITHOUT_INFLUENCE = ("cli", "report", "experiment", "_bundled")


@lru_cache(maxsize=1)
def model_version() -> str:
    """Return the program's version with a hash of every source that can change a result."""
    hashed = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        place = path.relative_to(_PACKAGE)
        if place.parts[0] not in _WITHOUT_INFLUENCE:
            hashed.update(place.as_posix().encode())
            hashed.update(path.read_bytes())
    return f"{version('urban-twin')}+{hashed.hexdigest()[:12]}"


def run_id(scenario: Scenario, seed: int, city_hash: str) -> str:
    """Return the identity of a run, 20 hex digits; equal ids have equal tables."""
    return digest([scenario.hash, seed, city_hash, model_version()])


def run_key(scenario: Scenario, city_hash: str) -> str:
    """Return the identity of a run apart from its seed, 8 hex digits, for the folder's name."""
    return digest([scenario.hash, city_hash, model_version()])[:8]


def run_folder(
    out: Path | str, scenario: Scenario, seed: int, *, city_name: str, city_hash: str
) -> Path:
    """Return where a run lies: `out/<city>/<scenario>-<arm>-<hash8>/seed-<n>`."""
    policy = f"{scenario.name}-{scenario.arm_name}-{run_key(scenario, city_hash)}"
    return Path(out) / slug(city_name) / policy / f"seed-{seed}"


def slug(name: str) -> str:
    """Return a name that is safe as a folder: letters, digits, dashes and underscores."""
    return re.sub(r"[^\w-]+", "-", name.strip().lower()).strip("-") or "city"
