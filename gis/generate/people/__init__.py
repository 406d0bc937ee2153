"""People, households, work and zones of a draft."""
