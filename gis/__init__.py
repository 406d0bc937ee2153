"""Real data in, city bundle out.

`gis.build.build_from_osm` makes a city from a map and is imported from there, so that a synthetic
city needs no map reader.
"""

from gis.draft import Draft
from gis.synthesise import cached_city, synthesise
from gis.weather import AKMOLA, CLIMATES, URAL, Climate, read_weather

__all__ = [
    "AKMOLA",
    "CLIMATES",
    "URAL",
    "Climate",
    "Draft",
    "cached_city",
    "read_weather",
    "synthesise",
]
