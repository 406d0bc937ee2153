"""The embedded synthetic city, and its cache: built once for a version, people and seed."""

from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from gis.assemble import assemble
from gis.town.draw import draw_town
from gis.weather import AKMOLA
from twin.city import tables
from twin.city.bundle import SCHEMA_VERSION, load_city, save_city
from twin.core import streams
from twin.core.errors import CityDataError
from twin.kernels import rng

if TYPE_CHECKING:
    from gis.weather import Climate
    from twin.city.bundle import City

GENERATOR_VERSION = 1
"""Raised when a change outside `gis` changes what is generated."""
DEFAULT_PEOPLE, DEFAULT_SEED, DEFAULT_NAME = 14_000, 1, "akkol"
_log = logging.getLogger(__name__)


def synthesise(
    people: int = DEFAULT_PEOPLE,
    seed: int = DEFAULT_SEED,
    name: str = DEFAULT_NAME,
    *,
    climate: Climate = AKMOLA,
) -> City:
    """Return a synthetic city, the same for the same arguments.

    Parameters
    ----------
    people
        Exact number of residents.
    seed
        Key of every draw.
    name
        Name of the city.
    climate
        Weather and design cold.
    """
    return assemble(draw_town(people, seed, name=name), people=people, climate=climate)


def cache_root() -> Path:
    """Return the folder of built cities under the user's cache."""
    root = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return root / "urban-twin" / "cities"


def city_key(people: int, seed: int, name: str) -> str:
    """Hash everything a synthetic city depends on: generator sources, tables, arguments."""
    digest = hashlib.sha256(f"{GENERATOR_VERSION}|{SCHEMA_VERSION}|{people}|{seed}|{name}".encode())
    sources = sorted(Path(__file__).parent.rglob("*.py"))
    for path in (*sources, *(Path(str(module.__file__)) for module in (tables, streams, rng))):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cached_city(
    people: int = DEFAULT_PEOPLE,
    seed: int = DEFAULT_SEED,
    cache_dir: Path | str | None = None,
    *,
    name: str = DEFAULT_NAME,
) -> City:
    """Return a synthetic city, from the cache if it was built before.

    Parameters
    ----------
    people, seed, name
        As in `synthesise`.
    cache_dir
        Folder of built cities; None takes `cache_root()`.
    """
    folder = Path(cache_dir) if cache_dir is not None else cache_root()
    target = folder / f"{name}-{people}-{seed}-{city_key(people, seed, name)}"
    if target.is_dir():
        try:
            return load_city(target)
        except CityDataError as error:
            _log.warning("%s is damaged and built again: %s", target, error)
    _log.info("building the city %s of %d people into %s", name, people, target)
    city = synthesise(people, seed, name)
    save_city(city, target)
    return city
