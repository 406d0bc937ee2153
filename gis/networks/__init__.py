"""Utility networks: laid along the streets and sized, or taken from a town's files."""
