"""Votes on a budget: ballots, voting rules, measures and files; no city needed."""

from twin.voting.by_hand import election
from twin.voting.election import (
    Ballots,
    Election,
    Limits,
    Projects,
    VoteType,
    as_approval,
    restricted,
)
from twin.voting.files.pb_read import read_pb
from twin.voting.files.pb_write import write_pb
from twin.voting.files.platforms import read_consul, read_decidim
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
from twin.voting.tally import Fate, Outcome, recorded, rule_from_text, tally, tally_all

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
    "read_consul",
    "read_decidim",
    "read_pb",
    "recorded",
    "restricted",
    "rule_from_text",
    "rules",
    "tally",
    "tally_all",
    "write_pb",
]
