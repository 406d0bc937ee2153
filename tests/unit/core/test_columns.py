"""Tables tell every fault of a frame at once."""

import numpy as np
import pandas as pd

from twin.core.columns import Column, Table, conform, table_faults

PIPES = Table(
    "pipes",
    "Pipes",
    (
        Column("pipe_id", "int32", "id"),
        Column("diameter_m", "float64", "inner diameter", "m", 0.01, 3.0),
        Column("material", "str", "material", choices=("steel", "pe")),
        Column("level_m", "float64", "level", "m", 0, 10, nullable=True),
    ),
    id_column="pipe_id",
)


def frame(**columns):
    whole = {
        "pipe_id": [0, 1],
        "diameter_m": [0.1, 0.2],
        "material": ["steel", "pe"],
        "level_m": [1.0, np.nan],
    }
    return pd.DataFrame(whole | columns)


def test_lawful_frame_has_no_faults():
    assert table_faults(PIPES, frame()) == []


def test_millimetres_are_refused_with_limit_and_unit():
    (fault,) = table_faults(PIPES, frame(diameter_m=[150.0, 0.2]))
    assert "pipes.diameter_m row 0" in fault.where
    assert "over 3 m" in fault.what
    assert "150" in fault.what
    assert fault.rows == (0,)


def test_all_faults_come_at_once():
    faults = table_faults(
        PIPES, frame(pipe_id=[0, 0], diameter_m=[np.nan, 0.2], material=["stone", ""])
    )
    text = "\n".join(map(str, faults))
    assert "does not count 0, 1, 2" in text
    assert "not a finite number" in text
    assert "not a known value" in text
    assert "is empty" in text


def test_missing_column_names_meaning_and_unit():
    (fault,) = table_faults(PIPES, frame().drop(columns="diameter_m"))
    assert "has no column diameter_m" in fault.what
    assert "inner diameter [m]" in fault.mend


def test_conform_orders_and_types_columns():
    conformed = conform(PIPES, frame()[["material", "level_m", "diameter_m", "pipe_id"]])
    assert list(conformed) == ["pipe_id", "diameter_m", "material", "level_m"]
    assert conformed["pipe_id"].dtype == np.int32
