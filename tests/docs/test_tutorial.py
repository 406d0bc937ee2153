"""The tutorial runs as a notebook, from first cell to last."""

import pytest

from tests.docs.pages import ROOT

TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.py"))
CELL_TIMEOUT_S = 900  # a first run compiles every kernel


def executed(path, folder):
    jupytext = pytest.importorskip("jupytext")
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    notebook = jupytext.read(path, fmt="py:percent")
    nbformat.write(notebook, folder / f"{path.stem}.ipynb")
    notebook = nbformat.read(folder / f"{path.stem}.ipynb", as_version=4)
    client = nbclient.NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT_S,
        kernel_name="python3",  # the one of this python
        resources={"metadata": {"path": str(ROOT)}},
    )
    return client.execute()


@pytest.mark.filterwarnings("default")  # of the notebook's machinery, not ours
@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_the_tutorial_runs_as_a_notebook(path, tmp_path):
    cells = [cell for cell in executed(path, tmp_path).cells if cell.cell_type == "code"]
    outputs = [output for cell in cells for output in cell.outputs]
    assert len(cells) > 8
    assert all(cell.execution_count for cell in cells)
    assert not [one for one in outputs if one.output_type == "error"]
    said = "".join(one.get("text", "") for one in outputs)
    assert "[92.] [83.]" in said
    assert "Municipality" in said
    shown = "".join(
        str(value)
        for one in outputs
        for kind, value in one.get("data", {}).items()
        if kind in ("text/html", "application/javascript", "application/vnd.bokehjs_exec.v0+json")
    )
    assert "open_ear" in shown
