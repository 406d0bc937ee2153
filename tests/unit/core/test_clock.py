"""The calendar."""

import datetime as dt

from twin.core.clock import Clock


def test_year_opens_on_the_first_day_and_every_first_of_january():
    clock = Clock(dt.date(2026, 3, 1))
    assert clock.is_year_start(0)
    assert not clock.is_year_start(1)
    assert clock.is_year_start(306)
    assert clock.date(306) == dt.date(2027, 1, 1)


def test_month_and_year_ends():
    clock = Clock(dt.date(2026, 1, 1))
    assert clock.is_month_end(30)
    assert not clock.is_month_end(29)
    assert clock.is_year_end(364)


def test_leap_day_counts_as_the_28th_of_february():
    clock = Clock(dt.date(2028, 1, 1))
    assert clock.day_of_year(58) == 58
    assert clock.day_of_year(59) == 58
    assert clock.day_of_year(60) == 59
    assert clock.day_of_year(365) == 364


def test_share_of_year_left():
    clock = Clock(dt.date(2026, 7, 2))
    assert abs(clock.share_of_year_left(0) - 183 / 365) < 1e-12
    assert Clock(dt.date(2026, 1, 1)).share_of_year_left(0) == 1.0
