"""Money for tests: accounts that hold what a test needs, moved as a run moves it."""

import math

from twin.economy import holders, kzt, tiyn
from twin.economy.ledger import Instrument
from twin.parameters import ContractParams

AT_NORM = ContractParams(largest_markup_share=0.0, lot_kzt=0.0, failed_share=0.0)
"""Contracts without markup: each costs what prices of the networks say, and every work is good."""


def endow(ledger, account, amount_kzt):
    """Let an account hold an amount: the state gives what it lacks, or takes what is over."""
    lacking = tiyn(amount_kzt) - ledger.balance(account)
    ledger.move(holders.STATE, account, max(0, lacking), "endowed")
    ledger.move(account, holders.STATE, max(0, -lacking), "endowed")


def fund(office, amount_kzt):
    """Let the renewal fund of a municipality hold an amount."""
    endow(office.ledger, holders.WORKS_RENEWAL, amount_kzt)


def fill_purse(office, network, amount_kzt):
    """Let the purse that pays a network's repairs hold an amount."""
    endow(office.ledger, office.purse_account(network), amount_kzt)


def spent_kzt(ledger, purpose):
    """Return all that was paid for a purpose."""
    return kzt(ledger.total(purpose))


def by_day(ledger, day):
    """Return balances of every account and instrument, for comparison of two ledgers."""
    return day, {kind: ledger.accounts(kind) for kind in Instrument}


def price_kzt(office, asset, norm_kzt=None):
    """Return what the next work on an asset costs: its contract's price, up to a whole tiyn."""
    return math.ceil(office.renewal_contract(asset, norm_kzt).price_kzt * 100.0) / 100.0
