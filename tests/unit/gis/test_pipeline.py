"""The folders of gis are the steps from files to a city, in order."""

from collections import Counter
from pathlib import Path

import gis

ROOT = Path(gis.__file__).parent
MOST_FILES = 12


def test_no_two_modules_of_gis_have_one_name():
    names = Counter(file.stem for file in ROOT.rglob("*.py") if file.stem != "__init__")
    folders = {folder.name for folder in ROOT.rglob("*") if folder.is_dir()}
    assert [name for name, count in names.items() if count > 1 or name in folders] == []


def test_no_folder_of_gis_is_long():
    folders = [ROOT, *(folder for folder in ROOT.rglob("*") if folder.is_dir())]
    many = {str(folder): len(list(folder.glob("*.py"))) for folder in folders}
    assert {name: count for name, count in many.items() if count > MOST_FILES} == {}


def test_the_package_names_its_steps_in_order():
    flow = next(line for line in gis.__doc__.splitlines() if "->" in line)
    assert flow.split(" -> ") == [
        "    read",
        "clean",
        "generate",
        "networks",
        "assemble",
        "City",
        "export",
    ]
