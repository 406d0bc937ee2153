"""Works on assets: what each option does to the main in the ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.assets.kernels import SHUT
from twin.city.work_options import WorkOption

if TYPE_CHECKING:
    from twin.assets.register import Assets
    from twin.parameters import WorkParams


def offer_links(assets: Assets, count: int) -> None:
    """Mark the last assets as links that are not laid yet."""
    if count:
        links = np.arange(len(assets) - count, len(assets))
        assets.is_absent[links] = assets.can_be_laid[links] = True
        assets.arrays.failed[links] = SHUT
        assets.arrays.wear_book[links] = 1.0  # worth nothing in the books


def carry_out(assets: Assets, row: int, option: WorkOption, works: WorkParams) -> None:
    """Do what an option says with one asset.

    Parameters
    ----------
    assets
        Changed in place.
    row
        Asset.
    option
        `REPLACE` and `LOOP` lay it new in the modern material; `LINE` leaves age, material
        and width, as a liner takes bore but is smooth, and lowers its rate; `DECOMMISSION` takes it
        out of service for good; `REPAIR` is no planned work and does nothing.
    works
        Effect of lining.
    """
    if option in (WorkOption.REPLACE, WorkOption.LOOP):
        assets.is_absent[row] = assets.can_be_laid[row] = False
        assets.renew(row)
    elif option is WorkOption.LINE:
        assets.arrays.factor[row] *= works.lining_failures_share
        assets.arrays.wear_book[row] *= 1.0 - works.lining_price_share
    elif option is WorkOption.DECOMMISSION:
        assets.is_absent[row] = True
        assets.arrays.failed[row] = SHUT
        assets.arrays.wear_book[row] = 1.0
