"""Real data in, city bundle out."""
