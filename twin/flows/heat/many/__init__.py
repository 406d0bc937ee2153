"""Many solves of one network: the hours of a season, or scenarios side by side."""
