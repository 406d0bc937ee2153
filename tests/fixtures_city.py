"""A small synthetic city for tests, built once per process."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twin.city.bundle import City

SMALL_PEOPLE = 3_000


@cache
def small_city() -> City:
    """Return a town of 3,000 people with water, heat and weather; do not change its tables."""
    from gis.synthesise import synthesise

    return synthesise(SMALL_PEOPLE, 1, "smalltown")
