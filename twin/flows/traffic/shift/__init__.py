"""Shifting traffic between the ways of a bush."""
