"""An indicator of a period whose sums a test writes down, to be checked by hand."""

import dataclasses

import numpy as np

from twin.city.networks import NETWORKS, code_of
from twin.city.view import AssetCondition
from twin.indicators import Period, Sums, indicators

ROWS = (
    # network, length_m, wear_phys, wear_book
    ("street", 1000.0, 0.2, 0.9),
    ("street", 3000.0, 0.6, 0.1),
    ("water", 2000.0, 0.1, 0.3),
    ("water", 500.0, 0.5, 0.8),
    ("heat", 1500.0, 0.4, 0.2),
)
"""Streets are 4 km long, water mains 2.5 km, heat mains 1.5 km."""


def assets_of(rows=ROWS):
    """Return a view of some assets."""
    network, length_m, wear_phys, wear_book = zip(*rows, strict=True) if rows else ((),) * 4
    plain = np.zeros(len(rows))
    columns = {field.name: plain for field in dataclasses.fields(AssetCondition)}
    columns |= {
        "network": np.array([code_of(name) for name in network], dtype=np.uint8),
        "length_m": np.array(length_m),
        "wear_phys": np.array(wear_phys),
        "wear_book": np.array(wear_book),
    }
    return AssetCondition(**columns)


def by_network(**values):
    """Return one number for each network, 0 where none is given."""
    out = np.zeros(len(NETWORKS))
    for name, value in values.items():
        out[code_of(name)] = value
    return out


def value_of(
    kind,
    *,
    rows=ROWS,
    ends=(0.0, 0.0, 0.0),
    wear_official=0.0,
    idle=0,
    labour_force=0,
    payers=0,
    **sums,
):
    """Return an indicator of a period with these sums, all others 0, and these assets at its end.

    `ends` are trust, satisfaction and participation at the end, and after them arrears and debt;
    `wear_official` is wear as reported; the others are counts of the end.
    """
    at_end = {"idle": idle, "labour_force": labour_force, "payers": payers}
    period = Period(
        Sums(**sums), assets_of(rows), 100, *ends, wear_official=wear_official, **at_end
    )
    return indicators[kind].function(period)
