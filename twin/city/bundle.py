"""A city in memory and as a folder: `city.json` and one GeoParquet file per table."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, final

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from twin.city.networks import NETWORK_NAMES, STREET
from twin.city.tables import TABLES
from twin.core.arguments import as_path
from twin.core.columns import Table, conform, with_absent
from twin.core.errors import CityDataError, Fault
from twin.core.registry import nearest

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

    from twin.drawing import Page, Picture

SCHEMA_VERSION = 1
_MANIFEST = "city.json"


@final
@dataclass(frozen=True, slots=True)
class DataSource:
    """Where a part of a city comes from."""

    path: str
    """File name, or `generator`."""
    licence: str
    attribution: str = ""
    sha256: str = ""


@final
@dataclass(frozen=True, slots=True, eq=False)
class City:
    """A city: ten tables in one metric CRS, as in `twin.city.tables`.

    Build one with `twin.load_city` or `gis`; the constructor checks nothing, `validate` does.
    """

    name: str
    crs: str
    """Metric CRS, such as `EPSG:32642`."""
    seed: int
    """Seed of all imputed and synthetic parts."""
    street_nodes: gpd.GeoDataFrame
    street_edges: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    util_nodes: gpd.GeoDataFrame
    util_edges: gpd.GeoDataFrame
    households: pd.DataFrame
    persons: pd.DataFrame
    weather: pd.DataFrame
    sources: tuple[DataSource, ...] = ()
    notes: tuple[str, ...] = field(default=())
    """What was repaired or left out on import, one sentence each."""

    def __post_init__(self) -> None:
        """Add the columns of networks that came after a table was made."""
        for table in TABLES:
            frame = self.table(table.name)
            object.__setattr__(self, table.name, with_absent(table, frame))

    @property
    def streets(self) -> gpd.GeoDataFrame:
        """Street edges."""
        return self.street_edges

    def table(self, name: str) -> pd.DataFrame:
        """Return a table by name."""
        frame: pd.DataFrame = getattr(self, name)
        return frame

    def network_edges(self, network: str) -> pd.DataFrame:
        """Return the edges of a network of `twin.city.networks` in asset order."""
        edges: pd.DataFrame = self.street_edges
        if network != STREET.name:
            edges = self.util_edges[self.util_edges["network"] == network]
        return edges

    def to_networkx(self, network: str) -> nx.Graph:
        """Return a network as a graph with all columns as attributes.

        `street` gives a directed multigraph (two arcs for a two-way street), utilities an
        undirected one.
        """
        from twin.city.graph import (  # noqa: PLC0415 - networkx is slow to import
            pipe_graph,
            street_graph,
        )

        if network == STREET.name:
            return street_graph(self.crs, self.street_nodes, self.street_edges)
        if network not in NETWORK_NAMES:
            known = nearest(network, list(NETWORK_NAMES))
            message = f"{network!r} is not a network of a city. {known}"
            raise CityDataError(message)
        nodes = self.util_nodes[self.util_nodes["network"] == network]
        return pipe_graph(self.crs, nodes, self.network_edges(network))

    def map(self, network: str = STREET.name, column: str = "built_year") -> Picture:
        """Return a still map of a network, coloured by a column of its edges."""
        from twin.drawing.showing import picture_of  # noqa: PLC0415 - plotting is optional

        return picture_of(self, "twin.city.pictures:map_city", network, column)

    def plot(self, network: str = STREET.name, column: str = "built_year") -> Picture:
        """Return the same picture as `map`."""
        return self.map(network, column)

    def explore(self, network: str = STREET.name, column: str = "built_year") -> Page:
        """Return a network as a map with zoom and the facts of an edge under the pointer."""
        from twin.drawing.showing import page_of  # noqa: PLC0415 - plotting is optional

        return page_of(self, "twin.city.pictures:explore_city", network, column)

    def _repr_html_(self) -> str:
        from twin.drawing.showing import card_of  # noqa: PLC0415 - plotting is optional

        return card_of(self, "twin.city.pictures:city_card")

    def imputed_share(self) -> dict[str, float]:
        """Return, per `*source` column, the share of rows that were not observed."""
        shares: dict[str, float] = {}
        for table in TABLES:
            frame = self.table(table.name)
            for column in table.columns:
                if column.name.endswith("source") and len(frame):
                    group = column.name.removesuffix("source").removesuffix("_")
                    name = f"{table.name}.{group}" if group else table.name
                    shares[name] = float((frame[column.name] != "observed").mean())
        return shares

    def content_hash(self) -> str:
        """Hash all values, 20 hex digits; equal for equal cities on any machine."""
        digest = hashlib.sha256(f"{SCHEMA_VERSION}|{self.crs}".encode())
        for table in TABLES:
            frame = self.table(table.name)
            digest.update(f"|{table.name}|{len(frame)}|".encode())
            for column in table.columns:
                digest.update(column.name.encode())
                digest.update(_column_bytes(frame[column.name], column.dtype))
            if table.geometry:
                digest.update(b"".join(frame.geometry.to_wkb()))
        return digest.hexdigest()[:20]


def _column_bytes(values: pd.Series, dtype: str) -> bytes:
    """Return a column as bytes, independent of pandas' own representation."""
    if dtype == "str":
        return "\x1f".join(values.fillna("").astype(str)).encode()
    return np.ascontiguousarray(values.to_numpy(dtype=dtype)).tobytes()


