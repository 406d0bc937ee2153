"""Room in which scenarios over one network are solved side by side."""
