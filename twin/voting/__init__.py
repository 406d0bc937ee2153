"""Votes on a budget: ballots, voting rules, measures and files; no city needed."""

from twin.voting.election import (
    Ballots,
    Election,
    Limits,
    Projects,
    VoteType,
    as_approval,
    election,
    restricted,
)
from twin.voting.files.pb_read import read_pb
from twin.voting.measures import Measures, ejr_plus_violations, gini, measure
from twin.voting.rules import (
    TIES,
    AbstractRule,
    DistrictSplit,
    EqualShares,
    ExpertChoice,
    Greedy,
    Lottery,
    MaximinSupport,
    Phragmen,
    rules,
)
from twin.voting.tally import Fate, Outcome, recorded, tally, tally_all

__all__ = [
    "TIES",
    "AbstractRule",
    "Ballots",
    "DistrictSplit",
    "Election",
    "EqualShares",
    "ExpertChoice",
    "Fate",
    "Greedy",
    "Limits",
    "Lottery",
    "MaximinSupport",
    "Measures",
    "Outcome",
    "Phragmen",
    "Projects",
    "VoteType",
    "as_approval",
    "ejr_plus_violations",
    "election",
    "gini",
    "measure",
    "read_pb",
    "recorded",
    "restricted",
    "rules",
    "tally",
    "tally_all",
]