def save_city(city: City, folder: Path | str) -> Path:
    """Write a city as a folder: whole or not at all. An older bundle there is replaced."""
    folder = as_path("folder", folder)
    if folder.exists() and not (folder / _MANIFEST).is_file():
        raise CityDataError(
            Fault(
                where=str(folder),
                what="exists and is not a city bundle",
                mend="name another folder with --out, or remove this one",
                code="E-UNWRITABLE",
            )
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise CityDataError(
            Fault(
                where=str(folder),
                what=f"cannot be written: {error.strerror}",
                mend="name a folder you may write to with --out",
                code="E-UNWRITABLE",
            )
        ) from error
    try:
        _write_tables(city, temporary)
        (temporary / _MANIFEST).write_text(json.dumps(_manifest(city), indent=2) + "\n")
        temporary.chmod(0o755)
        if folder.exists():
            shutil.rmtree(folder)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


def _write_tables(city: City, folder: Path) -> None:
    for table in TABLES:
        frame = conform(table, city.table(table.name))
        target = folder / f"{table.name}.parquet"
        if table.geometry:
            gpd.GeoDataFrame(frame, geometry="geometry", crs=city.crs).to_parquet(
                target, compression="zstd", write_covering_bbox=False
            )
        else:
            pq.write_table(
                pa.Table.from_pandas(frame, preserve_index=False), target, compression="zstd"
            )


def _manifest(city: City) -> dict[str, object]:
    return {
        "schema_version": SCHEMA_VERSION,
        "name": city.name,
        "crs": city.crs,
        "seed": city.seed,
        "content_hash": city.content_hash(),
        "counts": {table.name: len(city.table(table.name)) for table in TABLES},
        "imputed_share": {key: round(value, 4) for key, value in city.imputed_share().items()},
        "sources": [
            {
                "path": source.path,
                "licence": source.licence,
                "attribution": source.attribution,
                "sha256": source.sha256,
            }
            for source in city.sources
        ],
        "notes": list(city.notes),
    }


def read_manifest(folder: Path | str) -> dict[str, object]:
    """Return the `city.json` of a bundle, or say why it is none."""
    path = Path(folder) / _MANIFEST
    mend = "build one: twin city build --osm FILE --out FOLDER"
    if not path.is_file():
        raise CityDataError(Fault(str(folder), "is not a city bundle", mend, "E-UNREADABLE"))
    try:
        manifest = json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise CityDataError(
            Fault(f"{path}:{error.lineno}", f"is not JSON: {error.msg}", mend, "E-UNREADABLE")
        ) from error
    version = manifest.get("schema_version") if isinstance(manifest, Mapping) else None
    if not isinstance(version, int) or version > SCHEMA_VERSION:
        raise CityDataError(
            Fault(
                where=str(path),
                what=f"has schema_version {version!r}; this program reads up to {SCHEMA_VERSION}",
                mend="update urban-twin, or build the bundle again",
                code="E-SCHEMA-NEWER",
            )
        )
    return dict(manifest)


def load_city(folder: Path | str) -> City:
    """Read a city bundle.

    Raises
    ------
    CityDataError
        If the folder is no bundle, or a table or column is missing; all faults at once.
    """
    folder = as_path("folder", folder)
    manifest = read_manifest(folder)
    faults: list[Fault] = []
    frames: dict[str, pd.DataFrame] = {}
    crs = _parsed_crs(str(manifest.get("crs") or ""), folder, faults)
    for table in TABLES:
        frame = _read_table(table, folder, crs, faults)
        if frame is not None:
            frames[table.name] = frame
    if faults:
        raise CityDataError(faults)
    sources = manifest.get("sources", [])
    notes = manifest.get("notes", [])
    return City(
        name=str(manifest["name"]),
        crs=str(manifest["crs"]),
        seed=int(str(manifest["seed"])),
        sources=tuple(DataSource(**source) for source in sources if isinstance(source, dict))
        if isinstance(sources, list)
        else (),
        notes=tuple(str(note) for note in notes) if isinstance(notes, list) else (),
        **frames,
    )


def _parsed_crs(text: str, folder: Path, faults: list[Fault]) -> CRS | None:
    """Return the CRS, parsed once: that costs more than the reading."""
    try:
        return CRS.from_user_input(text)
    except CRSError:
        what = f"crs {text!r} is not a known CRS" if text else "crs is missing"
        mend = "name the metric CRS the city was built in, such as EPSG:32642"
        faults.append(Fault(str(folder / _MANIFEST), what, mend, "E-CRS-MISSING"))
    return None


def _read_table(
    table: Table, folder: Path, crs: CRS | None, faults: list[Fault]
) -> pd.DataFrame | None:
    """Read one table, adding to `faults` what is missing."""
    path = folder / f"{table.name}.parquet"
    try:
        frame = pq.read_table(path).to_pandas()
        if table.geometry:
            shapes = shapely.from_wkb(frame["geometry"].to_numpy())
            frame = gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=shapes, crs=crs)
    except (OSError, ValueError, KeyError) as error:
        faults.append(
            Fault(
                where=str(path),
                what=f"cannot be read: {error}",
                mend="build the bundle again: twin city build",
                code="E-UNREADABLE",
            )
        )
        return None
    missing = [
        column.name
        for column in table.columns
        if column.absent is None and column.name not in frame
    ]
    if missing:
        faults.append(
            Fault(
                where=str(path),
                what=f"has no column {', '.join(missing)}",
                mend="build the bundle again: twin city build",
                code="E-COLUMN-MISSING",
            )
        )
        return None
    return conform(table, frame)
