"""Which links cars may use, by `allowed_uses` of a GMNS link table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from twin.flows.traffic.files.fields import shown

if TYPE_CHECKING:
    from collections.abc import Collection

    from twin.core.arrays import Bool
    from twin.flows.traffic.files.gmns.csv_table import CsvTable

CAR_USES = frozenset(
    [
        "all",
        "any",
        "auto",
        "autos",
        "car",
        "cars",
        "drive",
        "driving",
        "hov",
        "hov2",
        "hov3",
        "motor",
        "motorcar",
        "motor_vehicle",
        "sov",
        "vehicle",
        "vehicles",
    ]
)
"""Words of `allowed_uses` that let cars pass."""
OTHER_USES = frozenset(
    [
        "bicycle",
        "bike",
        "brt",
        "bus",
        "cycle",
        "cycling",
        "emergency",
        "ferry",
        "foot",
        "freight",
        "hgv",
        "light_rail",
        "metro",
        "moped",
        "motorcycle",
        "none",
        "ped",
        "pedestrian",
        "psv",
        "rail",
        "railway",
        "taxi",
        "train",
        "tram",
        "transit",
        "truck",
        "trucks",
        "walk",
        "walking",
    ]
)
"""Words that do not."""


def barred_to_cars(file: CsvTable, car_uses: Collection[str] | None) -> Bool:
    """Return where `allowed_uses` names uses and none that lets cars pass, shape (n_rows,).

    Words are parted by commas, semicolons, bars or spaces; an empty cell allows all. A word of
    neither list is a fault, unless `car_uses` says which let cars pass.
    """
    cars = [car_uses] if isinstance(car_uses, str) else car_uses
    given = CAR_USES if cars is None else {word for text in cars for word in _words(text)}
    barred = np.zeros(len(file.rows), dtype=np.bool_)
    for row, text in enumerate(file.text("allowed_uses")):
        words = _words(text)
        barred[row] = bool(words) and not any(word in given for word in words)
        if barred[row] and car_uses is None:
            for word in words:
                if word not in OTHER_USES:
                    what = f"allowed_uses names {shown(word)!r}, which may mean cars or not"
                    file.fault(row, what, "say which words let cars pass, as car_uses=")
    return barred


def _words(text: str) -> list[str]:
    """Return the words of a cell, in small letters."""
    return [word for word in re.split(r"[,;|\s]+", text.lower()) if word]
