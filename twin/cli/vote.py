"""`twin vote`: a past vote under its rule and under others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path  # noqa: TC003 - typer reads signatures
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.shown import Json, note, print_json, print_table

if TYPE_CHECKING:
    from twin.voting import Election, Measures, Outcome

_SHOWN_TABLE = 60
"""Projects up to which all are shown; of more, those that some rule funds."""


def vote(
    file: Annotated[Path, typer.Argument(help="File of a vote, Pabulib's .pb.")],
    *,
    rule: Annotated[
        str,
        typer.Option("--rule", help="Rule and its options: equal_shares:completion=add1u."),
    ] = "equal_shares",
    against: Annotated[
        list[str] | None, typer.Option("--against", help="Rules beside it; may be repeated.")
    ] = None,
    ties: Annotated[
        str,
        typer.Option(
            "--ties",
            help="First among equals: project_id, file, cheapest, most_votes or lottery.",
        ),
    ] = "project_id",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of lotteries.")] = 1,
    budget: Annotated[
        float | None, typer.Option("--budget", help="Money to spend in place of the file's.")
    ] = None,
    population: Annotated[
        int | None, typer.Option("--population", min=1, help="People who may vote, for turnout.")
    ] = None,
    scores: Annotated[
        Path | None,
        typer.Option("--scores", help="CSV of project_id and score, for rule expert_choice."),
    ] = None,
    as_approval: Annotated[
        bool, typer.Option("--as-approval", help="Count every project with points as approved.")
    ] = False,
    leave_out_invalid: Annotated[
        bool, typer.Option("--leave-out-invalid", help="Leave out invalid ballots, with a note.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Count a past vote under other rules: winners, costs and measures side by side.

    `twin vote town.pb --rule equal_shares --against greedy phragmen`. Rules: district_split,
    equal_shares, expert_choice, greedy, lottery, maximin_support, phragmen.
    """
    from twin import voting

    election = voting.read_pb(file, invalid_ballots="leave_out" if leave_out_invalid else "refuse")
    if as_approval:
        election = voting.as_approval(election)
    if budget is not None:
        election = _with_budget(election, budget)
    for words in election.notes:
        note(f"{file}: {words}")
    past = voting.recorded(election)
    outcomes = [] if past is None else [past]
    for spec in (rule, *(against or [])):
        chosen = voting.rule_from_text(spec)
        if scores is not None and isinstance(chosen, voting.ExpertChoice):
            chosen = voting.ExpertChoice(scores=_read_scores(scores))
        outcome = voting.tally(election, chosen, ties=ties, seed=seed)
        outcomes.append(replace(outcome, rule=spec))
    measures = [voting.measure(election, one, population=population) for one in outcomes]
    if as_json:
        print_json(_plain(election, outcomes, measures))
        return
    _show(election, outcomes, measures)


def _with_budget(election: Election, budget: float) -> Election:
    """Return the election with another budget."""
    amount = budget * 10**election.decimals
    if budget <= 0 or amount != round(amount):
        message = f"{budget:g} is not an amount above 0 in the money of the file"
        raise typer.BadParameter(message, param_hint="--budget")
    return replace(election, budget=round(amount))


def _read_scores(path: Path) -> dict[str, float]:
    """Return scores by project id from a CSV file."""
    from twin.voting.files.records import read_records

    records = read_records(path)
    records.require("project_id", "score")
    values = records.numbers("score")
    records.finish()
    return dict(zip(records.column("project_id"), map(float, values), strict=True))


def _plain(election: Election, outcomes: list[Outcome], measures: list[Measures]) -> dict[str, Any]:
    """Return everything as plain values."""
    from dataclasses import asdict

    from twin.voting import Fate

    projects = election.projects
    return {
        "source": election.source,
        "vote_type": str(election.ballots.vote_type) if election.ballots else None,
        "n_voters": election.n_voters,
        "budget": election.money(election.budget),
        "projects": [
            {
                "project_id": projects.project_id[j],
                "name": projects.name[j],
                "cost": election.money(int(projects.cost[j])),
            }
            for j in range(len(projects))
        ],
        "notes": list(election.notes),
        "outcomes": [
            {
                "rule": outcome.rule,
                "winners": [projects.project_id[j] for j in outcome.order],
                "spent": election.money(outcome.spent),
                "amounts": {
                    projects.project_id[j]: election.money(int(outcome.amount[j]))
                    for j in outcome.order
                },
                "fates": {
                    name: Fate(fate).name.lower()
                    for name, fate in zip(projects.project_id, outcome.fate.tolist(), strict=True)
                },
                "measures": asdict(one),
            }
            for outcome, one in zip(outcomes, measures, strict=True)
        ],
    }


def _show(election: Election, outcomes: list[Outcome], measures: list[Measures]) -> None:
    """Print projects and measures, one column a rule."""
    from twin.voting.rules import count_ballots

    projects = election.projects
    score = count_ballots(election).score
    heads = [outcome.rule for outcome in outcomes]
    rows = sorted(range(len(projects)), key=lambda j: (-int(score[j]), projects.project_id[j]))
    if len(rows) > _SHOWN_TABLE:
        funded = {j for outcome in outcomes for j in outcome.order}
        rows = [j for j in rows if j in funded]
        typer.echo(f"{len(projects) - len(rows)} projects that no rule funds are not shown")
    table = [
        [
            projects.project_id[j],
            projects.name[j][:40],
            f"{election.money(int(projects.cost[j])):,.10g}",
            str(score[j]),
            *(_mark(election, outcome, j) for outcome in outcomes),
        ]
        for j in rows
    ]
    title = f"{election.source}: {election.n_voters} ballots, {len(projects)} projects, budget "
    title += f"{election.money(election.budget):,.10g}"
    unit = "votes" if election.ballots and election.ballots.vote_type == "approval" else "points"
    print_table(title, ["id", "project", "cost", unit, *heads], table)
    print_table("Measures", ["measure", *heads], _measure_rows(election, outcomes, measures))


def _mark(election: Election, outcome: Outcome, j: int) -> str:
    """Return what a project receives; nothing where it is not funded."""
    from twin.voting import Fate

    if outcome.fate[j] == Fate.PART_FUNDED:
        return f"{election.money(int(outcome.amount[j])):,.10g}"
    return {Fate.FUNDED: "funded", Fate.COMPLETED: "completed"}.get(Fate(outcome.fate[j]), "")


def _measure_rows(
    election: Election, outcomes: list[Outcome], measures: list[Measures]
) -> list[list[str]]:
    """Return the rows of the table of measures."""

    def row(label: str, values: list[float | None]) -> list[str]:
        return [label, *("-" if one is None else f"{one:,.4g}" for one in values)]

    rows = [
        ["projects funded", *(str(one.n_funded) for one in measures)],
        ["money spent", *(f"{election.money(one.spent):,.10g}" for one in outcomes)],
        row("share of the budget", [one.spent_share for one in measures]),
        row("turnout", [one.turnout for one in measures]),
        row("voters without a funded project", [one.exclusion_ratio for one in measures]),
        row("Gini of money for a voter's projects", [one.value_gini for one in measures]),
        row("Gini of money per voter by district", [one.district_gini for one in measures]),
        [
            "projects that violate EJR+",
            *(
                "-" if one.ejr_plus_violations is None else str(len(one.ejr_plus_violations))
                for one in measures
            ),
        ],
    ]
    votes = measures[0].votes_by_category
    for category, share in votes.items():
        money = [one.money_by_category.get(category, 0.0) for one in measures]
        rows.append(row(f"money for {category} ({share:.0%} of votes)", list(money)))
    return rows
