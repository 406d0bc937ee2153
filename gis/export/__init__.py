"""A city for other programs: GeoPackage, GMNS, EPANET, GeoJSON, pictures, maps of offenders."""
