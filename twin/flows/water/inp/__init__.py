"""EPANET input files: read with all faults at once, written so that EPANET runs them the same."""
