"""Words every room shares: errors, units, registries, columns, the calendar, random streams."""
