"""Compiled loops over ballots."""
