"""Laws of wear fitted to breaks: a point process with hidden differences between pipes."""
