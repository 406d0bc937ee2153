"""Runs over time: from controls, patterns and scenarios to arrays, and back."""
