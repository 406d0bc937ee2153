"""The columns of the population, and the channels through which it reports."""

from __future__ import annotations

from enum import IntEnum, unique

from twin.city.tables import PERSONS
from twin.core.columns import Column, Table

OCCUPATIONS = PERSONS.column("occupation").choices
"""Meaning of the codes in the column `occupation`, in order."""
ADULT_AGE_YEARS = 18
"""Age from which a resident reports and is counted as a participant."""
NEVER = -1
"""Value of `last_report_day` for a citizen who has not reported."""


@unique
class Channel(IntEnum):
    """How a report reaches the city; the index of `CitizenDay.reports_by_channel`."""

    PHONE = 0
    APP = 1
    OFFICE = 2


FIXED = ("person_id", "building", "household")
"""Columns that say who and where; the order of rows stands on them, so they cannot be set."""

CITIZENS = Table(
    "citizens",
    "People, one row each, sorted by building, household and id",
    (
        Column("person_id", "int32", "stable id, the key of all draws", low=0),
        Column("building", "int32", "home, row of buildings", low=0),
        Column("household", "int32", "row of households", low=0),
        Column("age", "uint8", "age", "years", 0, 120),
        Column("female", "uint8", "1 female, 0 male", "", 0, 1),
        Column("education", "uint8", "0 below school leaving to 3 higher", "", 0, 3),
        Column("occupation", "uint8", "code, see OCCUPATIONS", "", 0, len(OCCUPATIONS) - 1),
        Column("digital_access", "uint8", "1 uses the internet for services", "", 0, 1),
        Column("income_kzt_month", "float32", "household income per head", "KZT/month", 0, 1e9),
        Column("earning_kzt_month", "float32", "own part of that income", "KZT/month", 0, 1e9),
        Column("work_building", "int32", "work or school, row of buildings, -1 none", low=-1),
        Column("civic_propensity", "float32", "inclination to speak up, standard score", "", -6, 6),
        Column("disposition", "float32", "personal shift of satisfaction", "share", -0.5, 0.5),
        Column("trust", "float32", "trust in the city's services", "share", 0, 1),
        Column("satisfaction", "float32", "satisfaction with them", "share", 0, 1),
        Column("expectation", "float32", "service level expected", "share", 0, 1),
        Column("efficacy", "float32", "belief that taking part changes something", "share", 0, 1),
        Column("voted", "uint8", "1 who voted in the last round", "", 0, 1),
        Column("fatigue", "float32", "weariness of reporting", "share", 0, 1),
        Column("last_report_day", "int32", "day of the last report, -1 never", "days", NEVER),
        Column("awaiting", "uint8", "bit k while a report of network k waits for an answer", "", 0),
        Column("affected_days", "uint16", "days with a problem noticed", "days", 0),
        Column("outage_days", "uint16", "days with water or heat failing", "days", 0),
        Column("reports_made", "uint16", "reports made", "", 0),
        Column(
            "voice_hazard",
            "float32",
            "reports per day at severity 1, trust 0.5 and no fatigue; derived from the voice lever",
            "1/day",
            0,
        ),
    ),
)
