"""Shocks of a scenario: one file per kind; `schedule` sorts them by what they act on."""
