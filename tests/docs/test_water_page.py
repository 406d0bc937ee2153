"""The page about water runs as it stands, block after block."""

import shutil
from pathlib import Path

import pytest

from tests.docs.pages import blocks

wntr = pytest.importorskip("wntr", reason="wntr is a development dependency")


def test_the_page_about_water_runs_as_it_stands(tmp_path, monkeypatch, capsys):
    shutil.copy(Path(wntr.__file__).parent / "library" / "networks" / "Net3.inp", tmp_path)
    monkeypatch.chdir(tmp_path)
    space = {}
    texts = [block.text for block in blocks("docs/water.md") if block.language == "python"]
    for text in texts:
        exec(compile(text, "docs/water.md", "exec"), space)  # noqa: S102 - that is the test
    assert len(texts) == 6
    assert space["age"].value.shape == (169, 97)
    assert space["chlorine"].imbalance < 1e-9
    assert space["found"].pressure_m.shape == (20, 3, 3)
    said = capsys.readouterr().out
    assert [word in said for word in ("MIXED", "2COMP 0.3", "FIFO", "LIFO")] == [True] * 4
