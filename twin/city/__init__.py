"""The city bundle: its tables, how they are stored and checked, and what may be done to a city."""
