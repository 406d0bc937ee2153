"""A network in, EPANET input text out."""
