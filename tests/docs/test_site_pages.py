"""What the site makes of packages and pages before it is built."""

import twin
from docs import check_site, site_pages
from tests.docs.pages import ROOT
from twin.flows import heat, traffic, water


def listed():
    return {
        name
        for package in site_pages.public_packages()
        for name in site_pages.with_modules_opened(site_pages.public_names(package))
    }


def test_every_name_that_a_library_exports_has_a_place_in_the_reference():
    names = listed()
    for package in (twin, heat, traffic, water):
        for name in package.__all__:
            full = f"{package.__name__}.{name}"
            assert full in names or name.startswith("_"), full
    assert "twin.policy.budget.Budget" in names


def test_packages_with_public_modules_are_there():
    found = {package.__name__ for package in site_pages.public_packages()}
    assert set(site_pages.OPEN) <= found


def test_a_thing_exported_twice_is_documented_once():
    seen = {}
    packages = {package.__name__: package for package in site_pages.public_packages()}
    first = site_pages.package_page(packages["twin"], ["twin.Scenario"], seen)
    second = site_pages.package_page(packages["twin.scenario"], ["twin.scenario.Scenario"], seen)
    assert "autosummary" in first
    assert "autosummary" not in second
    assert ":py:obj:`Scenario <twin.Scenario>`" in second


def test_links_of_a_page_from_the_top_lead_to_the_same_pages():
    text = "[a](docs/water.md#x) [b](ARCHITECTURE.md) [c](scenarios/wear_zone.yaml) [d](http://a.b)"
    moved = site_pages.moved(text, ROOT / "CONTRIBUTING.md", site_pages.place("CONTRIBUTING.md"))
    assert moved == "[a](../water.md#x) [b](architecture.md) c [d](http://a.b)"


def test_broken_links_of_the_site_are_found(tmp_path, capsys):
    (tmp_path / "there.html").write_text('<p id="here">')
    right = (
        '<a href="there.html#here"></a><a href="https://example.org"></a><a href="#top" id="top">'
    )
    (tmp_path / "index.html").write_text(right)
    assert check_site.main(str(tmp_path)) == 0
    wrong = "<a href='gone.html'></a><a href='there.html#no'></a><a href='http://x'></a>"
    (tmp_path / "index.html").write_text(wrong)
    assert check_site.main(str(tmp_path)) == 1
    shown = capsys.readouterr().out
    assert "gone.html leads to no file" in shown
    assert "there.html#no leads to no anchor #no" in shown
    assert "http://x has no form of a web address" in shown
