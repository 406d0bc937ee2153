"""Make the picture of the README from a report: two policies' maps side by side.

    uv run twin compare scenarios/emergency_spiral.yaml --seeds 1:2 --report spiral.html
    uv run --group dev python docs/picture.py spiral.html docs/wear.png

Needs Chromium; `CHROMIUM` names one that is not on the path.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Page

ARMS = ("base", "ringfence_50")
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
VIEW = {"width": 1180, "height": 800}
HIDDEN = "header, section:not(.map), footer, .hint, .note, #map-title {display: none !important}"
COLOURS = 96
SECOND_MS = 1000


def shots(report: Path) -> list[Image.Image]:
    """Return the map section of a report, one picture per policy."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or "chromium"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        tab = browser.new_page(viewport=VIEW)
        tab.goto(report.resolve().as_uri())
        tab.add_style_tag(content=HIDDEN)
        tab.wait_for_selector("html[data-map=ready]", timeout=120 * SECOND_MS)
        images = [shot(tab, arm) for arm in ARMS]
        browser.close()
    return images


def shot(tab: Page, arm: str) -> Image.Image:
    """Return the map section with one policy chosen."""
    tab.check(f"input[value={arm}]", force=True)
    tab.wait_for_timeout(3 * SECOND_MS)  # until it is drawn
    return Image.open(io.BytesIO(tab.locator("section.map").screenshot(timeout=120 * SECOND_MS)))


def main(report: str, picture: str) -> None:
    """Write the pictures side by side, in few colours."""
    images = shots(Path(report))
    width, height = sum(image.width for image in images), images[0].height
    whole = Image.new("RGB", (width, height), "white")
    left = 0
    for image in images:
        whole.paste(image, (left, 0))
        left += image.width
    whole.quantize(COLOURS).save(picture, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
