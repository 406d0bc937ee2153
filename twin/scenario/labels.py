"""Names of policies for readers: `label: text`, or a text by language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.core.errors import Fault

if TYPE_CHECKING:
    from twin.scenario.source import Node

LABEL = "label"
LANGUAGES = ("en", "kk", "ru")
MAX_LETTERS = 80

type Texts = tuple[tuple[str, str], ...]
"""(language, text); the language is empty where the text holds for all."""


def labels_of(tree: Node, faults: list[Fault]) -> tuple[tuple[str, Texts], ...]:
    """Return the labels of the base (`label` at the top) and of the arms."""
    places = [("base", tree)]
    arms = tree.child("arms")
    if arms is not None and isinstance(arms.value, dict):
        places += [(name, entry.node) for name, entry in arms.value.items()]
    found = []
    for name, node in places:
        label = node.child(LABEL)
        if label is not None:
            path = LABEL if node is tree else f"arms.{name}.{LABEL}"
            texts = _texts(label, path, faults)
            if texts:
                found.append((name, texts))
    return tuple(found)


def _texts(label: Node, path: str, faults: list[Fault]) -> Texts:
    """Return one label's texts, in any script."""
    if not isinstance(label.value, dict):
        return (("", str(label.value)),) if _is_text(label, path, faults) else ()
    texts = []
    for lang, entry in label.value.items():
        if lang not in LANGUAGES:
            what = f"{path}.{lang} is not a language of the report"
            faults.append(Fault(str(entry.key_mark), what, f"use {', '.join(LANGUAGES)}"))
        elif _is_text(entry.node, f"{path}.{lang}", faults):
            texts.append((lang, str(entry.node.value)))
    return tuple(texts)


def _is_text(node: Node, path: str, faults: list[Fault]) -> bool:
    """Return whether a label is a short line of text; add a fault where not."""
    text = node.value
    if isinstance(text, str) and 0 < len(text) <= MAX_LETTERS and text.isprintable():
        return True
    what = f"{path} is not a line of 1 to {MAX_LETTERS} letters"
    faults.append(Fault(str(node.mark), what, "write a short name; put it in quotes if YAML asks"))
    return False
