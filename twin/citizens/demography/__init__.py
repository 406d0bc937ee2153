"""People move on at the turn of a year: age, births, deaths, households, jobs, moves.

`year.move_on` is the order of it; each file holds one part. People and households are columns that
the parts work on (`folk.Folk`), and a new population takes the place of the old one at the end.
"""

from twin.citizens.demography.town import PROJECTIONS, Demography
from twin.citizens.demography.work import lose_jobs
from twin.citizens.demography.year import Turn, Year, labour_force_of, move_on

__all__ = ["PROJECTIONS", "Demography", "Turn", "Year", "labour_force_of", "lose_jobs", "move_on"]
