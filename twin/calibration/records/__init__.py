"""Records as a town keeps them, read by a recipe; every row that is not used is listed."""
