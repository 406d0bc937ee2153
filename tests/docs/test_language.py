"""Messages, public docstrings and pages use the words of docs/language.md."""

import ast
import re

import pytest
from ruamel.yaml import YAML

from tests.docs.pages import MADE, ROOT

PAGE = ROOT / "docs" / "language.md"
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \|([^|]*)\|$", re.MULTILINE)

CLEAN = (
    "twin/cli",
    "twin/scenario",
    "twin/experiment",
    "twin/report",
    "twin/core",
    "twin/city",
    "twin/buildings",
    "twin/emergency",
    "twin/flows",
    "twin/model",
    "twin/parameters",
    "twin/policy",
    "twin/citizens",
    "twin/institutions",
    "twin/assets",
    "twin/voting",
    "twin/kernels",
    "twin/indicators",
    "gis",
)
"""Folders whose texts use the standard words; add a folder here when it does."""
CLEAN_PAGES = (
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "docs/tutorials",
    "docs/how-to",
    "docs/reference",
    "docs/explanation",
    "docs/ODD.md",
    "docs/cold-night.md",
    "docs/closure-study.md",
    "docs/validation.md",
    "docs/water.md",
    "docs/voting.md",
    "docs/data-dictionary.md",
    "docs/add-an-indicator.md",
    "docs/add-a-lever.md",
    "docs/add-a-utility.md",
    "docs/city-codes.md",
    "docs/index.md",
    "docs/model.md",
    "docs/nomenclature.md",
    "docs/recipes.md",
    "docs/verification-fuzzing.md",
    "docs/verification.md",
    "scenarios",
)
"""Pages, and folders of pages, likewise."""


def rules():
    """(pattern of the words not used, the standard words, the folder it is limited to)."""
    header, *rows = ROW.findall(PAGE.read_text())
    assert header == ("not used", "standard", " only in ")
    for words, standard, folder in rows:
        if set(words) <= {"-"}:
            continue
        one_of = "|".join(re.escape(word.strip()) for word in words.split(","))
        yield re.compile(rf"\b(?:{one_of})\b", re.IGNORECASE), standard.strip(), folder.strip()


RULES = tuple(rules())


def texts_of(source):
    """(line, text) of every string of several words, without docstrings of private names."""
    tree = ast.parse(source)
    skipped = {id(node) for node in private_docstrings(tree)}
    for node in ast.walk(tree):
        string = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if string and " " in node.value.strip() and id(node) not in skipped:
            yield node.lineno, node.value


def private_docstrings(tree):
    for node in ast.walk(tree):
        named = isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)
        if named and node.name.startswith("_") and ast.get_docstring(node, clean=False) is not None:
            yield node.body[0].value


def prose(text):
    """Return a text without the names of code in it."""
    return re.sub(r"`[^`\n]*`", "", text)


def offences(text, place):
    for pattern, standard, folder in RULES:
        if place.startswith(folder):
            for match in pattern.finditer(text):
                yield f"{match[0]!r} -> {standard}"


def in_python(folder):
    for file in sorted((ROOT / folder).rglob("*.py")):
        place = file.relative_to(ROOT).as_posix()
        for line, text in texts_of(file.read_text()):
            for offence in offences(prose(text), place):
                yield f"{place}:{line}: {offence}"


def in_messages(folder):
    for file in sorted((ROOT / folder).rglob("en.yaml")):
        place = file.relative_to(ROOT).as_posix()
        for text in leaves(YAML(typ="safe").load(file.read_text())):
            for offence in offences(text, place):
                yield f"{place}: {offence} in {text!r}"


def leaves(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from leaves(one)
    elif isinstance(value, str):
        yield value


def pages_under(name):
    path = ROOT / name
    return sorted(path.rglob("*.md")) if path.is_dir() else [path]


def in_pages(name):
    for page in pages_under(name):
        if page == PAGE or MADE.search(str(page)):
            continue
        place = page.relative_to(ROOT).as_posix()
        for line, text in enumerate(page.read_text().splitlines(), start=1):
            for offence in offences(prose(text), place):
                yield f"{place}:{line}: {offence}"


@pytest.mark.parametrize("folder", CLEAN)
def test_messages_and_public_docstrings_use_the_standard_words(folder):
    assert [*in_python(folder), *in_messages(folder)] == []


@pytest.mark.parametrize("page", CLEAN_PAGES)
def test_pages_use_the_standard_words(page):
    assert list(in_pages(page)) == []


def test_every_row_of_the_page_is_read():
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    assert len(RULES) == len(lines) - 1
    assert all((ROOT / folder).is_dir() for _, _, folder in RULES if folder)


def test_a_word_not_used_is_found_in_a_message_and_in_a_public_docstring_only():
    source = '''
def public():
    """Return what was told."""
    raise ValueError(f"{1} lanes, as asked")

def _private():
    """Return what was told."""
    return "told"
'''
    found = [
        offence for _, text in texts_of(source) for offence in offences(text, "twin/flows/water")
    ]
    assert [one.split(" ->")[0] for one in found] == ["'told'", "'as asked'", "'lanes'"]
    assert not list(offences("two lanes of the street", "twin/flows/traffic"))
