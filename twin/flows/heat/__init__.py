"""heat flows."""
