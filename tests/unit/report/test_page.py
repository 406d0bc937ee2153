"""The page is whole, offline, and shows what the runs hold."""

import base64
import dataclasses
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.builders import grid_city
from tests.unit.report.run_builders import asset_frame, make_runs
from twin.city.bundle import DataSource
from twin.core.errors import ScenarioError, StoreError
from twin.experiment import answer, effects, expectations
from twin.report import write_report
from twin.report.city_map import WEAR_STEPS, map_data
from twin.scenario import scenario_from_text

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SCENARIO = """
scenario: ring_fence
question: Does a ring-fenced share stop the <spiral>?
city: {synthesise: {people: 2000, seed: 1}}
start: 2026-01-01
years: 4
levers:
  renewal: {ring_fence_share: 0.0}
arms:
  ringfence_50: {levers.renewal.ring_fence_share: 0.5}
  poor: {levers.budget.network_kzt_per_person_year: 3000}
indicators: [breaks_per_km_year, wear_phys_mean, trust_mean]
expect:
  - {indicator: wear_phys_mean, arm: ringfence_50, sign: "-", because: renewal goes on}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """City, scenario and runs of every arm."""
    city = grid_city(6, 5)
    osm = DataSource("town.osm.pbf", "ODbL-1.0", "OpenStreetMap contributors")
    city = dataclasses.replace(city, sources=(*city.sources, osm))
    scenario = scenario_from_text(SCENARIO)
    return city, scenario, make_runs(city, scenario, tmp_path_factory.mktemp("runs"))


def write(made, path, **changes):
    city, scenario, runs = made
    table = effects(runs, scenario.indicators)
    parts = {
        "scenario": scenario,
        "effects": table,
        "answer": answer(scenario, table),
        "expectations": expectations(scenario, runs),
        "runs": runs,
        "city": city,
    }
    return write_report(path, **(parts | changes))


@pytest.fixture(scope="module")
def page(made, tmp_path_factory):
    return write(made, tmp_path_factory.mktemp("page") / "new" / "report.html")


class Links(HTMLParser):
    """Collects what a browser would fetch or open."""

    def __init__(self):
        super().__init__()
        self.links, self.text = [], []

    def handle_starttag(self, _tag, attrs):
        names = {"src", "href", "data", "action", "poster"}
        self.links += [value for name, value in attrs if name in names]

    def handle_data(self, data):
        self.text.append(data)


def test_the_page_asks_nothing_of_the_network(page):
    html = page.read_text("utf-8")
    parser = Links()
    parser.feed(html)
    assert set(parser.links) <= {"data:,", "#input"}
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html).group(1)
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe-eval" not in policy
    assert not re.search(r"(connect|default)-src [^;]*http", policy)


def test_the_page_answers_the_question_and_shows_every_part(made, page):
    _, scenario, runs = made
    html = page.read_text("utf-8")
    parser = Links()
    parser.feed(html)
    text = "".join(parser.text)
    assert scenario.question in text
    assert "<spiral>" not in html.split("<main>")[0]
    assert answer(scenario, effects(runs, scenario.indicators)) in text
    assert "ringfence 50 does best" in text
    assert "share of the money protected for renewal: 0 \u2192 0.5" in text
    assert "as expected" in text
    assert "Only 3 futures" in text
    assert "\u00a9 OpenStreetMap contributors" in text
    assert "twin compare scenario.yaml --seeds 0:3 --report report.html" in text
    assert runs["base"][0].manifest["city"]["content_hash"] in text
    assert page.stat().st_size < 10e6


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_verdict_on_an_expectation_has_a_mark_and_a_word(made, tmp_path, language):
    _, scenario, runs = made
    rows = expectations(scenario, runs).iloc[[0, 0, 0, 0]]
    rows = rows.assign(verdict=["as expected", "opposite", "no effect", "unclear"])
    html = write(made, tmp_path / "page.html", expectations=rows, lang=language)
    for verdict in ("as_expected", "opposite", "no_effect", "unclear"):
        assert f'class="verdict {verdict}"' in html.read_text("utf-8"), verdict


def test_pydeck_still_carries_deck_as_a_global(page):
    assert "globalThis.deck" in page.read_text("utf-8")


def test_nothing_but_the_page_is_left_in_the_folder(page):
    assert [file.name for file in page.parent.iterdir()] == ["report.html"]


@pytest.mark.parametrize(
    ("lang", "title"), [("kk", "Саясаттарды салыстыру"), ("ru", "Сравнение вариантов политики")]
)
def test_the_page_speaks_the_readers_language(made, tmp_path, lang, title):
    html = write(made, tmp_path / "page.html", lang=lang).read_text("utf-8")
    assert f'<html lang="{lang}">' in html
    assert title in html
    assert f"--lang {lang}" in html
    if lang == "kk":
        assert set("әғқңөұүі") <= set(html)


def test_map_bytes_are_the_wear_of_the_first_seed(made):
    city, _, runs = made
    data = map_data(city, runs)
    for kind, network in data["networks"].items():
        rows = runs["ringfence_50"][0].assets
        rows = rows[(rows["network"] == kind) & (rows["year"] == data["years"][-1])]
        wear = np.frombuffer(base64.b64decode(network["wear"]["ringfence_50"]), np.uint8)
        last = wear.reshape(len(data["years"]), network["n"])[-1]
        np.testing.assert_allclose(last / WEAR_STEPS, rows["wear_phys"], atol=0.5 / WEAR_STEPS)
    assert sum(network["n"] for network in data["networks"].values()) == len(asset_frame(city))
    assert json.dumps(data)


def test_map_lines_lie_where_their_edges_lie(made):
    city, _, runs = made
    data = map_data(city, runs)
    heat = data["networks"]["heat"]
    points = np.frombuffer(base64.b64decode(heat["points"]), np.float32).reshape(-1, 2)
    starts = np.frombuffer(base64.b64decode(heat["starts"]), np.uint32)
    edges = city.network_edges("heat")
    low, high = city.street_edges.total_bounds[:2], city.street_edges.total_bounds[2:]
    first = np.array([line.coords[0] for line in edges.geometry]) - (low + high) / 2
    np.testing.assert_allclose(points[starts[:-1]], first, atol=1e-3)


def test_a_single_seed_is_said_to_prove_nothing(made, tmp_path):
    city, scenario, runs = made
    alone = {arm: group[:1] for arm, group in runs.items()}
    table = effects(alone, scenario.indicators)
    path = write((city, scenario, alone), tmp_path / "one.html", effects=table)
    html = path.read_text("utf-8")
    assert "an effect cannot be distinguished from chance" in html
    assert "no intervals" in html


def test_a_scenario_without_arms_still_has_a_page(made, tmp_path):
    city, scenario, runs = made
    base = {"base": runs["base"]}
    table = effects(base, scenario.indicators)
    path = write(
        (city, scenario.arm("base"), base),
        tmp_path / "base.html",
        effects=table,
        expectations=pd.DataFrame(columns=["indicator", "arm"]),
    )
    assert "There is no policy to compare with the base" in path.read_text("utf-8")


def test_a_place_that_cannot_be_written_is_named(made, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"file/page\.html: cannot be written") as caught:
        write(made, tmp_path / "file" / "page.html")
    assert "name an HTML file" in caught.value.faults[0].mend
    with pytest.raises(StoreError, match="it is a folder"):
        write(made, tmp_path)


def test_another_city_than_that_of_the_runs_is_refused(made, tmp_path):
    with pytest.raises(StoreError, match="give the report the city of its runs"):
        write(made, tmp_path / "page.html", city=grid_city(4, 4))
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_language_is_refused(made, tmp_path):
    with pytest.raises(ScenarioError, match="is not a language of the report"):
        write(made, tmp_path / "page.html", lang="de")


@pytest.mark.skipif(CHROMIUM is None, reason="needs the chromium browser")
def test_the_page_works_in_a_browser_without_a_request(page):
    sync = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    flags = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    with sync.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=flags)
        tab = browser.new_page(viewport={"width": 1280, "height": 800})
        requests, faults = [], []
        tab.on("request", lambda request: requests.append(request.url))
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        tab.goto(page.as_uri())
        tab.wait_for_selector("html[data-map=ready]", timeout=120_000)
        assert tab.inner_text("#year-text") == "2029"
        before = tab.inner_text("#map-figures")
        tab.fill("#year", "0")
        assert tab.inner_text("#year-text") == "start"
        assert tab.inner_text("#map-figures") != before
        tab.check("input[value=ringfence_50]", force=True)
        tab.check("input[value=difference]", force=True)
        assert "less worn than the base" in tab.inner_text("#legend-ends")
        tip = _tooltip_over_the_middle(tab)
        assert re.search(r"Water main \d+", tip)
        assert re.search(r"material cast iron", tip)
        tab.click("#arm-legend button[data-arm=poor]")
        hidden = "[...Bokeh.documents[0]._all_models.values()].filter(m => m.name === 'arm:poor')"
        assert tab.evaluate(f"{hidden}.every(m => !m.visible)")
        browser.close()
    assert requests == [page.as_uri()]
    assert faults == []


def _tooltip_over_the_middle(tab):
    """Move over the middle street crossing until the tooltip says something."""
    tab.locator("#map").scroll_into_view_if_needed()
    box = tab.locator("#map").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for step in range(60):
        tab.mouse.move(x + step % 20 * 6, y + step % 7)
        tab.wait_for_timeout(150)
        tip = tab.locator("#map .tip")
        if tip.count() and tip.is_visible() and "age" in tip.inner_text():
            return tip.inner_text()
    return ""


def test_no_third_party_script_is_kept_in_the_package():
    import twin.report

    folder = Path(twin.report.__file__).parent / "templates"
    assert max(file.stat().st_size for file in folder.iterdir()) < 40_000
