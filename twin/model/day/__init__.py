"""A day, one file per step; `order` puts them in their order."""
