"""Real data in, city bundle out.

A city comes from a map (`gis.from_map`), from a town's own files (`gis.from_recipe`) or from a seed
(`gis.synthesise`). All three fill a draft (`gis.draft`) that `gis.assemble` makes a city of:

    read -> clean -> generate -> networks -> assemble -> City -> export

`read` takes files as they stand; `clean` makes one graph of loose street lines; `generate` draws
what no file gives; `networks` lays water and heat along the streets, or takes them from files;
`export` writes a city for other programs. A folder imports only from folders before it.
"""
