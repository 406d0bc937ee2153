"""Traffic lights: where they stand, and how long they keep drivers waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from twin.city.bundle import City
    from twin.core.arrays import Float64, Int32
    from twin.flows.traffic.town.streets import StreetLinks

_WIDE = ("trunk", "arterial", "collector")
_LEGS = 4
"""Wide streets that meet at a junction with lights; an assumption, as maps hardly show lights."""


@final
class TrafficLights:
    """The junctions of a city that have lights, busiest first.

    Parameters
    ----------
    city, streets
        Streets and their links.
    link_flow
        Traffic by which junctions are ranked, shape (n_links,).
    """

    def __init__(self, city: City, streets: StreetLinks, link_flow: Float64) -> None:
        wide = city.street_edges["road_class"].isin(_WIDE).to_numpy()
        edges = city.street_edges[wide]
        n = streets.n_street_nodes
        legs = np.bincount(edges["tail"], minlength=n) + np.bincount(edges["head"], minlength=n)
        enters = np.bincount(streets.head, weights=link_flow, minlength=n)
        lights = np.flatnonzero(legs >= _LEGS)
        self.street_node: Int32 = lights[np.argsort(-enters[lights], kind="stable")].astype(
            np.int32
        )
        """Street nodes with lights, busiest first, shape (n_signals,)."""
        rank = np.full(n, -1)
        rank[self.street_node] = np.arange(self.street_node.size)
        self._rank_of_link = rank[streets.head]
        self._params = streets.params

    def wait_s(self, adaptive_share: float) -> Float64:
        """Return the mean wait at the end of every link, shape (n_links,).

        `adaptive_share` of the junctions, the busiest, follow the traffic.

        Notes
        -----
        Uniform delay of Webster, cycle * (1 - green share)^2 / 2, of an approach far from full;
        what queues add is in the volume-delay function.

        References
        ----------
        Webster, 1958, Traffic signal settings, Road Research Technical Paper 39, eq. 3, first term.
        """
        adaptive = round(adaptive_share * self.street_node.size)
        params = self._params
        fixed_s = params.cycle_s * (1.0 - params.green_share) ** 2 / 2.0
        rank = self._rank_of_link
        wait_s = np.where(rank < adaptive, (1.0 - params.adaptive_saves) * fixed_s, fixed_s)
        return np.where(rank >= 0, wait_s, 0.0)
