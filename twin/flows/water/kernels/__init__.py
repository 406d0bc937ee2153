"""Compiled solve of one moment, for many scenarios at once."""
