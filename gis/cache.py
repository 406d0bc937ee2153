"""The cache of synthetic cities: built once for a version of the generator, people and seed."""

from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from gis.names import DEFAULT_CITY
from gis.town_condition import DEFAULT_CONDITION
from twin.city import tables
from twin.city.bundle import SCHEMA_VERSION, load_city, read_manifest, save_city
from twin.core.errors import CityDataError

if TYPE_CHECKING:
    from twin.city.bundle import City

_TWIN = Path(tables.__file__).parents[1]
_log = logging.getLogger(__name__)


def cache_root() -> Path:
    """Return the folder of built cities under the user's cache."""
    root = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return root / "urban-twin" / "cities"


def generator_sources() -> list[Path]:
    """List what a city depends on: the generator, the tables, the solvers that size it."""
    folders = (Path(__file__).parent, _TWIN / "flows", _TWIN / "kernels")
    files = [path for folder in folders for path in folder.rglob("*.py")]
    tables = [_TWIN / "city" / name for name in ("tables.py", "hazard_laws.py", "network_kind.py")]
    return sorted([*files, *tables, _TWIN / "core" / "streams.py"])


def city_key(people: int, seed: int, name: str, condition: str = DEFAULT_CONDITION) -> str:
    """Hash everything a synthetic city depends on: sources and arguments."""
    arguments = f"{SCHEMA_VERSION}|{people}|{seed}|{name}|{condition}"
    digest = hashlib.sha256(arguments.encode())
    for path in generator_sources():
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cached_city(
    people: int,
    seed: int,
    cache_dir: Path | str | None = None,
    *,
    name: str = DEFAULT_CITY,
    condition: str = DEFAULT_CONDITION,
) -> City:
    """Return a synthetic city, from the cache if it was built before.

    Parameters
    ----------
    people, seed, name, condition
        As in `gis.synthesise.synthesise`.
    cache_dir
        Folder of built cities; None takes `cache_root()`.
    """
    folder = Path(cache_dir) if cache_dir is not None else cache_root()
    target = folder / _folder_name(people, seed, name, condition)
    if target.is_dir():
        try:
            return load_city(target)
        except CityDataError as error:
            _log.warning("%s is damaged and built again: %s", target, error)
    _log.info("building the city %s of %d people into %s", name, people, target)
    # imported here: loading a built city must not wait half a second for the generator
    from gis.synthesise import synthesise  # noqa: PLC0415

    city = synthesise(people, seed, name, condition=condition)
    save_city(city, target)
    return city


def _folder_name(people: int, seed: int, name: str, condition: str) -> str:
    return f"{name}-{people}-{seed}-{city_key(people, seed, name, condition)}"


def stored_hash(people: int, seed: int, condition: str = DEFAULT_CONDITION) -> str | None:
    """Return the content hash on record of a synthetic city, None where none was built.

    Reading it takes a millisecond where the city itself takes a tenth of a second.
    """
    target = cache_root() / _folder_name(people, seed, DEFAULT_CITY, condition)
    if not target.is_dir():
        return None
    try:
        return str(read_manifest(target)["content_hash"])
    except (CityDataError, KeyError, OSError):
        return None  # `cached_city` builds it again
