"""The fixed numbers of the random streams: one per decision, never reused, never renumbered."""

from __future__ import annotations

from enum import IntEnum, unique


@unique
class Stream(IntEnum):
    """A decision that draws random numbers; results depend on the number, not on the name."""

    # from 1: building a city
    STREETS = 1
    BUILDINGS = 2
    BUILDING_YEARS = 3
    HOUSEHOLDS = 4
    PERSONS = 5
    INCOME = 6
    DIGITAL_ACCESS = 7
    WORKPLACES = 8
    ASSET_YEARS = 9
    ASSET_MATERIAL = 10
    FLOORS = 11
    BOOK_WEAR = 12
    POPULATION_FIT = 13
    SEGREGATION = 14
    # from 100: assets
    FAILURE = 100
    FAILURE_SEVERITY = 101
    REPAIR_DURATION = 102
    FRAILTY = 103
    SOIL = 104
    LAYING_QUALITY = 105
    PAST_FAILURES = 106
    # from 110: what is known of assets
    REGISTER_ERROR = 110
    INSPECTION = 111
    RENEWAL_LOT = 112
    # from 200: weather and shocks
    WEATHER_YEAR = 200
    # from 300: citizens
    CIVIC_PROPENSITY = 300
    INITIAL_TRUST = 301
    NOTICE_AND_REPORT = 302
    PAYMENT = 304
    METER = 305
    CUT_OFF = 306
    FIRM_PAYMENT = 307
    INITIAL_EFFICACY = 308
    PROPOSAL = 309
    VETO = 310
    TURNOUT = 311
    TASTE = 312
    BALLOT = 313
    DEATH = 320
    BIRTH = 321
    SCHOOLING = 322
    WORK = 323
    WAGE = 324
    LEAVING_HOME = 325
    SPLIT = 326
    JOINING = 327
    DEPARTURE = 328
    ARRIVAL = 329
    MOVE = 330
    HOME_CHOICE = 331
    PERSON_KEY = 332
    HOUSEHOLD_KEY = 333
    JOB_LOSS = 334
    NEW_HOMES = 335
    TIES = 336
    # from 400: institutions
    DISPATCH = 400
    DETECTION = 402
    TOWN_SEED = 403
    CONTRACT = 404
    WORKS_QUALITY = 405
    # from 500: traffic
    TRIPS_OF_DAY = 500
    EMERGENCY_CALLS = 501
    EMERGENCY_CALL = 502
    # from 600: votes
    PROJECT_LOTTERY = 600
    TIE_LOTTERY = 601
