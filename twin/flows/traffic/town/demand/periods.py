"""The periods of a day for which traffic is solved."""

PERIODS = ("am", "midday", "pm", "night")
"""Morning peak 08-09, the day until 17, evening peak 17-19, evening and night."""
PERIOD_HOURS = (1.0, 8.0, 2.0, 13.0)
