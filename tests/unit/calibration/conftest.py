"""Records of a made town, as files."""

import numpy as np
import pandas as pd
import pytest

RECIPE = """\
pipes:
  file: mains.csv
  columns: {pipe_id: ID, material: MAT, diameter: DN, length: LEN, laid: YEAR, district: AREA}
  units: {diameter: mm, length: m}
  materials: {CI: cast_iron, DI: ductile_iron}
  listed_on: 2016-01-01
breaks:
  file: breaks.csv
  columns: {date: DATE, pipe_id: PIPE}
  dates: day_first
  first_day: 1998-01-01
  last_day: 2012-12-31
"""


@pytest.fixture
def folder(tmp_path):
    """Return a folder of records without a fault."""
    (tmp_path / "records.yaml").write_text(RECIPE)
    generator = np.random.default_rng(3)
    mains = pd.DataFrame(
        {
            "ID": np.arange(60),
            "MAT": np.where(np.arange(60) < 30, "CI", "DI"),
            "DN": 150,
            "LEN": 120.5,
            "YEAR": 1960 + np.arange(60) % 20,
            "AREA": "north",
        }
    )
    mains.to_csv(tmp_path / "mains.csv", index=False)
    days = pd.to_datetime("1998-01-01") + pd.to_timedelta(generator.integers(0, 5400, 50), "D")
    breaks = pd.DataFrame({"DATE": days.strftime("%d/%m/%Y"), "PIPE": np.arange(50)})
    breaks.to_csv(tmp_path / "breaks.csv", index=False)
    return tmp_path
