"""Bushes: what every origin sends over every link."""
