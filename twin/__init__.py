"""Urban digital twin simulation engine."""
