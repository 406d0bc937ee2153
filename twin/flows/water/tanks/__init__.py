"""Tanks: level and volume, and when one is full or empty."""
