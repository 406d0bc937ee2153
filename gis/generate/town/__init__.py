"""A synthetic town drawn from a seed."""
