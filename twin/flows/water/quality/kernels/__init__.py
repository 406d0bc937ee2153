"""Compiled transport of one quantity with the water."""
