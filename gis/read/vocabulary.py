"""What values of tags mean here, and which are known: what is not is reported with its count."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from gis.read.tables import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.core.arrays import Bool

    Texts = NDArray[np.object_]

CAR_CLASS = {
    "motorway": 0,
    "trunk": 0,
    "primary": 1,
    "secondary": 1,
    "tertiary": 2,
    "unclassified": 3,
    "residential": 3,
    "living_street": 3,
    "road": 3,
    "service": 4,
}
"""Rank of streets for cars by `highway`; with `_link` as well."""
_NO_CARS = (
    "footway path cycleway steps pedestrian track bridleway corridor construction proposed planned "
    "platform raceway busway bus_guideway escape via_ferrata rest_area services elevator abandoned "
    "razed disused emergency_bay emergency_access_point crossing ladder bus_stop no street_lamp "
    "turning_circle traffic_signals stop give_way trailhead access_ramp passing_place "
    "traffic_island demolished removed virtual unsurfaced footpath"
)
YES, NO = ("yes", "true", "1", "t", "y"), ("no", "false", "0", "f", "n")
REVERSED = ("-1", "reverse")
CLOSED_TO_CARS = ("no", "private", "military", "agricultural", "forestry", "psv", "bus", "taxi",
                  "emergency", "hov", "foot", "bicycle", "tram", "work")  # fmt: skip
"""Values of access that keep the town's cars out."""
_OPEN_TO_CARS = ("yes permissive destination customers delivery designated permit official "
                 "residents public unknown limited variable discouraged restricted students "
                 "employees staff visitors members use_sidepath dismount goods hgv")  # fmt: skip
RINGS = ("roundabout", "circular")

_BY_TAG = {
    "house": "house detached semidetached_house semi bungalow cabin farm terrace villa cottage "
    "duplex static_caravan",
    "apartment": "apartments dormitory block flats",
    "school": "school university college",
    "kindergarten": "kindergarten",
    "health": "hospital clinic",
    "public": "public civic government church mosque chapel cathedral temple synagogue religious "
    "museum theatre library fire_station police townhall train_station transportation stadium "
    "sports_hall sports_centre grandstand pavilion hotel bakehouse",
    "retail": "retail commercial supermarket kiosk shop mall",
    "office": "office",
    "industrial": "industrial warehouse manufacture factory hangar depot",
    "utility": "service transformer_tower water_tower power pumping_station boiler_house "
    "substation",
    "ancillary": "garage garages shed roof greenhouse construction collapsed ruins gatehouse "
    "carport hut barn stable sty farm_auxiliary outbuilding allotment_house toilets container "
    "tent bunker demolished ger storage_tank silo tank no",
}
USE_OF_BUILDING = {tag: use for use, tags in _BY_TAG.items() for tag in tags.split()}
HOME_TAGS = ("residential",)
"""Values of `building` that say somebody lives there, and not how."""
USE_OF_AMENITY = {
    **dict.fromkeys(("school", "university", "college"), "school"),
    "kindergarten": "kindergarten",
    **dict.fromkeys(("hospital", "clinic", "doctors"), "health"),
    **dict.fromkeys(
        ("townhall", "police", "fire_station", "courthouse", "library", "place_of_worship",
         "theatre", "cinema", "community_centre", "post_office"), "public",
    ),
    **dict.fromkeys(
        ("restaurant", "cafe", "bank", "pharmacy", "marketplace", "fast_food", "fuel"), "retail"
    ),
}  # fmt: skip
GROUND = {
    **dict.fromkeys(("industrial", "military", "railway", "quarry", "landfill", "depot", "port"),
                    "industrial"),
    **dict.fromkeys(("garages", "allotments", "cemetery", "orchard", "farmyard"), "ancillary"),
    "retail": "retail",
    "commercial": "office",  # businesses and their offices, as OpenStreetMap has it
    "education": "school",
    "residential": "residential",
}  # fmt: skip
_BARE_GROUND = (
    "grass meadow forest farmland vineyard basin reservoir recreation_ground village_green "
    "greenfield brownfield construction plant_nursery greenhouse_horticulture flowerbed "
    "religious institutional winter_sports salt_pond aquaculture animal_keeping pond fairground "
    "conservation wood scrub park leisure garden highway street traffic_island logging "
    "churchyard civic_admin civil institutional common field grassland"
)
_BRIDGES = (
    "viaduct aqueduct boardwalk covered cantilever movable trestle low_water_crossing "
    "simple_brunnel suspension"
)
_TUNNELS = "culvert building_passage avalanche_protector covered passage flooded"
_JUNCTIONS = "jughandle filter intersection spui approach cloverleaf"
_SERVICES = (
    "parking_aisle driveway alley emergency_access drive-through drive_through yard siding spur "
    "crossover bus slipway parking layby busway irrigation ramp yes no link camp_site"
)
_LEVEL = r"\d+(?:[.,]\d+)?"

