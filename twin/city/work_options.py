"""What can be done with an asset before it fails, and how plans and tables call it."""

from __future__ import annotations

from enum import IntEnum, unique


@unique
class WorkOption(IntEnum):
    """Row of the tables by option in `twin.city.view.AssetView`; never renumbered."""

    REPAIR = 0
    """Leave it in service and mend it when it fails."""
    LINE = 1
    """Line it: the old main carries a new inner pipe, at a part of the price."""
    REPLACE = 2
    """Lay it new, in the modern material of its network."""
    LOOP = 3
    """Lay a link that gives other mains a second way of supply."""
    DECOMMISSION = 4
    """Take it out of service where nobody loses supply by it."""


OPTION_NAMES = tuple(option.name.lower() for option in WorkOption)
