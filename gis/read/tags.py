"""The tags of OpenStreetMap that are read."""

from __future__ import annotations

STREET_TAGS = ("highway", "oneway", "lanes", "maxspeed", "bridge", "tunnel", "layer", "junction",
               "access", "service")  # fmt: skip
BUILDING_TAGS = ("building", "levels", "height", "start_date", "flats", "amenity", "shop",
                 "office", "healthcare")  # fmt: skip
LANDUSE_TAGS = ("landuse",)
AREA_TAGS = ("building", "building:levels", "landuse", "amenity", "height", "start_date", "flats",
             "shop", "office", "healthcare")  # fmt: skip
"""As a file has them; those that most buildings have come first, since looking ends with the last
tag of a feature."""
