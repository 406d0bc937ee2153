"""Compiled loops over all citizens, one file a subject."""
