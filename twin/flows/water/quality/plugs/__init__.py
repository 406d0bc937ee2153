"""Plugs of water in a row, as pipes and some tanks hold them."""
