"""What repair and renewal of each asset cost, from the rates of its network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.city.network_kind import NetworkKind
    from twin.core.arrays import Float64, UInt8


REFERENCE_DIAMETER_M = 0.1
"""Diameter for which `Works.repair_hours` holds."""


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


def repair_hours(networks: Sequence[NetworkKind], network: UInt8, diameter_m: Float64) -> Float64:
    """Return the median hours of a repair, shape (n_assets,); arguments as `repair_kzt`."""
    base = np.array([kind.works.repair_hours for kind in networks])
    slope = np.array([kind.works.repair_hours_per_m for kind in networks])
    wider_m = np.nan_to_num(diameter_m, nan=REFERENCE_DIAMETER_M) - REFERENCE_DIAMETER_M
    hours: Float64 = base[network] + slope[network] * np.maximum(0.0, wider_m)
    return hours


def outage_weight(networks: Sequence[NetworkKind], network: UInt8) -> Float64:
    """Return the share of service that residents lose while an asset is mended, shape (n_assets,).

    A defect of a street delays, but cuts nobody off: 0.
    """
    weight = np.array([0.0 if kind.is_street else kind.felt.service_weight for kind in networks])
    of_asset: Float64 = weight[network]
    return of_asset
