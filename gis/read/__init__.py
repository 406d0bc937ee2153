"""What comes in, as it stands: map extracts, layers and tables of a recipe, weather files."""
