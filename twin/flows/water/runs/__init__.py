"""Views of a run: what its lanes share, and what each has of its own."""
