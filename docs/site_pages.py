"""Pages of the site that follow from the code: reference of public names, commands, pages at the top.

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

INNER = ("twin.cli", "twin.kernels")
"""Packages without names for others: commands have a page of their own."""
WITHOUT_LISTS = ("twin.city", "gis", "gis.export")
"""Packages that export nothing themselves; the functions and classes of their modules are public."""
DEEPEST = 3
"""Packages below this depth serve the library they stand in, unless that exports them."""

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
            if public_names(package) and (depth(package) <= DEEPEST and is_exported(package)):
                yield package


def depth(package: ModuleType) -> int:
    """Return how many names a package's path has."""
    return package.__name__.count(".") + 1


def is_exported(package: ModuleType) -> bool:
    """Whether a package stands at the top, or is named by the package it stands in."""
    parent, _, name = package.__name__.rpartition(".")
    return depth(package) <= 2 or name in getattr(import_module(parent), "__all__", [name])


def public_names(package: ModuleType) -> list[str]:
    """Return a package's `__all__`, or what the modules define of a package without a list."""
    listed = [f"{package.__name__}.{name}" for name in getattr(package, "__all__", ())]
    if listed or package.__name__ not in WITHOUT_LISTS:
        return [name for name in listed if not name.rpartition(".")[2].startswith("_")]
    names: list[str] = []
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if not found.ispkg:
            names += [f"{found.name}.{name}" for name in defined_in(import_module(found.name))]
    return names


def defined_in(module: ModuleType) -> Iterable[str]:
    """Return the public functions and classes that a module defines itself."""
    for name, value in vars(module).items():
        own = getattr(value, "__module__", "") == module.__name__
        if own and not name.startswith("_") and (inspect.isfunction(value) or inspect.isclass(value)):
            yield name


def package_page(package: ModuleType, names: Iterable[str], seen: dict[int, str]) -> str:
    """Return the page of a package; what another page documents is linked, not written twice."""
    own, others, modules = [], [], []
    for name in names:
        value = resolved(name)
        if isinstance(value, ModuleType):
            modules.append(name)
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
    if modules:
        text += "\nModules: " + ", ".join(f"``{name}``" for name in modules) + ".\n"
    if others:
        text += "\nAlso here: " + ", ".join(others) + ".\n"
    return text


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
    return done.stdout


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
