"""Controls and rules that open, shut and set links."""
