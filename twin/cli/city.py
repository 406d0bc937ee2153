"""`twin city`: build, check and describe city bundles."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads signatures
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.shown import Json, counted, imputed_line, note, print_json, print_table

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.city.glance import Fact

_WHOLE_FROM = 100.0

app = typer.Typer(name="city", help="Build, check and describe city bundles.", no_args_is_help=True)


@app.command("build")
def build(
    *,
    out: Annotated[Path, typer.Option("--out", help="Folder of the city bundle.")],
    osm: Annotated[
        Path | None, typer.Option("--osm", help="OpenStreetMap extract, or a folder of it.")
    ] = None,
    recipe: Annotated[
        Path | None,
        typer.Option("--recipe", help="YAML that names the town's own files; in place of --osm."),
    ] = None,
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
    no_repair: Annotated[
        list[str] | None,
        typer.Option("--no-repair", help="Code of a repair of streets to leave out; repeatable."),
    ] = None,
    keep_largest: Annotated[
        bool, typer.Option("--keep-largest", help="Only the largest piece of joined streets.")
    ] = False,
) -> None:
    """Turn a map into a city: streets and buildings as mapped, the rest imputed.

    A recipe gives people, CRS, seed and climate itself. Repairs are kept in repairs.gpkg of the
    folder, as layers before and after; build again with --no-repair CODE to undo one.
    """
    from gis.clean.repairs import RepairLog
    from gis.export.repair_layers import REPAIRS_FILE, write_repairs
    from gis.from_map import build_from_osm
    from gis.from_recipe import build_from_recipe
    from gis.generate.typical_weather import CLIMATES
    from twin.city.bundle import save_city

    if (osm is None) == (recipe is None):
        raise typer.BadParameter("give either --osm or --recipe", param_hint="--osm")
    if climate not in CLIMATES:
        message = f"{climate!r} is not one of {', '.join(sorted(CLIMATES))}"
        raise typer.BadParameter(message, param_hint="--climate")
    _require_place(out)
    repairs = RepairLog(no_repair or ())
    if recipe is not None:
        city = build_from_recipe(recipe, name=out.name, repairs=repairs)
    elif osm is not None:
        city = build_from_osm(
            osm,
            name=out.name,
            crs=crs,
            people=people,
            seed=seed,
            climate=CLIMATES[climate],
            keep_largest=keep_largest,
            repairs=repairs,
        )
    save_city(city, out)
    n_shapes = write_repairs(repairs, out / REPAIRS_FILE, city.crs)
    kinds, shapes = counted(len(repairs.made), "kind"), counted(n_shapes, "shape")
    note(f"{kinds} of repair, {shapes} in {out / REPAIRS_FILE}")
    _describe(city)
    note(f"city in {out}")


@app.command("synthesise")
def synthesise(
    *,
    out: Annotated[Path, typer.Option("--out", help="Folder of the city bundle.")],
    people: Annotated[int, typer.Option("--people", min=2_000, help="Residents.")] = 14_000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the town.")] = 1,
    condition: Annotated[
        str, typer.Option("--condition", help="Of its mains: sound, national or red_zone.")
    ] = "national",
) -> None:
    """Draw a synthetic town."""
    from gis.synthesise import synthesise as draw
    from twin.city.bundle import save_city

    _require_place(out)
    city = draw(people=people, seed=seed, name=out.name, condition=condition)
    save_city(city, out)
    _describe(city)
    note(f"city in {out}")


@app.command("check")
def check(
    folder: Annotated[Path, typer.Argument(help="Folder of a city bundle.")],
    *,
    offenders: Annotated[
        Path | None,
        typer.Option("--offenders", help="GeoPackage of what is wrong, a layer per code."),
    ] = None,
    fix: Annotated[
        bool,
        typer.Option("--fix", help="First mend what loses nothing; the changes go to fixes.gpkg."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Report every fault of a city; leave with 2 where there are errors."""
    from twin.city.bundle import load_city
    from twin.city.quality import check as look

    if fix:
        _mend(folder)
    city = load_city(folder)
    faults = look(city)
    n_errors = sum(fault.code.startswith("E-") for fault in faults)
    if as_json:
        fields = ("code", "where", "what", "mend", "rows")
        print_json([{name: getattr(fault, name) for name in fields} for fault in faults])
    else:
        for fault in faults:
            typer.echo(str(fault))
        errors, warnings = counted(n_errors, "error"), counted(len(faults) - n_errors, "warning")
        typer.echo(f"{folder}: {errors}, {warnings}")
    if offenders is not None:
        from gis.export.geopackage import write_offenders

        n_rows = write_offenders(city, faults, offenders)
        note(f"{n_rows} offending rows in {offenders}")
    if n_errors:
        raise typer.Exit(2)


