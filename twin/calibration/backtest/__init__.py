"""Forecasts of years that are known, scored against what came and against naive forecasts."""
