"""Valves that hold a pressure: which are active, and what flow they then pass."""
