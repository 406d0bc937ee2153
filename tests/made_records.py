"""Records of the mains of a city, drawn from its own laws, as a town would keep them.

python tests/made_records.py CITY FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

FIRST, LAST, LISTED = 2005, 2024, "2025-01-01"
RECIPE = f"""\
network: water
pipes:
  file: mains.csv
  columns: {{pipe_id: uid, material: material, diameter: dn, length: length, laid: laid}}
  units: {{diameter: mm, length: m}}
  materials: {{CI: cast_iron, ST: steel, AC: asbestos_cement, DI: ductile_iron, PE: pe, PVC: pvc}}
  listed_on: {LISTED}
breaks:
  file: breaks.csv
  columns: {{date: date, pipe_id: main}}
  first_day: {FIRST}-01-01
  last_day: {LAST}-12-31
reports:
  file: log109.csv
  columns: {{date: date, incident: incident, district: district, kind: kind, closed: closed}}
  last_day: {LAST}-12-31
valves:
  file: valves.csv
  columns: {{pipe_id: main, state: state}}
"""
SHORT = {"cast_iron": "CI", "steel": "ST", "asbestos_cement": "AC", "ductile_iron": "DI",
         "pe": "PE", "pvc": "PVC"}  # fmt: skip
RATES = {"centre": 0.2, "hill": 0.05}


def write_records(city, folder: Path, *, seed: int = 1, scale: float = 3.0) -> None:
    """Write inventory, breaks, log of 109 and valves; breaks come `scale` times as published."""
    from twin.city.networks import NETWORKS, code_of

    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(seed)
    water = NETWORKS[code_of("water")]
    mains = city.network_edges("water")
    mains = mains[mains["kind"] == "pipe"].reset_index(drop=True)
    pd.DataFrame(
        {
            "uid": mains["uid"],
            "material": mains["material"].map(SHORT),
            "dn": (mains["diameter_m"] * 1000).round().astype(int),
            "length": mains["length_m"].round(1),
            "laid": mains["built_year"],
        }
    ).to_csv(folder / "mains.csv", index=False)
    rows = []
    for main in mains.itertuples():
        law, other = water.hazards[main.material], water.covariates[main.material]
        variance = max(float(other.hidden_variance), 0.1)
        width, laid = np.array([main.diameter_m]), np.array([float(main.built_year)])
        factor = scale * generator.gamma(1 / variance, variance) * main.length_m / 1000
        factor *= float(other.known_factor(width, laid, np.array([main.length_m]))[0])
        for year in range(max(FIRST, main.built_year + 1), LAST + 1):
            rate = float(law.rate(np.array([year - main.built_year + 0.0]))[0])
            for _ in range(generator.poisson(rate * factor)):
                day = pd.Timestamp(year, 1, 1) + pd.Timedelta(days=int(generator.integers(365)))
                name = main.uid if generator.random() < 0.9 else ""
                rows.append((day.strftime("%d.%m.%Y"), name))
    pd.DataFrame(rows, columns=["date", "main"]).to_csv(folder / "breaks.csv", index=False)
    _log(generator).to_csv(folder / "log109.csv", index=False)
    shut = pd.DataFrame({"main": mains["uid"], "state": "open"})
    shut.loc[shut.index[3], "state"] = "closed"
    shut.to_csv(folder / "valves.csv", index=False)
    (folder / "records.yaml").write_text(RECIPE)


def _log(generator) -> pd.DataFrame:
    """Return reports of leaks that last ten days, from districts that report unlike each other."""
    rows = []
    for name, rate in RATES.items():
        for number in range(150):
            start = pd.Timestamp(2023, 1, 1) + pd.Timedelta(days=int(generator.integers(700)))
            first = generator.exponential(1.0 / rate)
            if first >= 10.0:
                continue
            day = start + pd.Timedelta(days=int(first))
            closed = day + pd.Timedelta(days=9)
            for at in [0, *generator.integers(0, 10, generator.poisson(rate * 10.0))]:
                when = (day + pd.Timedelta(days=int(at))).date()
                rows.append((when, f"{name}-{number}", name, "leak", closed.date()))
    return pd.DataFrame(rows, columns=["date", "incident", "district", "kind", "closed"])


if __name__ == "__main__":
    from twin.city.bundle import load_city

    write_records(load_city(Path(sys.argv[1])), Path(sys.argv[2]))
