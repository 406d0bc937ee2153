"""The tags of OpenStreetMap that are read."""

from __future__ import annotations

ACCESS_TAGS = ("access", "vehicle", "motor_vehicle", "motorcar")
"""Who may use a street, the more special of cars last: the last that is there decides."""
CONDITIONAL_TAGS = tuple(f"{tag}:conditional" for tag in (*ACCESS_TAGS, "oneway", "maxspeed"))
"""Rules for some hours or vehicles: counted, reported and ignored."""
STREET_TAGS = ("highway", "oneway", "lanes", "maxspeed", "bridge", "tunnel", "layer", "junction",
               *ACCESS_TAGS, "service", *CONDITIONAL_TAGS)  # fmt: skip
BUILDING_TAGS = ("building", "levels", "height", "start_date", "flats", "amenity", "shop",
                 "office", "healthcare")  # fmt: skip
LANDUSE_TAGS = ("landuse",)
FACILITY_TAGS = ("amenity", "building", "healthcare", "man_made", "power", "name")
PLACE_TAGS = ("place", "population", "name", "boundary", "admin_level")
SITE_TAGS = ("substance", "pumping_station", "content", "industrial", "plant:output:hot_water",
             "plant:output:steam", "generator:output:hot_water",
             "generator:output:steam")  # fmt: skip
"""What works of networks hold and give; see `gis.read.places.utility_sites`."""
AREA_TAGS = ("building", "building:levels", "landuse", "amenity", "height", "start_date", "flats",
             "shop", "office", "healthcare", "man_made", "power", *PLACE_TAGS,
             *SITE_TAGS)  # fmt: skip
"""As a file has them; those that most buildings have come first, since looking ends with the last
tag of a feature."""
POINT_TAGS = (*dict.fromkeys((*FACILITY_TAGS, *PLACE_TAGS, *SITE_TAGS)),)
