"""Places of public services and settlements that a map shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

_BY_AMENITY = {
    "hospital": "hospital",
    "clinic": "clinic",
    "fire_station": "fire_station",
    "police": "police",
    "school": "school",
    "kindergarten": "kindergarten",
    "townhall": "city_hall",
}
_BY_BUILDING = {"hospital": "hospital", "clinic": "clinic", "fire_station": "fire_station",
                "townhall": "city_hall"}  # fmt: skip
AMENITY_OF = {kind: amenity for amenity, kind in _BY_AMENITY.items()}
"""Value of `amenity` by kind of facility."""
WORKS = "works"
"""Kind of places where something is made."""
SETTLEMENTS = ("city", "town", "village", "hamlet", "isolated_dwelling")
"""Values of `place` that count people once; quarters and suburbs are parts of them."""
_PEOPLE = re.compile(r"[~≈]?\s*(\d[\d\s.,'\u00a0\u202f]*)")


def facility_kinds(frame: pd.DataFrame) -> NDArray[np.object_]:
    """Return the kind of facility of each feature by its tags, '' where it is none, shape (n,)."""
    kind = np.full(len(frame), "", dtype=object)
    for tag, kinds in (
        ("man_made", {WORKS: WORKS}),
        ("building", _BY_BUILDING),
        ("healthcare", {"hospital": "hospital", "clinic": "clinic"}),
        ("amenity", _BY_AMENITY),
    ):
        if tag in frame:
            found = frame[tag].map(kinds).fillna("").to_numpy(dtype=object)
            kind = np.where(found != "", found, kind)
    return kind.astype(object)


def there(frame: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Return which features have a shape, shape (n,)."""
    shapes = np.asarray(frame.geometry.values)
    out: NDArray[np.bool_] = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    return out


def facilities_of(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the facilities among features: `kind`, `name` and shape."""
    kind = facility_kinds(frame)
    rows = (kind != "") & there(frame)
    out = frame.loc[rows, ["geometry"]].assign(kind=kind[rows])
    return out.assign(name=frame.loc[rows, "name"].fillna("") if "name" in frame else "")


def settlements_of(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the settlements among features: `place`, `name`, `people` (0 not given), `is_area`."""
    if "place" not in frame:
        return pd.DataFrame({"place": [], "name": [], "people": [], "is_area": []})
    rows = frame["place"].isin(SETTLEMENTS).to_numpy()
    count = frame["population"] if "population" in frame else pd.Series("", index=frame.index)
    return pd.DataFrame(
        {
            "place": frame.loc[rows, "place"].to_numpy(dtype=object),
            "name": frame.loc[rows, "name"].fillna("").to_numpy(dtype=object)
            if "name" in frame
            else "",
            "people": [people_in(text) for text in count[rows]],
            "is_area": (frame.geom_type[rows] != "Point").to_numpy(),
        }
    )


def people_in(text: object) -> int:
    """Return the number of a `population` tag, 0 where it holds none."""
    found = _PEOPLE.match(str(text).strip()) if isinstance(text, str | int | float) else None
    if isinstance(text, float):
        return int(text) if np.isfinite(text) and text > 0 else 0
    if not found:
        return 0
    digits = re.sub(r"(?<=\d)[\s.,'\u00a0\u202f](?=\d{3}(?!\d))", "", found[1]).strip()
    whole = re.match(r"\d+", digits)
    return int(whole[0]) if whole else 0
