"""`twin new`: five questions, then a scenario file that can be run and changed."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path  # noqa: TC003 - typer reads signatures
from typing import Annotated

import typer

from twin.cli.shown import note

_PEOPLE = 14_000
_MAIN = "breaks_per_km_year, cold_degree_hours, trust_mean, spending_million_kzt_year"
_LINE = """\
# Written by `twin new`. `twin plan {file}` prints what it will do,
# `twin compare {file}` runs it and answers the question.
scenario: {name}
question: {question}
city: {city}
start: 2026-01-01
years: {years}
seeds: 8
arms:
  changed:
    {lever}: {value}
indicators: [{indicators}]
"""


def new(
    file: Annotated[Path, typer.Argument(help="Scenario file to write.", metavar="FILE")],
    *,
    question: Annotated[
        str, typer.Option("--question", prompt="1. What do you want to know")
    ] = "Does it help, and what does it cost?",
    city: Annotated[
        str,
        typer.Option(
            "--city", prompt="2. Which city: a number of people for a synthetic town, or a bundle"
        ),
    ] = str(_PEOPLE),
    years: Annotated[int, typer.Option("--years", min=1, max=100, prompt="3. How many years")] = 5,
    change: Annotated[
        str,
        typer.Option(
            "--change", prompt="4. What to change: lever=value (docs/levers.md lists the levers)"
        ),
    ] = "renewal.ring_fence_share=0.3",
    indicators: Annotated[
        str, typer.Option("--indicators", prompt="5. What to look at (twin indicators lists them)")
    ] = _MAIN,
) -> None:
    """Ask five questions and write a scenario, checked before it is written."""
    from twin.scenario import scenario_from_text

    if file.exists():
        message = f"{file} exists; name another file, or remove this one"
        raise typer.BadParameter(message, param_hint="FILE")
    lever, sign, value = change.partition("=")
    if not sign or not value.strip():
        message = f"{change!r} is not lever=value, such as renewal.ring_fence_share=0.3"
        raise typer.BadParameter(message, param_hint="--change")
    text = _LINE.format(
        file=file.as_posix(),
        name=file_name(file.stem),
        question=_quoted(question),
        city=_city(city.strip()),
        years=years,
        lever=f"levers.{lever.strip().removeprefix('levers.')}",
        value=value.strip(),
        indicators=", ".join(indicators.replace(",", " ").split()),
    )
    scenario_from_text(text, str(file))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    note(f"written {file}; next: twin plan {file}")


def file_name(stem: str) -> str:
    """Return a name that a scenario may have, from a file's."""
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    return name if name[:1].isalpha() else f"scenario_{name}".rstrip("_")


def _city(answer: str) -> str:
    """Return the city as a file has it: a synthetic town of a size, or a bundle's folder."""
    digits = re.sub(r"[ _\u00a0\u202f]", "", answer)
    if digits.isdigit():
        return f"{{synthesise: {{people: {digits}, seed: 1}}}}"
    return f"{{bundle: {_quoted(answer)}}}"


def _quoted(text: str) -> str:
    """Return a text in YAML's single quotes, in one line."""
    line = " ".join(text.split()).replace("'", "''")
    return f"'{line}'"
