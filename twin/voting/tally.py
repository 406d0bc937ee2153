"""Count a vote under a rule, and under others beside it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import TYPE_CHECKING, final

import numpy as np
from pydantic import ValidationError

from twin.core.errors import ElectionError, Fault
from twin.core.registry import nearest
from twin.voting.rules import AbstractRule, Allocation, Count, count_ballots, rules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twin.core.arrays import Int64, UInt8
    from twin.voting.election import Election

RECORDED = "recorded"
"""Name of the outcome that the file itself records."""


@unique
class Fate(IntEnum):
    """What became of a project."""

    FUNDED = 0
    PART_FUNDED = 1
    COMPLETED = 2
    """Funded from money that the rule had left over."""
    TOO_FEW_VOTES = 3
    IN_CONFLICT = 4
    """A funded project excludes it."""
    OVER_BUDGET = 5
    """Costs more than the whole budget."""
    NOT_REACHED = 6
    """Others came first."""


@final
@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule funds."""

    rule: str
    project_id: tuple[str, ...]
    """Ids of all projects, in the order of the election."""
    amount: Int64
    """Money of each project in minor units, shape (n_projects,)."""
    order: tuple[int, ...]
    """Rows funded, first to last."""
    fate: UInt8
    """`Fate` of each project, shape (n_projects,)."""
    budget: int

    @property
    def winners(self) -> tuple[str, ...]:
        """Ids of funded projects, in alphabetical order."""
        return tuple(sorted(self.project_id[j] for j in self.order))

    @property
    def spent(self) -> int:
        """Money given, in minor units."""
        return int(self.amount.sum())


def tally(
    election: Election,
    rule: str | AbstractRule = "greedy",
    *,
    ties: str = "project_id",
    seed: int = 0,
) -> Outcome:
    """Return what a rule funds.

    Parameters
    ----------
    rule
        A rule, or its name with options: `"equal_shares:completion=add1u,satisfaction=cost"`.
    ties
        Who is first among equals: `project_id`, `file`, `cheapest`, `most_votes` or `lottery`.
    seed
        Key of the lottery, of the rule and of ties.

    Raises
    ------
    ElectionError
        If the rule or an option is not known, or the rule does not fit the ballots.
    """
    chosen = rule if isinstance(rule, AbstractRule) else rule_from_text(rule)
    count = count_ballots(election, ties=ties, seed=seed)
    allocation = chosen.allocate(count)
    return _outcome(rule if isinstance(rule, str) else _name_of(chosen), count, allocation)


def tally_all(
    election: Election, specs: Iterable[str], *, ties: str = "project_id", seed: int = 0
) -> list[Outcome]:
    """Return the outcome under each rule, and first the recorded one where the source has it."""
    past = recorded(election)
    outcomes = [] if past is None else [past]
    return outcomes + [tally(election, spec, ties=ties, seed=seed) for spec in specs]


def rule_from_text(text: str) -> AbstractRule:
    """Return the rule that a text names: `kind` or `kind:option=value,option=value`."""
    kind, _, options = text.partition(":")
    kind = kind.strip()
    if kind not in rules:
        message = f"{kind!r} is not a voting rule. {nearest(kind, list(rules))}"
        raise ElectionError(message)
    form = rules[kind]
    given: dict[str, str] = {}
    for pair in filter(None, (one.strip() for one in options.split(","))):
        name, is_pair, value = pair.partition("=")
        if not is_pair:
            message = f"rule {text!r}: {pair!r} is not an option.\n  Write option=value."
            raise ElectionError(message)
        given[name.strip()] = value.strip()
    try:
        return form(**given)
    except ValidationError as error:
        raise ElectionError(_faults(text, form, error)) from None


def _faults(text: str, form: type[AbstractRule], error: ValidationError) -> list[Fault]:
    """Return what is wrong with the options of a rule."""
    faults = []
    for found in error.errors():
        name = ".".join(str(part) for part in found["loc"])
        field = form.model_fields.get(name)
        what = f"option {name}: {found['msg']}"
        mend = field.description or "" if field else ""
        if field is None:
            what = f"{name!r} is not an option"
            known = list(form.model_fields)
            mend = nearest(name, known) if known else "The rule has no options."
        faults.append(Fault(f"rule {text!r}", what, mend))
    return faults


def _name_of(rule: AbstractRule) -> str:
    """Return the name of a rule, with the options that are not at their defaults."""
    kind = next(kind for kind, form in rules.items() if form is type(rule))
    shown = [
        f"{name}={getattr(rule, name)}"
        for name, field in type(rule).model_fields.items()
        if getattr(rule, name) != field.get_default(call_default_factory=True)
        and not isinstance(getattr(rule, name), AbstractRule | dict)
    ]
    return f"{kind}:{','.join(shown)}" if shown else kind


def _outcome(name: str, count: Count, allocation: Allocation) -> Outcome:
    """Return an outcome, with what became of each project."""
    cost, amount = count.cost, allocation.amount
    fate = np.full(len(cost), Fate.NOT_REACHED, dtype=np.uint8)
    fate[cost > count.election.budget] = Fate.OVER_BUDGET
    for j in allocation.order:
        fate[count.conflict[count.conflict_first[j] : count.conflict_first[j + 1]]] = (
            Fate.IN_CONFLICT
        )
    fate[~count.eligible] = Fate.TOO_FEW_VOTES
    order = allocation.order
    fate[order] = Fate.FUNDED
    fate[order[len(order) - allocation.completed :]] = Fate.COMPLETED
    part = np.array(order, dtype=np.int64)
    fate[part[amount[part] < cost[part]]] = Fate.PART_FUNDED
    return Outcome(
        name, count.election.projects.project_id, amount, tuple(order), fate, count.election.budget
    )


def recorded(election: Election) -> Outcome | None:
    """Return the outcome that the source records in its column `selected`; None without one.

    Pabulib: 0 is not selected; 1, and further numbers that a file explains, are.
    """
    selected = election.projects.more.get("selected")
    if selected is None:
        return None
    rows = [j for j, value in enumerate(selected) if value.strip() not in ("", "0")]
    amount = np.zeros(len(selected), dtype=np.int64)
    amount[rows] = election.projects.cost[rows]
    fate = np.full(len(selected), Fate.NOT_REACHED, dtype=np.uint8)
    fate[rows] = Fate.FUNDED
    ids = election.projects.project_id
    return Outcome(RECORDED, ids, amount, tuple(rows), fate, election.budget)
