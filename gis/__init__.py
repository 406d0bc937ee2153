"""Real data in, city bundle out.

`gis.build.build_from_osm` makes a city from a map, `gis.synthesise.synthesise` one from a seed, and
`gis.cache.cached_city` builds the latter once. They are imported from there, so that a city that
lies in the cache needs neither map reader nor generator.
"""
