"""How tanks mix: fully, in two compartments, or not at all."""
