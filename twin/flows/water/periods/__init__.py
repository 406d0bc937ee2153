"""Extended period: steady solves in a row, joined by the levels of tanks."""
