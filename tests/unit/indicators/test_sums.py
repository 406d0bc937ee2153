"""Sums start at nothing and add up, field by field."""

import dataclasses

import numpy as np

from twin.indicators import Sums


def test_sums_start_at_nothing():
    for field in dataclasses.fields(Sums):
        value = getattr(Sums(), field.name)
        assert value == {} if field.name == "flow" else not np.any(value), field.name
