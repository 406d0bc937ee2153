"""water flows."""
