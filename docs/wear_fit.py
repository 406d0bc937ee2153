"""Compare laws of failure with records of main breaks: tables and picture of `docs/wear.md`.

    uv run --group dev python docs/wear_fit.py FOLDER [docs/wear-laws.png]

FOLDER holds mains and breaks of a city as `docs/wear_records.py` reads them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from docs.wear_records import (
    FITTED,
    SURVEY,
    Season,
    expected_by,
    expected_by_ours,
    expected_with_history,
    fitted,
    fitted_season,
    history_factor,
    monthly_shares,
    records,
)
from twin.city.networks import NETWORKS, code_of

if TYPE_CHECKING:
    from twin.core.arrays import Bool

AGES = (0, 10, 20, 30, 40, 50, 60, 70, 90, 130)
COLOURS = {"cast_iron": "#b2182b", "ductile_iron": "#2166ac", "pvc": "#1b7837"}


def by_material(panel: pd.DataFrame) -> list[str]:
    """Return observed and expected breaks by material, as rows of a table."""
    ours = expected_by_ours(panel)
    lines = ["| material | km-years | breaks | per km a year | law | law / observed | survey |"]
    lines += ["|---|---|---|---|---|---|---|"]
    for name in [*sorted(SURVEY), "all"]:
        of = (panel["material"] == name).to_numpy() | (name == "all")
        km, seen, law = panel["km"][of].sum(), panel["breaks"][of].sum(), ours[of].sum()
        survey = f"{SURVEY[name]:.3f}" if name in SURVEY else ""
        lines.append(
            f"| {name.replace('_', ' ')} | {km:,.0f} | {seen:.0f} | {seen / km:.3f} | "
            f"{law / km:.3f} | {law / seen:.2f} | {survey} |"
        )
    return lines


def by_group(panel: pd.DataFrame, group: pd.Series, material: str) -> list[str]:
    """Return observed and expected rates of one material by a group, as rows of a table."""
    ours = pd.Series(expected_by_ours(panel), index=panel.index)
    lines = ["| | km-years | breaks | observed | law |", "|---|---|---|---|---|"]
    of = panel["material"] == material
    for name, rows in panel[of].groupby(group[of], observed=True):
        km = rows["km"].sum()
        if km > 20.0:  # noqa: PLR2004 - too little exposure shows nothing
            seen, law = rows["breaks"].sum(), ours[rows.index].sum()
            lines.append(f"| {name} | {km:,.0f} | {seen:.0f} | {seen / km:.3f} | {law / km:.3f} |")
    return lines


def by_history(panel: pd.DataFrame, material: str) -> list[str]:
    """Return observed and expected breaks of one material by earlier breaks, as rows of a table."""
    law, knowing = expected_by_ours(panel), expected_with_history(panel)
    lines = ["| earlier breaks | breaks | law | law and history |", "|---|---|---|---|"]
    of = (panel["material"] == material).to_numpy()
    for count in range(4):
        name = f"{count}" if count < 3 else "3 and more"  # noqa: PLR2004 - few have more
        rows = of & (panel["earlier"].clip(upper=3) == count).to_numpy()
        seen = panel["breaks"][rows].sum()
        lines.append(f"| {name} | {seen:.0f} | {law[rows].sum():.0f} | {knowing[rows].sum():.0f} |")
    return lines


def held_out(panel: pd.DataFrame) -> list[str]:
    """Return fits on a part of the records, with what they expect of the other part."""
    halves: dict[str, Bool] = {
        "years to 2010": (panel["year"] <= 2010).to_numpy(),  # noqa: PLR2004 - the first half
        "every second main": (panel["pipe_id"] // 10 % 2 == 0).to_numpy(),
    }
    lines = ["| material | fitted on | expected of the others | observed |", "|---|---|---|---|"]
    for material, columns in FITTED.items():
        of = (panel["material"] == material).to_numpy()
        for name, part in halves.items():
            others = panel[of & ~part]
            expected = expected_by(fitted(panel[of & part], columns), others).sum()
            seen = others["breaks"].sum()
            lines.append(f"| {material.replace('_', ' ')} | {name} | {expected:.0f} | {seen:.0f} |")
    return lines


def report(panel: pd.DataFrame, breaks: pd.DataFrame) -> list[str]:
    """Return all that the page shows, as lines."""
    lines = [*by_material(panel), ""]
    for material, columns in FITTED.items():
        fit = fitted(panel[panel["material"] == material], columns)
        values = ", ".join(
            f"{name} {value:.3f}"
            for name, value in zip(("constant", *columns), fit.coefficients, strict=True)
        )
        lines.append(f"{material}: {values}; variance {fit.variance:.2f}")
    lines += ["", *held_out(panel), ""]
    for material in FITTED:
        width = panel["diameter_mm"].clip(100, 450)
        age = pd.cut(panel["age_years"], AGES)
        laid = (panel["laid_year"] // 10 * 10).astype(int)
        for group in (width, age, laid):
            lines += [material, *by_group(panel, group, material), ""]
    for material in ("cast_iron", "ductile_iron"):
        of = (panel["material"] == material).to_numpy()
        base = expected_by_ours(panel)[of]
        season = fitted_season(breaks[breaks["material"] == material], rule=Season())
        lines += by_history(panel, material)
        lines.append(f"{material}: factor per earlier break {history_factor(panel[of], base):.2f}")
        lines.append(f"{material}: cold {season[0]:.2f}, cooling {season[1]:.2f} per K")
    return lines


def picture(panel: pd.DataFrame, breaks: pd.DataFrame, target: Path) -> None:
    """Draw rates by age and months, observed as points and by law as lines."""
    figure = Figure(figsize=(9.0, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    ours = pd.Series(expected_by_ours(panel), index=panel.index)
    water = NETWORKS[code_of("water")]
    for material, colour in COLOURS.items():
        of = panel["material"] == material
        age = pd.cut(panel.loc[of, "age_years"], AGES)
        groups = panel[of].groupby(age, observed=True)
        km, seen = groups["km"].sum(), groups["breaks"].sum()
        middle = groups["age_years"].mean()
        law = ours[of].groupby(age, observed=True).sum() / km
        shown = (km > 20.0) & (seen > 0)  # noqa: PLR2004 - as in the tables
        error = np.sqrt(seen) / km
        rate = seen / km
        label = material.replace("_", " ")
        left.errorbar(middle[shown], rate[shown], error[shown], fmt="o", color=colour, label=label)
        left.plot(middle[shown], law[shown], color=colour)
    left.set(xlabel="age, years", ylabel="breaks per km a year", yscale="log")
    left.legend(frameon=False)
    for material in ("cast_iron", "ductile_iron"):
        count = np.bincount(breaks.loc[breaks["material"] == material, "month"] - 1, minlength=12)
        of_law = water.covariates[material]
        shares = monthly_shares(of_law.cold_per_k, of_law.cooling_per_k, rule=Season())
        right.plot(range(1, 13), count / count.sum(), "o", color=COLOURS[material])
        right.plot(range(1, 13), shares, color=COLOURS[material])
    right.set(xlabel="month", ylabel="share of the breaks of a year", xticks=range(1, 13))
    figure.savefig(target, dpi=110)


def main(folder: str, target: str = "docs/wear-laws.png") -> None:
    """Print the tables and draw the picture."""
    panel, breaks = records(Path(folder))
    sys.stdout.write("\n".join(report(panel, breaks)) + "\n")
    picture(panel, breaks, Path(target))


if __name__ == "__main__":
    main(*sys.argv[1:])
