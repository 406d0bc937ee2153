"""Check the links of the built site: `python docs/check_site.py build/site`.

Links inside the site must lead to a file and, where they name one, to an anchor of it. Links to
other sites are checked for form only. Exits with 1 and every broken link, or with 0.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


@dataclass
class Page(HTMLParser):
    """Anchors and links of one page."""

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what a page can be entered by and what it leads to."""
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        self.links += [values[name] for name in ("href", "src") if name in values and tag != "link"]


def read_pages(site: Path) -> dict[Path, Page]:
    """Return every page of a site, read."""
    pages = {}
    for path in sorted(site.rglob("*.html")):
        if "_static" in path.parts:
            continue  # templates of the theme
        pages[path.resolve()] = page = Page()
        page.feed(path.read_text("utf-8"))
    return pages


def broken(link: str, path: Path, pages: dict[Path, Page]) -> str:
    """Return what is wrong with a link of a page; nothing if it is right."""
    parts = urlsplit(link)
    if parts.scheme in ("http", "https"):
        return "" if "." in parts.netloc and " " not in link else "has no form of a web address"
    if parts.scheme:
        return "" if parts.scheme in ("mailto", "data") else f"has the scheme {parts.scheme}"
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_file():
        return "leads to no file"
    anchor = unquote(parts.fragment)
    known = target in pages
    return (
        f"leads to no anchor #{anchor}"
        if anchor and known and anchor not in pages[target].anchors
        else ""
    )


def main(folder: str) -> int:
    """Print every broken link and return how the check ended."""
    pages = read_pages(Path(folder))
    found = [
        f"{path.relative_to(Path(folder).resolve())}: {link} {fault}"
        for path, page in pages.items()
        for link in page.links
        if (fault := broken(link, path, pages))
    ]
    print(
        "\n".join(found) or f"{len(pages)} pages, {sum(len(p.links) for p in pages.values())} links"
    )
    return 1 if found or not pages else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
