"""traffic flows."""
