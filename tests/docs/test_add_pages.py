"""The three pages on adding things are true: their steps, done as written, work."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks, perform, run_python, scratch_copy
from twin.indicators.base import Sums

PAGES = ("docs/add-an-indicator.md", "docs/add-a-lever.md", "docs/add-a-utility.md")


def run_shell(block, folder):
    """Run the commands of a block in the scratch copy, with this python."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PYTHONPATH": str(folder), "PATH": path}
    done = subprocess.run(
        ["sh", "-ec", block.text],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{block.text}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def follow(page, folder, *, slow=False):
    """Do all steps of a page: first the files, then the commands in their order."""
    perform(page, scratch_copy(folder))
    where = run_python(folder, "-c", "import twin; print(twin.__file__)")
    assert Path(where.strip()).is_relative_to(folder)
    commands = [block for block in blocks(page) if block.language == "sh"]
    assert commands
    said = [run_shell(each, folder) for each in commands if slow or each.path != "slow"]
    assert any("passed" in text for text in said)


@pytest.mark.parametrize("page", PAGES)
def test_its_steps_work_as_written(page, tmp_path):
    follow(page, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("page", ["docs/add-an-indicator.md", "docs/add-a-lever.md"])
def test_its_steps_that_run_the_model_work_as_written(page, tmp_path):
    follow(page, tmp_path, slow=True)


CHECKS = {
    "twin/policy/housing_aid.py": ("tests/unit/model/test_housing_aid.py",),
    "twin/city/actions.py": ("tests/contracts/test_levers.py",),
    "twin/institutions/settings.py": ("tests/contracts/test_levers.py",),
    "twin/model/accounts.py": ("tests/contracts/test_levers_act.py", "-k", "housing_aid"),
    "tests/builders_worn.py": ("tests/contracts/test_levers_act.py", "-k", "housing_aid"),
    "twin/institutions/lever_prices.py": ("tests/contracts/test_levers_are_priced.py",),
}
"""Steps of the page on levers, and which check objects when one is left out."""


@pytest.mark.slow
@pytest.mark.parametrize("left_out", CHECKS)
def test_a_step_left_out_of_the_page_on_levers_is_noticed(left_out, tmp_path):
    page = "docs/add-a-lever.md"
    steps = {block.path for block in blocks(page) if block.verb in ("create", "change")}
    assert steps == {*CHECKS, "tests/unit/model/test_housing_aid.py"}
    perform(page, scratch_copy(tmp_path), left_out=left_out)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *CHECKS[left_out]],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (1, 2, 4), done.stdout  # failed, or could not be collected


def test_an_indicator_added_without_a_number_worked_by_hand_is_noticed(tmp_path):
    left_out = "tests/unit/indicators/test_water_reports_share.py"
    perform("docs/add-an-indicator.md", scratch_copy(tmp_path), left_out=left_out)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/unit/indicators/test_all_are_worked.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    assert "works out water_reports_share" in done.stdout


@pytest.mark.parametrize("page", PAGES)
def test_its_code_is_in_the_house_style(page, tmp_path):
    perform(page, scratch_copy(tmp_path))
    named = sorted({block.path for block in blocks(page) if block.path.endswith(".py")})
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", *named],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_on_indicators_names_every_field_that_adds_up():
    named = re.findall(r"`(\w+)`", (ROOT / "docs/add-an-indicator.md").read_text())
    assert set(Sums.__slots__) <= set(named)


def test_no_place_lists_the_networks_by_name():
    """A line with several networks' names is a place that a new network would have to find."""
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "twin").rglob("*.py")
        if re.search(r"[\"']water[\"'].*[\"']heat[\"']", path.read_text())
    }
    assert not found
