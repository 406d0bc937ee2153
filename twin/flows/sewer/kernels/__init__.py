"""Compiled loops of the sewer."""
