"""Every code of city data stands on its page; `test_code_examples.py` has an example of each."""

import ast
import re

from tests.docs.pages import ROOT

CODE = re.compile(r"\b[EW]-[A-Z]+(?:-[A-Z]+)*\b")
PAGE = ROOT / "docs" / "city-codes.md"


FOLDERS = ("gis", "twin/city", "twin/core", "twin/citizens")


def codes_in(*folders):
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    return {code for file in files for code in CODE.findall(file.read_text())}


def test_the_page_names_every_code_and_no_other():
    assert set(CODE.findall(PAGE.read_text())) == codes_in(*FOLDERS)


def test_every_fault_of_city_data_has_a_code():
    bare = []
    for file in (file for name in ("gis", "twin/city") for file in (ROOT / name).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            is_fault = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Fault"
            if is_fault and len(node.args) < 4 and "code" not in {key.arg for key in node.keywords}:
                bare.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert bare == []
