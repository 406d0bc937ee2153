"""How each network is laid in a town without data of it: a folder `gis/networks/<name>` each."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import geopandas as gpd

    from gis.draft import Draft, UtilityLayout
    from gis.generate.typical_weather import Climate


class Lay(Protocol):
    """Lay a network along the streets of a draft."""

    def __call__(
        self, draft: Draft, buildings: gpd.GeoDataFrame, climate: Climate
    ) -> UtilityLayout:
        """Return the network; `buildings` hold `people` and `jobs`."""


def layout_of(network: str) -> Lay | None:
    """Return the function `lay` of `gis.networks.<network>`; None where there is no such folder.

    A network without a layout is absent from towns whose data do not have it.
    """
    name = f"gis.networks.{network}"
    if importlib.util.find_spec(name) is None:
        return None
    lay: Lay = importlib.import_module(name).lay
    return lay
