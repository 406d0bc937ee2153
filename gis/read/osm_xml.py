"""OpenStreetMap XML as editors and servers write it, put into the order and form of an extract.

Editors give new things negative ids and keep what was deleted, marked; servers answer with ways
before their nodes, or with places in the ways themselves. osmium reads none of these.
"""

from __future__ import annotations

import bz2
import gzip
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from twin.core.errors import CityDataError, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_KINDS = ("node", "way", "relation")
_NEW_IDS = 1 << 40
"""Where ids of new things start: far above those that OpenStreetMap has given."""


def plain_xml(file: Path) -> bytes | None:
    """Return a file in the form of an extract, or None where it has it already, or is no XML.

    Raises
    ------
    CityDataError
        If the file is broken, or its server reports that it is not complete.
    """
    if not file.name.lower().endswith((".osm", ".osm.gz", ".osm.bz2", ".osc")):
        return None
    try:
        if _is_plain(file):
            return None
        return _rewritten(file)
    except ET.ParseError as error:
        line = error.position[0]
        what = f"cannot be read as OpenStreetMap data: {error}"
        mend = "save or download it again; an .osm file is XML with one `osm` element"
        raise CityDataError(Fault(f"{file}:{line}", what, mend, "E-UNREADABLE")) from error
    except (OSError, EOFError, ValueError) as error:
        what = f"cannot be read as OpenStreetMap data: {error}"
        mend = "save or download it again"
        raise CityDataError(Fault(str(file), what, mend, "E-UNREADABLE")) from error


def _elements(file: Path) -> Iterator[tuple[ET.Element, bool]]:
    """Yield nodes, ways, relations and remarks, and whether each is deleted."""
    name = file.name.lower()
    opener: Any = gzip.open if name.endswith(".gz") else bz2.open if name.endswith(".bz2") else open
    in_delete = False
    with opener(file, "rb") as stream:
        root: ET.Element | None = None
        for event, element in ET.iterparse(stream, ("start", "end")):  # noqa: S314 - expat limits entities
            root = element if root is None else root
            if element.tag == "delete":
                in_delete = event == "start"
            if event == "start" or element.tag not in (*_KINDS, "remark"):
                continue
            gone = element.get("action") == "delete" or element.get("visible") == "false"
            yield element, gone or in_delete
            if element.tag in _KINDS:
                root.clear()


def _is_plain(file: Path) -> bool:
    """Return whether a file has positive ids in the order of an extract, and nothing deleted."""
    last = (0, 0)
    plain = True
    for element, gone in _elements(file):
        if element.tag == "remark":
            _refuse_remark(file, element)
            continue
        at = (_KINDS.index(element.tag), _id(element, "id"))
        inline = element.tag == "way" and any(nd.get("lat") for nd in element.iter("nd"))
        if gone or at[1] <= 0 or at <= last or inline:
            plain = False
        last = at
    return plain


def _refuse_remark(file: Path, element: ET.Element) -> None:
    """Refuse an answer that its server reports as cut short."""
    text = (element.text or "").strip()
    if "error" in text.lower():
        mend = "download a smaller area, or take an extract"
        what = f"is not complete: its server reports {text!r}"
        raise CityDataError(Fault(str(file), what, mend, "E-UNREADABLE"))


def _id(element: ET.Element, name: str) -> int:
    return int(element.get(name) or 0)


def _renumbered(number: int) -> int:
    return number if number > 0 else _NEW_IDS - number


def _rewritten(file: Path) -> bytes:
    """Return a file with positive ids, sorted, without what is deleted; the last version counts."""
    kept: dict[str, dict[int, tuple[int, str]]] = {kind: {} for kind in _KINDS}
    inline: dict[int, tuple[int, str]] = {}
    for element, gone in _elements(file):
        if element.tag not in _KINDS:
            continue
        number, version = _renumbered(_id(element, "id")), _id(element, "version")
        things = kept[element.tag]
        if gone:
            things[number] = (version, "")
            continue
        for part in (*element.iter("nd"), *element.iter("member")):
            part.set("ref", str(_renumbered(_id(part, "ref"))))
            if element.tag == "way" and part.get("lat"):
                bare = {"id": part.get("ref"), "lat": part.get("lat"), "lon": part.get("lon")}
                node = ET.Element("node", {name: text or "" for name, text in bare.items()})
                inline[int(part.get("ref") or 0)] = (0, ET.tostring(node, encoding="unicode"))
        element.set("id", str(number))
        element.attrib.pop("action", None)
        element.tail = None
        if number not in things or things[number][0] <= version:
            things[number] = (version, ET.tostring(element, encoding="unicode"))
    kept["node"] = inline | kept["node"]
    lines = [text for kind in _KINDS for _, (_, text) in sorted(kept[kind].items()) if text]
    return "\n".join(['<osm version="0.6">', *lines, "</osm>"]).encode()
