"""First guesses of solves, combined from solves before them."""
