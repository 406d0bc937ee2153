"""`twin indicators`: what is measured, and how published frames see it."""

from __future__ import annotations

import math
from pathlib import Path  # noqa: TC003 - typer reads the annotation
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.shown import Json, counted, print_json, print_table

if TYPE_CHECKING:
    from twin.experiment.store import Run
    from twin.indicators.views import Item, Reading, View

_DIRECTIONS = {"+": "more", "-": "less", "": ""}


def show_indicators(
    run: Annotated[
        Path | None, typer.Argument(help="Folder of one run, to see its values.", metavar="RUN")
    ] = None,
    *,
    view: Annotated[
        str | None,
        typer.Option(
            "--view",
            metavar="NAME|FILE",
            help="A published frame, such as smart_domains, iso37120 or u4ssc; or your own file.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """List indicators, or what a published frame takes from them; with a run, their values."""
    from twin.experiment.store import open_run
    from twin.indicators.views import load_view

    chosen = None if view is None else load_view(view)
    opened = None if run is None else open_run(run)
    if chosen is None:
        _catalogue(opened, as_json=as_json)
    else:
        _view(chosen, opened, as_json=as_json)


def _catalogue(run: Run | None, *, as_json: bool) -> None:
    """Print every registered indicator."""
    from twin.indicators import indicators
    from twin.indicators.views import view_names

    totals = {} if run is None else run.totals().to_dict()
    if as_json:
        rows = [
            {
                "indicator": kind,
                "unit": one.unit,
                "better": one.better,
                "formula": one.meaning,
                "source": one.source,
                **({} if run is None else {"value": totals.get(kind, math.nan)}),
            }
            for kind, one in indicators.items()
        ]
        print_json({"indicators": rows, "views": list(view_names())})
        return
    values = [] if run is None else ["value"]
    table = [
        [
            kind,
            *(_number(totals.get(kind, math.nan)) for _ in values),
            one.unit,
            _DIRECTIONS[one.better],
            one.meaning,
            one.source,
        ]
        for kind, one in indicators.items()
    ]
    columns = ["indicator", *values, "unit", "better", "formula", "source"]
    print_table("Indicators", columns, table)
    names = ", ".join(view_names())
    typer.echo(f"{counted(len(table), 'indicator')}; published frames (--view): {names}")


def _view(view: View, run: Run | None, *, as_json: bool) -> None:
    """Print the items of a view, with coverage, and with values where a run is named."""
    from twin.indicators.views import coverage_of, read_view

    coverage = coverage_of(view)
    readings = None if run is None else read_view(view, run.totals().to_dict())
    inputs = {} if run is None else run.manifest.get("resolved", {}).get("levers", {})
    if as_json:
        items = [item.model_dump(exclude_defaults=True) for item in view.items]
        for item, reading in zip(items, readings or [], strict=False):
            item["run"] = _plain(reading, inputs)
        print_json(
            {
                "view": view.view,
                "name": view.name,
                "source": view.source,
                "coverage": {name: getattr(coverage, name) for name in coverage.__slots__},
                "items": items,
            }
        )
        return
    if readings is None:
        rows = [[item.id, item.group, item.name, *_origin(item)] for item in view.items]
        print_table(view.name, ["item", "group", "name", "computed from", "not computed"], rows)
    else:
        shown = [_shown(reading, inputs) for reading in readings]
        rows = [
            [one.item.id, one.item.name, *cells] for one, cells in zip(readings, shown, strict=True)
        ]
        print_table(view.name, ["item", "name", "score", "values", "note"], rows)
    typer.echo(f"{view.view}: {coverage}")
    for line in (f"source: {view.source}", view.about):
        if line:
            typer.echo(line)


def _origin(item: Item) -> tuple[str, str]:
    """Return what an item is computed from, and what is missing."""
    if item.score:
        terms = ", ".join(
            f"{term.indicator} ({term.zero_at:g} to {term.one_at:g})" for term in item.score
        )
        return f"{item.combine} of {terms}", item.partly
    if item.lever:
        return f"lever {item.lever}", "an input of a run, no result"
    return ", ".join(item.indicators), item.partly or item.none


def _shown(reading: Reading, inputs: dict[str, Any]) -> tuple[str, str, str]:
    """Return score, values and note of an item of a run."""
    item = reading.item
    if item.lever:
        return "", f"{item.lever} = {_setting(item.lever, inputs)}", "an input, no result"
    values = ", ".join(f"{kind} {_number(value)}" for kind, value in reading.values.items())
    notes = [
        *([f"beyond the scale: {', '.join(reading.outside)}"] if reading.outside else []),
        *(
            [f"not defined, counted as stated: {', '.join(reading.assumed)}"]
            if reading.assumed
            else []
        ),
        *([text] if (text := item.partly or item.none) else []),
    ]
    score = f"{reading.score:.2f}" if item.score and not math.isnan(reading.score) else ""
    if item.score and not score:
        notes.insert(0, "no score: an indicator is not defined in this run")
    return score, values, "; ".join(notes)


def _plain(reading: Reading, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return what a run shows of an item as plain values."""
    item = reading.item
    if item.lever:
        return {"setting": _setting(item.lever, inputs)}
    return {
        "values": reading.values,
        **({"score": reading.score} if item.score else {}),
        "beyond_scale": list(reading.outside),
        "assumed": list(reading.assumed),
    }


def _setting(lever: str, inputs: dict[str, Any]) -> object:
    """Return the value of a lever's field in a run."""
    kind, _, field = lever.partition(".")
    return inputs.get(kind, {}).get(field, "not recorded")


def _number(value: float) -> str:
    """Return a number of few digits, or a word where it is not defined."""
    return "not defined" if math.isnan(value) else f"{value:.4g}"
