"""Pages of the site that follow from the code: public names, commands, pages from the top.

`docs/conf.py` calls `write_pages` before every build. What it writes stands in `docs/reference/api`
and `docs/from_top`, and is not committed.
"""

from __future__ import annotations

import inspect
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parents[1]
API = ROOT / "docs" / "reference" / "api"
FROM_TOP = ROOT / "docs" / "from_top"
TOP_PAGES = ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "scenarios/README.md")
"""Pages that stand outside docs and belong to the site too."""

INNER = ("twin.cli", "twin.kernels", "twin.voting.rules")
"""Packages without a page: commands have their own, and `twin.voting` has a name `rules` too."""
OPEN = ("twin.city", "twin.indicators", "twin.policy", "gis", "gis.export")
"""Packages whose modules are public too: what they define is listed after `__all__`."""
LIBRARY = 3
"""Depth of a library (`twin.flows.water`); a deeper package is public where that names it."""

LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s#]+)(#[^)\s]*)?\)")


def write_pages() -> None:
    """Write every generated page anew."""
    for folder in (API, FROM_TOP):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    write_reference()
    (API / "commands.md").write_text(commands())
    for page in TOP_PAGES:
        place(page).write_text(moved((ROOT / page).read_text(), ROOT / page, place(page)))


# Reference of public names ------------------------------------------------------------------------


def write_reference() -> None:
    """Write one page per package, which lists its public names, each with a page of its own."""
    seen: dict[int, str] = {}
    packages = list(public_packages())
    for package in packages:
        names = public_names(package)
        (API / f"{package.__name__}.rst").write_text(package_page(package, names, seen))
    tree = "".join(f"   {package.__name__}\n" for package in packages)
    (API / "packages.rst").write_text(
        f"{title('Python packages')}.. toctree::\n   :maxdepth: 1\n\n{tree}"
    )


def public_packages() -> Iterator[ModuleType]:
    """Yield the packages that have public names, `twin` first."""
    for root in ("twin", "gis"):
        top = import_module(root)
        yield top
        for found in pkgutil.walk_packages(top.__path__, f"{root}."):
            if found.name.startswith(INNER) or not found.ispkg:
                continue
            package = import_module(found.name)
            if public_names(package) and is_exported(package):
                yield package


def is_exported(package: ModuleType) -> bool:
    """Whether a package is a main one, or the package it stands in does not leave it out."""
    parent, _, name = package.__name__.rpartition(".")
    unlisted = [name] if len(package.__name__.split(".")) <= LIBRARY else []
    listed = getattr(import_module(parent), "__all__", unlisted)
    return parent == "twin" or name in listed


def public_names(package: ModuleType) -> list[str]:
    """Return a package's `__all__`, and what the modules of an open package define besides."""
    listed = [name for name in getattr(package, "__all__", ()) if not name.startswith("_")]
    names = [f"{package.__name__}.{name}" for name in listed]
    if package.__name__ not in OPEN:
        return names
    known = {id(getattr(package, name)) for name in listed}
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if not found.ispkg:
            module = import_module(found.name)
            new = [name for name in defined_in(module) if id(getattr(module, name)) not in known]
            names += [f"{found.name}.{name}" for name in new]
    return names


def defined_in(module: ModuleType) -> Iterable[str]:
    """Return the public functions and classes that a module defines itself."""
    for name, value in vars(module).items():
        own = getattr(value, "__module__", "") == module.__name__
        if (
            own
            and not name.startswith("_")
            and (inspect.isfunction(value) or inspect.isclass(value))
        ):
            yield name


def package_page(package: ModuleType, names: Iterable[str], seen: dict[int, str]) -> str:
    """Return the page of a package; what another page documents is linked, not written twice."""
    own, others, packages = [], [], []
    for name in with_modules_opened(names):
        value = resolved(name)
        if isinstance(value, ModuleType):
            packages.append(f":doc:`{name}`")
        elif id(value) in seen:
            others.append(f":py:obj:`{name.rpartition('.')[2]} <{seen[id(value)]}>`")
        else:
            own.append(name)
            if inspect.isclass(value) or callable(value):
                seen[id(value)] = name
    text = title(package.__name__) + f".. automodule:: {package.__name__}\n   :no-members:\n\n"
    text += f".. currentmodule:: {package.__name__}\n\n"
    if own:
        text += ".. autosummary::\n   :toctree: .\n   :nosignatures:\n\n"
        text += "".join(f"   {name.removeprefix(package.__name__ + '.')}\n" for name in own)
    if packages:
        text += "\nPackages: " + ", ".join(packages) + ".\n"
    if others:
        text += "\nAlso here: " + ", ".join(others) + ".\n"
    return text


def with_modules_opened(names: Iterable[str]) -> Iterator[str]:
    """Yield names; in place of a module, its public functions and classes."""
    for name in names:
        value = resolved(name)
        if isinstance(value, ModuleType) and not hasattr(value, "__path__"):
            yield from (f"{name}.{inner}" for inner in defined_in(value))
        else:
            yield name


def resolved(name: str) -> object:
    """Return what a dotted name stands for."""
    module, _, last = name.rpartition(".")
    return getattr(import_module(module), last)


def title(text: str) -> str:
    """Return a heading of reStructuredText."""
    return f"{text}\n{'=' * len(text)}\n\n"


# Commands and pages from the top ------------------------------------------------------------------


def commands() -> str:
    """Return the help of every command of `twin`, as typer writes it."""
    command = [sys.executable, "-m", "typer", "twin.cli.app", "utils", "docs", "--name", "twin"]
    done = subprocess.run(  # noqa: S603 - our own command line
        [*command, "--title", "Commands"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return re.sub(r"\*\*Commands\*\*:\n\n(?:\* .*\n)+\n", "", done.stdout)  # cut short; all follow


def place(page: str) -> Path:
    """Return where a page from the top goes."""
    name = page.removesuffix("/README.md").removesuffix(".md").lower()
    return FROM_TOP / f"{name}.md"


def moved(text: str, source: Path, target: Path) -> str:
    """Return a page whose links to pages lead there from another folder; others become words."""

    def link(match: re.Match[str]) -> str:
        words, path, anchor = match[1], match[2], match[3] or ""
        if "://" in path:
            return match[0]
        if not path.endswith(".md"):
            return words  # a file of the repository, which the site does not carry
        led_to = (source.parent / path).resolve()
        inside = led_to.relative_to(ROOT).as_posix()
        led_to = place(inside) if inside in TOP_PAGES else led_to
        return f"[{words}]({os.path.relpath(led_to, target.parent)}{anchor})"

    return LINK.sub(link, text)
