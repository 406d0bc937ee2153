"""Places of a map: facilities, settlements, boundaries with people, works of networks."""
