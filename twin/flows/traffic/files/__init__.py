"""Road networks from files of others: TNTP and GMNS."""
