"""Where compiled kernels are kept, and what makes them stale."""

import os
import subprocess
import sys
from pathlib import Path

import twin
from twin.kernels.jit import cache_folder, cache_root, is_any_compiled

_PACKAGE = Path(twin.__file__).parent


def _file(folder: Path, text: str) -> Path:
    path = folder / "kernels.py"
    path.write_text(text, "utf-8")
    return path


def test_an_edit_of_a_file_moves_its_folder(tmp_path):
    before = cache_folder(_file(tmp_path, "A = 1\n"))
    assert cache_folder(_file(tmp_path, "A = 2\n")) != before
    assert cache_folder(_file(tmp_path, "A = 1\n")) == before


def test_the_folder_follows_what_a_file_imports_and_nothing_else(tmp_path, monkeypatch):
    package = tmp_path / "twin"
    for room in ("kernels", "flows"):
        (package / room).mkdir(parents=True)
    monkeypatch.setattr("twin.kernels.jit._PACKAGE", package)
    far = package / "flows" / "far.py"
    near = package / "kernels" / "near.py"
    other = package / "kernels" / "other.py"
    far.write_text("LIMIT = 3\n", "utf-8")
    near.write_text("from twin.flows.far import LIMIT\n", "utf-8")
    other.write_text("", "utf-8")
    source = package / "kernels.py"
    source.write_text("from twin.kernels.near import LIMIT\n", "utf-8")
    before = cache_folder(source)
    other.write_text("UNUSED = 1\n", "utf-8")
    assert cache_folder(source) == before
    far.write_text("LIMIT = 4\n", "utf-8")
    assert cache_folder(source) != before


def test_bounds_checks_have_a_folder_of_their_own(monkeypatch):
    source = _PACKAGE / "kernels" / "ldl.py"
    monkeypatch.delenv("NUMBA_BOUNDSCHECK", raising=False)
    before = cache_folder(source)
    monkeypatch.setenv("NUMBA_BOUNDSCHECK", "1")
    assert cache_folder(source) != before


def test_the_user_may_name_the_root(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert cache_root() == tmp_path
    assert not is_any_compiled()


_COPY = """
import sys
sys.path.insert(0, sys.argv[1])
from module_of_two_copies import kernels
kernels.twice(2.0)
print(sum(kernels.twice.stats.cache_hits.values()))
"""
_SOURCE = """
from twin.kernels.jit import kernel


@kernel
def twice(x):
    return 2.0 * x
"""


def test_a_copy_of_the_source_elsewhere_is_compiled_already(tmp_path):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    hits = []
    for name in ("here", "there"):
        package = tmp_path / name / "module_of_two_copies"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("")
        (package / "kernels.py").write_text(_SOURCE)
        done = subprocess.run(
            [sys.executable, "-c", _COPY, str(package.parent)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        hits.append(int(done.stdout))
    assert hits == [0, 1]
