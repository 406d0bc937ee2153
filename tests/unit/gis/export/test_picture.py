"""A city can be looked at."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pytest
import shapely
from PIL import Image

from gis.export.picture import WIDTH_PX, draw_city
from tests.builders import grid_city
from twin.city.bundle import save_city
from twin.cli.app import main
from twin.core.errors import CityDataError


def words_and_colours(path):
    """Return the text of an SVG and the colours of its strokes and fills."""
    root = ET.parse(path).getroot()  # noqa: S314 - our own file
    words = [text for one in root.iter() if (text := (one.text or "").strip())]
    styles = " ".join(one.get("style", "") for one in root.iter())
    return words, set(re.findall(r"#[0-9a-f]{6}", styles))


def test_svg_has_streets_buildings_networks_and_words(tmp_path):
    words, colours = words_and_colours(draw_city(grid_city(), tmp_path / "city.svg"))
    assert {"#c0c0c0", "#c9a77c", "#1f78b4", "#d7301f"} <= colours
    assert "grid-4x4: 240 people, 24 buildings" in words
    assert "50 m" in words


def test_png_has_the_colours_of_its_layers(tmp_path):
    with Image.open(draw_city(grid_city(), tmp_path / "city.png")) as image:
        assert image.width == WIDTH_PX
        found = {colour[:3] for _, colour in image.getcolors(1 << 24)}
    assert {(0xC9, 0xA7, 0x7C), (0xFB, 0xFA, 0xF7)} <= found


def test_the_legend_names_what_is_shown_and_nothing_else(tmp_path):
    words, _ = words_and_colours(draw_city(grid_city(), tmp_path / "city.svg"))
    assert {"Streets", "local", "Pipes", "heat", "water", "Services", "heat source"} <= set(words)
    assert "industrial" not in words
    assert not any(word.startswith("Outside") for word in words)


def test_what_is_not_on_the_sheet_is_stated_on_it(tmp_path):
    city = grid_city()
    shapes = np.array(city.buildings.geometry.values)
    shapes[-1] = shapely.transform(shapes[-1], lambda at: at + 30_000.0)
    buildings = city.buildings.set_geometry(gpd.GeoSeries(shapes, crs=city.crs))
    far = replace(city, buildings=buildings)
    words, _ = words_and_colours(draw_city(far, tmp_path / "far.svg"))
    left_out = f"Outside this sheet: 1 buildings with {buildings['people'].iloc[-1]} people."
    assert any(left_out in word for word in words)
    assert "50 m" in words


def test_two_pipes_under_one_street_are_both_seen(tmp_path):
    root = ET.parse(draw_city(grid_city(), tmp_path / "city.svg")).getroot()  # noqa: S314 - our own
    ways = {colour: set() for colour in ("#1f78b4", "#d7301f")}
    for one in root.iter():
        for colour, found in ways.items():
            if f"stroke: {colour}" in one.get("style", ""):
                found.add(one.get("d"))
    assert all(ways.values())
    assert not set.intersection(*ways.values())


def test_same_city_gives_the_same_bytes(tmp_path):
    for name in ("a.svg", "a.png"):
        first = draw_city(grid_city(), tmp_path / name).read_bytes()
        assert draw_city(grid_city(), tmp_path / name).read_bytes() == first


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(CityDataError, match=r"E-PICTURE ends in .*\n  name a \.png or \.svg file"):
        draw_city(grid_city(), tmp_path / "city.pdf")


def test_info_writes_the_picture(tmp_path, capsys):
    folder = save_city(grid_city(), tmp_path / "grid")
    main_code(["city", "info", str(folder), "--picture", str(tmp_path / "p" / "city.svg")])
    assert (tmp_path / "p" / "city.svg").is_file()
    assert "street_nodes" in capsys.readouterr().out


def main_code(arguments):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code in (0, None)
