"""Every code of city data stands on its page and has a failing example in a test."""

import re

from tests.docs.pages import ROOT

CODE = re.compile(r"\b[EW]-[A-Z]+(?:-[A-Z]+)*\b")
PAGE = ROOT / "docs" / "city-codes.md"


def codes_in(*folders):
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    return {code for file in files for code in CODE.findall(file.read_text())}


def test_the_page_names_every_code_and_no_other():
    assert set(CODE.findall(PAGE.read_text())) == codes_in("gis", "twin/city", "twin/core")


def test_every_code_is_tried():
    assert codes_in("gis", "twin/city", "twin/core") - codes_in("tests/unit") == set()
