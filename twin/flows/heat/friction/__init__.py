"""Friction of pipes: pressure loss and its slope, by the law a network chooses."""
