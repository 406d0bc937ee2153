"""Random networks against independent judges: `python -m tests.fuzz water --networks 1000`."""
