"""A month of bills and the balances of a ledger, one payer and one movement after another."""


def month_of_bills(households, others, facts):
    """Return the bills of a month in tiyn: of households and of others, each a list.

    `households` are (persons, building, has_meter); `others` are buildings. `facts` has `used` by
    building, `people` by building, `connected` buildings, `price_kzt`, `usual_per_person_year`,
    `norm_ratio`, `firm_price_ratio` and `share_of_month`.
    """
    bills = []
    for persons, building, has_meter in households:
        if building not in facts["connected"]:
            bills.append(0)
            continue
        if has_meter:
            use = facts["used"][building] * persons / facts["people"][building]
        else:
            a_month = facts["usual_per_person_year"] / 12 * facts["share_of_month"]
            use = persons * a_month * facts["norm_ratio"]
        bills.append(round(use * facts["price_kzt"] * 100))
    firms = [
        round(facts["used"][building] * facts["price_kzt"] * facts["firm_price_ratio"] * 100)
        for building in others
    ]
    return bills, firms


def balances(movements):
    """Return what every account holds of every instrument after some movements."""
    held = {}
    for key, amount in movements:
        source, target = (key.source, key.instrument), (key.target, key.instrument)
        held[source] = held.get(source, 0) - amount
        held[target] = held.get(target, 0) + amount
    return held


def tenge(movements, source, through):
    """Return where a tenge of an account ends, by (account, purpose), walked in small steps.

    `movements` are (from, to, purpose, amount) of a year; `through` are the accounts that pass
    money on. What an account does not spend ends there for the purpose `saved`.
    """
    spent, came = {}, {}
    for start, end, _, amount in movements:
        spent[start] = spent.get(start, 0) + amount
        came[end] = came.get(end, 0) + amount
    came[source] = 0
    ended, moving = {}, {source: 1.0}
    while sum(moving.values()) > 1e-15:
        after = {}
        for account, part in moving.items():
            pool = max(spent.get(account, 0), came.get(account, 0))
            left = part
            for start, end, purpose, amount in movements:
                if start != account:
                    continue
                share = part * amount / pool
                left -= share
                if end in through and end != source:
                    after[end] = after.get(end, 0.0) + share
                else:
                    ended[end, purpose] = ended.get((end, purpose), 0.0) + share
            if pool > spent.get(account, 0):
                ended[account, "saved"] = ended.get((account, "saved"), 0.0) + left
        moving = after
    return ended
