"""Money for tests: accounts that hold what a test needs, moved as a run moves it."""

from twin.economy import holders, kzt, tiyn
from twin.economy.ledger import Instrument


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
