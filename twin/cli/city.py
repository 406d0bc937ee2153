"""`twin city`: build, check and describe city bundles."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads signatures
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.shown import Json, imputed_line, note, print_json, print_table

if TYPE_CHECKING:
    from twin.city.bundle import City

app = typer.Typer(name="city", help="Build, check and describe city bundles.", no_args_is_help=True)


@app.command("build")
def build(
    *,
    osm: Annotated[Path, typer.Option("--osm", help="OpenStreetMap extract, or a folder of it.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the city bundle.")],
    people: Annotated[
        int | None, typer.Option("--people", min=1, help="Residents; default from the map.")
    ] = None,
    crs: Annotated[
        str | None, typer.Option("--crs", help="Metric CRS such as EPSG:32642; default UTM.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of what is imputed.")] = 1,
    climate: Annotated[
        str, typer.Option("--climate", help="Typical weather: akmola or ural.")
    ] = "akmola",
) -> None:
    """Turn a map extract into a city: streets and buildings as mapped, the rest imputed."""
    from gis.build import build_from_osm
    from gis.weather import CLIMATES
    from twin.city.bundle import save_city

    if climate not in CLIMATES:
        message = f"{climate!r} is not one of {', '.join(sorted(CLIMATES))}"
        raise typer.BadParameter(message, param_hint="--climate")
    _require_place(out)
    city = build_from_osm(
        osm, name=out.name, crs=crs, people=people, seed=seed, climate=CLIMATES[climate]
    )
    save_city(city, out)
    _describe(city)
    note(f"city in {out}")


@app.command("synthesise")
def synthesise(
    *,
    out: Annotated[Path, typer.Option("--out", help="Folder of the city bundle.")],
    people: Annotated[int, typer.Option("--people", min=2_000, help="Residents.")] = 14_000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the town.")] = 1,
) -> None:
    """Draw a synthetic town."""
    from gis.synthesise import synthesise as draw
    from twin.city.bundle import save_city

    _require_place(out)
    city = draw(people=people, seed=seed, name=out.name)
    save_city(city, out)
    _describe(city)
    note(f"city in {out}")


@app.command("check")
def check(folder: Annotated[Path, typer.Argument(help="Folder of a city bundle.")]) -> None:
    """Report every fault of a city; leave with 2 where there are errors."""
    from twin.city.bundle import load_city
    from twin.city.validate import validate

    faults = validate(load_city(folder))
    errors = [fault for fault in faults if fault.code.startswith("E-")]
    for fault in faults:
        typer.echo(str(fault))
    typer.echo(f"{folder}: {len(errors)} errors, {len(faults) - len(errors)} warnings")
    if errors:
        raise typer.Exit(2)


@app.command("info")
def info(
    folder: Annotated[Path, typer.Argument(help="Folder of a city bundle.")],
    *,
    as_json: Json = False,
) -> None:
    """Describe a city: counts, lengths, sources, and what was imputed."""
    from twin.city.bundle import load_city, read_manifest

    if as_json:
        print_json(read_manifest(folder))
        return
    _describe(load_city(folder))


def _require_place(out: Path) -> None:
    """Refuse a folder that cannot be written, or holds something else, before any work."""
    from twin.core.errors import CityDataError, Fault
    from twin.experiment.store import require_writable

    if out.exists() and not (out / "city.json").is_file():
        raise CityDataError(
            Fault(
                str(out),
                "exists and is not a city bundle",
                "name another folder with --out, or remove this one",
            )
        )
    require_writable(out.parent)


def _describe(city: City) -> None:
    """Print counts, lengths, shares of what was imputed, sources and notes."""
    from twin.city.tables import TABLES

    counts = [[table.name, f"{len(city.table(table.name)):,}", table.meaning] for table in TABLES]
    print_table(f"{city.name} ({city.crs}), seed {city.seed}", ["table", "rows", "holds"], counts)
    lengths = [
        [network, f"{float(city.network_edges(network)['length_m'].sum()) / 1000:.1f}"]
        for network in ("street", "water", "heat")
    ]
    print_table("Networks", ["network", "km"], lengths)
    shares = city.imputed_share()
    rows = [[name, f"{share:.0%}"] for name, share in sorted(shares.items())]
    print_table("Imputed or synthetic", ["group", "share"], rows)
    typer.echo(imputed_line(shares))
    for source in city.sources:
        typer.echo(f"source: {source.path}, {source.licence} {source.attribution}".rstrip())
    for sentence in city.notes:
        typer.echo(f"note: {sentence}")
