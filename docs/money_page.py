"""Write the figures of `docs/money.md`: one year of one town, run anew.

`python docs/money_page.py` runs the town and writes the page.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from twin.economy import trace
from twin.model.city_model import CityModel
from twin.scenario import scenario_from_text
from twin.scenario.city import resolve_city

if TYPE_CHECKING:
    import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "money.md"
BLOCK = re.compile(r"(<!-- (?P<name>\w+) -->\n)(?P<body>.*?)(<!-- end -->)", re.DOTALL)
SCENARIO = re.compile(r"```yaml\n(?P<text>.*?)```", re.DOTALL)
_TIYN_PER_MILLION = 1e8
_TOP = 12


def figures(text: str) -> dict[str, str]:
    """Return the blocks of the page by name, from a run of the scenario that it shows."""
    shown = SCENARIO.search(text)
    if shown is None:
        message = f"{PAGE} shows no scenario"
        raise ValueError(message)
    scenario = scenario_from_text(shown["text"])
    model = CityModel(resolve_city(scenario), scenario, seed=0)
    model.run_for(scenario.n_days)
    result = model.result()
    money = result.money
    year = scenario.start.year
    rows = result.indicators
    run = rows[rows["period"] == "run"].set_index("indicator")
    blocks = {
        "bills": _table(money, ("claim",), ("bills", "bills paid", "written off")),
        "costs": _table(money, ("cash",), source=" operator"),
        "municipality": _table(money, ("cash",), source="municipality"),
        "income": _table(money, ("cash",), ("transfer", "taxes", "standing budgets")),
        "value": _table(money, ("value",), ("depreciation", "laid", "opening value")),
        "indicators": _indicators(run),
    }
    for source in ("households", "state"):
        blocks[f"tenge_{source}"] = _tenge(trace(money, source, year=year))
    return blocks


def _table(
    money: pd.DataFrame,
    instruments: tuple[str, ...],
    purposes: tuple[str, ...] = (),
    *,
    source: str = "",
) -> str:
    """Return movements of some kinds by accounts and purpose, in million KZT."""
    rows = money[money["instrument"].isin(instruments)]
    rows = rows[rows["purpose"].isin(purposes)] if purposes else rows
    rows = rows[rows["source"].str.contains(source, regex=False)]
    sums = rows.groupby(["source", "target", "purpose"], as_index=False)["amount_tiyn"].sum()
    sums = sums.sort_values("amount_tiyn", ascending=False, kind="stable")
    lines = ["| from | to | what for | million KZT |", "|---|---|---|---|"]
    for line in sums.itertuples(index=False):
        million = line.amount_tiyn / _TIYN_PER_MILLION
        lines.append(f"| {line.source} | {line.target} | {line.purpose} | {million:,.2f} |")
    return "\n".join(lines) + "\n"


def _tenge(table: pd.DataFrame) -> str:
    """Return where a tenge ended, assets of a purpose together."""
    sums = table.groupby(["from_account", "to_account", "purpose"], as_index=False)["tenge"].sum()
    sums = sums.sort_values("tenge", ascending=False, kind="stable").head(_TOP)
    lines = ["| from | to | what for | of one tenge |", "|---|---|---|---|"]
    for line in sums.itertuples(index=False):
        cells = (line.from_account, line.to_account, line.purpose, f"{line.tenge:.4f}")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _indicators(run: pd.DataFrame) -> str:
    names = (
        "spending_million_kzt_year",
        "cost_recovery",
        "collection_rate",
        "arrears_months",
        "emergency_share",
        "reinvestment_share",
        "debt_kzt_per_person",
    )
    lines = ["| indicator | value | unit |", "|---|---|---|"]
    lines += [f"| `{name}` | {run['value'][name]:,.3g} | {run['unit'][name]} |" for name in names]
    return "\n".join(lines) + "\n"


def page(text: str) -> str:
    """Return a page with its figures as a run of the code has them."""
    blocks = figures(text)
    return BLOCK.sub(lambda place: place[1] + blocks[place["name"]] + place[4], text)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
