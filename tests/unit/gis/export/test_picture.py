"""A city can be looked at."""

from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from gis.export.picture import WIDTH_PX, draw_city
from tests.builders import grid_city
from twin.city.bundle import save_city
from twin.cli.app import main
from twin.core.errors import CityDataError


def test_svg_has_streets_buildings_networks_and_words(tmp_path):
    path = draw_city(grid_city(), tmp_path / "city.svg")
    root = ET.parse(path).getroot()  # noqa: S314 - our own file
    colours = {one.get("stroke") for one in root.iter() if one.get("stroke")}
    assert {"#a8a8a8", "#c9a77c", "#1f78b4", "#d7301f"} <= colours
    words = " ".join(one.text or "" for one in root.iter())
    assert "grid-4x4: 240 people, 24 buildings" in words
    assert "100 m" in words


def test_png_has_the_colours_of_its_layers(tmp_path):
    with Image.open(draw_city(grid_city(), tmp_path / "city.png")) as image:
        assert image.width == WIDTH_PX
        found = {colour for _, colour in image.getcolors(1 << 24)}
    assert {(0xC9, 0xA7, 0x7C), (0xFB, 0xFA, 0xF7)} <= found


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
