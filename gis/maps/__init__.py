"""Map extracts in, a draft of the city out: read, clean, impute."""
