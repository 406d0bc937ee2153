"""Heat networks from and to files of others."""
