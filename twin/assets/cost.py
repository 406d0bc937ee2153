"""What repair and renewal of each asset cost, from the rates of its network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.city.network_kind import NetworkKind
    from twin.core.arrays import Float64, UInt8


def repair_kzt(networks: Sequence[NetworkKind], network: UInt8, diameter_m: Float64) -> Float64:
    """Return the cost of mending one failure, shape (n_assets,).

    Parameters
    ----------
    networks
        All networks, in order of their codes.
    network
        Code of each asset's network.
    diameter_m
        NaN for streets.
    """
    base = np.array([kind.costs.repair_kzt for kind in networks])
    slope = np.array([kind.costs.repair_kzt_per_m for kind in networks])
    cost: Float64 = base[network] + slope[network] * np.nan_to_num(diameter_m)
    return cost


def renewal_kzt(
    networks: Sequence[NetworkKind],
    network: UInt8,
    length_m: Float64,
    diameter_m: Float64,
    lanes: Float64,
) -> Float64:
    """Return the cost of laying each asset new, shape (n_assets,); arguments as `repair_kzt`.

    `lanes` counts the lanes of both directions, 0 for mains.
    """
    base = np.array([kind.costs.renewal_kzt_per_m for kind in networks])
    slope = np.array([kind.costs.renewal_kzt_per_m2 for kind in networks])
    is_street = np.array([kind.is_street for kind in networks])
    main = length_m * (base[network] + slope[network] * np.nan_to_num(diameter_m))
    street = length_m * lanes * base[network]
    cost: Float64 = np.where(is_street[network], street, main)
    return cost
