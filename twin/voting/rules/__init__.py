"""Voting rules, one file each: a frozen setting that turns a count of ballots into money."""

from twin.voting.rules.base import (
    TIES,
    AbstractRule,
    Allocation,
    Count,
    count_ballots,
    rules,
)
from twin.voting.rules.chosen import ExpertChoice, Lottery
from twin.voting.rules.districts import DistrictSplit
from twin.voting.rules.equal_shares import EqualShares
from twin.voting.rules.greedy import Greedy
from twin.voting.rules.maximin import MaximinSupport
from twin.voting.rules.phragmen import Phragmen

__all__ = [
    "TIES",
    "AbstractRule",
    "Allocation",
    "Count",
    "DistrictSplit",
    "EqualShares",
    "ExpertChoice",
    "Greedy",
    "Lottery",
    "MaximinSupport",
    "Phragmen",
    "count_ballots",
    "rules",
]
