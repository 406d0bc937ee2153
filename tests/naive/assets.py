"""Slow and obvious ageing: one asset at a time, plain Python."""

import math

from tests.naive.philox import uniform01

DAYS_PER_YEAR = 365.25


def age_and_fail(rows, rates, days, stress, seed, stream):
    """Age a list of dicts by some days; return the rows that failed."""
    failed = []
    for i, row in enumerate(rows):
        row["age"] += days / DAYS_PER_YEAR
        row["book"] = min(1.0, row["book"] + days / DAYS_PER_YEAR / row["norm"])
        if row["shut"]:
            continue
        age = row["age"] + row["load"]
        year = int(age)
        part = age - year
        rate = rates[row["class"]][year] * (1 - part) + rates[row["class"]][year + 1] * part
        rate *= row["factor"] * stress[row["class"]]
        row["exposure"] += rate * row["length"] * 1e-3 * days / DAYS_PER_YEAR
        if row["exposure"] >= row["threshold"]:
            row["count"] += 1
            row["threshold"] += -math.log(uniform01(seed, stream, row["id"], row["count"]))
            row["failed"] = True
            failed.append(i)
    return failed
