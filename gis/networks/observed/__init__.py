"""Networks that a town has on file: read, and laid onto the streets of its map."""
