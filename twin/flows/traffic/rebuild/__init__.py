"""Writing bushes anew."""