def _mend(folder: Path) -> None:
    """Make the loss-free repairs of a city in its folder, and tell them."""
    from gis.clean.bundle_fixes import fix_city
    from gis.export.repair_layers import REPAIRS_FILE, write_repairs
    from twin.city.bundle import load_city, save_city

    city, log = fix_city(load_city(folder))
    if not log.made:
        note("nothing to mend without loss")
        return
    made_before = folder / REPAIRS_FILE
    kept = made_before.read_bytes() if made_before.is_file() else None
    save_city(city, folder)
    if kept is not None:
        made_before.write_bytes(kept)
    n_shapes = write_repairs(log, folder / "fixes.gpkg", city.crs)
    for one in log.made:
        note(f"{one.code}: {one.note}")
    note(f"{folder} is mended; {n_shapes} shapes in {folder / 'fixes.gpkg'}")


@app.command("info")
def info(
    folder: Annotated[Path, typer.Argument(help="Folder of a city bundle.")],
    *,
    picture: Annotated[
        Path | None, typer.Option("--picture", help="Also draw it, into a .png or .svg file.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Describe a city: counts, lengths, sources, and what was imputed."""
    from twin.city.bundle import load_city, read_manifest
    from twin.city.glance import glance

    city = load_city(folder)
    if picture is not None:
        from gis.export.picture import draw_city

        note(f"picture in {draw_city(city, picture)}")
    if as_json:
        facts = {fact.what: {"value": fact.value, "unit": fact.unit} for fact in glance(city)}
        print_json({**read_manifest(folder), "glance": facts})
        return
    _describe(city)


@app.command("export")
def export(
    folder: Annotated[Path, typer.Argument(help="Folder of a city bundle.")],
    *,
    gpkg: Annotated[
        Path | None, typer.Option("--gpkg", help="GeoPackage with layers styled for QGIS.")
    ] = None,
    gmns: Annotated[
        Path | None, typer.Option("--gmns", help="Folder of GMNS tables of the streets.")
    ] = None,
    inp: Annotated[
        Path | None, typer.Option("--inp", help="EPANET file of the water network.")
    ] = None,
    geojson: Annotated[
        Path | None, typer.Option("--geojson", help="Folder of GeoJSON layers in WGS 84.")
    ] = None,
) -> None:
    """Write a city for other programs; the bundle itself is GeoParquet."""
    from gis.export.epanet import write_inp
    from gis.export.geojson import write_geojson
    from gis.export.geopackage import write_geopackage
    from gis.export.gmns import write_gmns
    from twin.city.bundle import load_city

    wanted = (
        (gpkg, write_geopackage),
        (gmns, write_gmns),
        (inp, write_inp),
        (geojson, write_geojson),
    )
    if all(path is None for path, _ in wanted):
        message = "name at least one of --gpkg, --gmns, --inp, --geojson"
        raise typer.BadParameter(message, param_hint="--gpkg")
    city = load_city(folder)
    for path, write in wanted:
        if path is not None:
            note(f"written: {write(city, path)}")


def _require_place(out: Path) -> None:
    """Refuse a folder that cannot be written, or holds something else, before any work."""
    from twin.core.errors import CityDataError, Fault
    from twin.experiment.files import require_writable

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
    from twin.city.glance import glance
    from twin.city.tables import TABLES

    counts = [[table.name, f"{len(city.table(table.name)):,}", table.meaning] for table in TABLES]
    print_table(f"{city.name} ({city.crs}), seed {city.seed}", ["table", "rows", "holds"], counts)
    facts = [[fact.what, _shown(fact), fact.unit.replace("share", "")] for fact in glance(city)]
    print_table("At a glance", ["what", "figure", "unit"], facts)
    shares = city.imputed_share()
    rows = [[name, f"{share:.0%}"] for name, share in sorted(shares.items())]
    print_table("Imputed or synthetic", ["group", "share"], rows)
    typer.echo(imputed_line(shares))
    for source in city.sources:
        typer.echo(f"source: {source.path}, {source.licence} {source.attribution}".rstrip())
    for sentence in city.notes:
        typer.echo(f"note: {sentence}")


def _shown(fact: Fact) -> str:
    """Return a figure as a planner reads it: shares in percent, years whole, the rest in three."""
    if fact.unit == "share":
        return f"{fact.value:.0%}"
    if "year of" in fact.what:
        return f"{fact.value:.0f}"
    whole = abs(fact.value) >= _WHOLE_FROM or fact.value == round(fact.value)
    return f"{fact.value:,.0f}" if whole else f"{fact.value:.1f}"
