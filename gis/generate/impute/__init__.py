"""What a map leaves open about its buildings: use, storeys, year, flats."""
