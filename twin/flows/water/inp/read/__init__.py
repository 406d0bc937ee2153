"""EPANET input text in, a network out."""
