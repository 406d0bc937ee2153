"""Who holds money: the names of accounts in the ledger and in the table of money."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twin.city.network_kind import NetworkKind

STATE = "state"
"""Gives transfers and grants."""
STATE_BUDGET = "state budget"
"""Whence the state takes its fund for several towns."""
BANK = "bank"
"""Lends against interest."""
INVESTOR = "investor"
"""Private capital, which wants its money back with a return."""
HOUSEHOLDS = "households"
FIRMS = "firms"
PUBLIC_BODIES = "public bodies"
"""Schools, clinics and offices, whose bills the state's budgets pay."""
MUNICIPALITY = "municipality"
SERVICES = "municipality: services"
"""Standing budgets of ambulances, fire engines and the like, and what they cost."""
WORKS_UNRELEASED = "municipality: repairs, to be released"
"""Repair money of the year that is still to be released, a part each month."""
WORKS_RENEWAL = "municipality: renewal fund"
PARTICIPATORY = "municipality: participatory budget"
WORKS_INVESTMENT = "municipality: works of the investor"
"""An investor's money on its way to contractors."""
CONTRACTORS = "contractors"
"""Who mends, renews and lays."""
STAFF = "staff and overhead"
ELECTRICITY = "electricity suppliers"
FUEL = "fuel suppliers"
SUPPLIES = "suppliers"
"""Of chemicals, meters, sensors and software."""
CITY_RUN = (" operator", MUNICIPALITY)
"""Parts of the names of accounts that belong to the city; all others lie outside its books."""
WEAR = "wear"
"""Where book value goes with the years."""


def is_city_run(account: str) -> bool:
    """Return whether an account belongs to an operator or the municipality."""
    return any(part in account for part in CITY_RUN)


def works_purse(purse: str) -> str:
    """Return the account of repair money; `purse` is a network's name or `common`."""
    return f"municipality: repairs, {purse}"


def of_town(town: str, account: str) -> str:
    """Return the name of a town's account in the books of several towns."""
    return f"{town}: {account}"


def operator(network: NetworkKind) -> str:
    """Return the account of a network's operator."""
    return f"{network.name} operator"


def networks_value(network: NetworkKind) -> str:
    """Return the account that holds a network's book value."""
    return f"{network.name} network"
