"""Compiled hydraulics, from the head loss of a link to runs of many scenarios."""
