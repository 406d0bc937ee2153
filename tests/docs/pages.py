"""Reading the pages of the project: fenced blocks, links, and a copy to try their steps in."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(\w+)(?: ([a-z]+)=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)

MADE = re.compile(r"/docs/(?:reference/api|from_top)/")
"""Folders that a build of the site fills."""


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, and what its first line says to do with which file."""

    language: str
    verb: str
    """`create`, `append`, `change`, or empty for a block that is only run or read."""
    path: str
    text: str


def pages():
    """Every page of the project, sorted."""
    top = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
    return [
        *(ROOT / name for name in top),
        *sorted(page for page in (ROOT / "docs").rglob("*.md") if not MADE.search(str(page))),
        *sorted((ROOT / "scenarios").glob("*.md")),
    ]


def blocks(page):
    """All fenced blocks of a page, in order."""
    text = (ROOT / page).read_text()
    return [
        Block(lang, verb or "", path or "", body) for lang, verb, path, body in FENCE.findall(text)
    ]


def scratch_copy(folder):
    """Copy what the steps of a page may touch: the package, its tests, its settings."""
    for name in ("twin", "gis", "tests", "scenarios", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def perform(page, folder, *, left_out=None):
    """Do the file steps of a page in a scratch copy, except those on one file."""
    for block in blocks(page):
        if block.path == left_out:
            continue
        target = folder / block.path
        if block.verb == "create":
            assert not target.exists(), f"{block.path} is there already"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text)
        elif block.verb == "append":
            target.write_text(target.read_text() + "\n\n" + block.text)
        elif block.verb == "change":
            target.write_text(_changed(target.read_text(), block))
        else:
            assert block.verb in ("", "when"), f"{page}: {block.verb} is no verb"


def _changed(text, block):
    """Replace the lines that start with `-` by those that start with `+`, for each such pair."""
    for hunk in re.split(r"^\.\.\.\n", block.text, flags=re.MULTILINE):
        lines = hunk.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if line[0] in "- ")
        new = "".join(line[1:] for line in lines if line[0] in "+ ")
        assert text.count(old) == 1, f"{block.path} has {text.count(old)} times:\n{old}"
        text = text.replace(old, new)
    return text


def run_python(folder, *arguments):
    """Run python in a scratch copy and return what it says."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