KNOWN: Mapping[str, frozenset[str]] = {
    "highway": frozenset(
        [*CAR_CLASS, *(f"{name}_link" for name in CAR_CLASS), *_NO_CARS.split()]
    ),
    "oneway": frozenset([*YES, *NO, *REVERSED, "alternating", "reversible"]),
    **dict.fromkeys(
        ("access", "vehicle", "motor_vehicle", "motorcar"),
        frozenset([*CLOSED_TO_CARS, *_OPEN_TO_CARS.split()]),
    ),
    "bridge": frozenset(
        [*YES, *NO, *_BRIDGES.split()]
    ),
    "tunnel": frozenset(
        [*YES, *NO, *_TUNNELS.split()]
    ),
    "junction": frozenset(
        [*RINGS, *YES, *NO, *_JUNCTIONS.split()]
    ),
    "service": frozenset(_SERVICES.split()),
    "building": frozenset([*USE_OF_BUILDING, *HOME_TAGS, "yes"]),
    "landuse": frozenset([*GROUND, *_BARE_GROUND.split()]),
}  # fmt: skip
"""By coded tag, the values that mean something here, if only that there is nothing to see."""
_NUMBER_OF = {
    "lanes": re.compile(r"\d+(?:\.\d+)?"),
    "layer": re.compile(r"[+-]?\d+(?:\.\d+)?"),
    "maxspeed": re.compile(r"\d+(?:\.\d+)?\s*(?:mph|km/h|kmh|kph)?"),
    "levels": re.compile(rf"{_LEVEL}(?:[;-]{_LEVEL})*"),
    "height": re.compile(r"\d+(?:\.\d+)?\s*m?"),
    "flats": re.compile(r"\d+(?:\.0+)?"),
    "start_date": re.compile(r"(?:~|c\.?\s*)?(?:1[7-9]\d\d|20\d\d).*"),
    "floor_area": re.compile(r"\d+(?:\.\d+)?"),
}
"""By tag of numbers, what is one."""
_BOUNDS = {
    "lanes": (1.0, 16.0),
    "maxspeed": (1.0, 160.0),
    "levels": (0.5, 60.0),
    "height": (0.5, 400.0),
    "flats": (1.0, 5_000.0),
    "floor_area": (1.0, 1e7),
}
"""Least and greatest number that is used."""
_DIRECTIONS = (
    {"F": "yes", "T": "-1", "B": "no"},
    {"FT": "yes", "TF": "-1", "B": "no"},
)
"""Codes of road data for the direction of traffic along, against, and both ways of the line."""


def plain(tag: str, texts: Texts) -> Texts:
    """Return values of a coded tag as OpenStreetMap writes them: small letters, `_` for spaces."""
    if tag not in KNOWN:
        return texts
    turned = {text: "_".join(str(text).lower().split()) for text in set(texts)}
    out = np.array([turned[text] for text in texts], dtype=object)
    return _with_directions(texts, out) if tag == "oneway" else out


def _with_directions(texts: Texts, out: Texts) -> Texts:
    """Return values of `oneway`, those of a code of directions turned; a bare T or F is kept."""
    given = {str(text).upper() for text in texts} - {""}
    for code in _DIRECTIONS:
        if given and given <= code.keys() and ("B" in given or "FT" in given or "TF" in given):
            return np.array([code.get(str(text).upper(), "") for text in texts], dtype=object)
    if given in ({"T"}, {"F"}, {"T", "F"}):  # true and false, or towards and from?
        return np.array([str(text).upper() for text in texts], dtype=object)
    return out


def unknown(tag: str, texts: Texts) -> Bool:
    """Return which values mean nothing here, shape (n,); an empty one means there is none."""
    pool, number = KNOWN.get(tag), _NUMBER_OF.get(tag)
    if pool is None and number is None:
        return np.zeros(len(texts), dtype=np.bool_)
    strange = {
        text: bool(text)
        and not (pool is not None and all(part in pool for part in text.split(";")))
        and not (number is not None and number.fullmatch(text) and _in_bounds(tag, text))
        for text in set(texts)
    }
    return np.fromiter((strange[text] for text in texts), dtype=np.bool_, count=len(texts))


def _in_bounds(tag: str, text: str) -> bool:
    """Return whether every number of a value lies in the bounds of its tag."""
    low, high = _BOUNDS.get(tag, (-np.inf, np.inf))
    return all(
        low <= float(one.replace(",", ".")) <= high for one in re.findall(r"\d+(?:[.,]\d+)?", text)
    )


def known_only(tag: str, texts: Texts, where: str) -> tuple[Texts, list[str]]:
    """Return values without the numbers that are none, and a note on all that mean nothing here.

    A coded value that is not known stays: it may say that a building is one, and no more.
    """
    is_strange = unknown(tag, texts)
    strange = texts[is_strange]
    if not strange.size:
        return texts, []
    kept = np.where(is_strange, "", texts).astype(object) if tag in _NUMBER_OF else texts
    verb = "are" if strange.size > 1 else "is"
    filled = int((texts != "").sum())
    note = (
        f"W-VALUE-UNKNOWN: {where}: {strange.size} of {filled} values of `{tag}` {verb} not known "
        f"and not used: {counted(strange)}."
    )
    return kept, [note]


def known_values(tag: str) -> str:
    """Return the usual values of a coded tag as a list for a message."""
    if tag == "oneway":
        return "yes, no, -1"
    if tag == "highway":
        return ", ".join((*CAR_CLASS, "footway", "path", "track"))
    if tag in _NUMBER_OF:
        return "a number"
    return ", ".join(sorted(KNOWN[tag]))
