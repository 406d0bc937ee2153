"""Every registered indicator has a number in this folder that was worked out by hand."""

import ast
import re
from pathlib import Path

import pytest

from twin.city.networks import NETWORKS
from twin.indicators import indicators

FOLDER = Path(__file__).parent
_OF_NETWORKS = "|".join({name for kind in NETWORKS for name in (kind.name, kind.failures_name)})


def pattern_of(node):
    """Return a pattern of the names a literal stands for, None if it is no text.

    What stands in braces is a word of a network's declaration, as the tests run over all networks.
    """
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(pattern_of(part) or f"(?:{_OF_NETWORKS})" for part in node.values)
    return None


def worked_patterns(source):
    """Return patterns of the indicators that the tests of a module work out."""
    tree = ast.parse(source)
    texts = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = (pattern_of(node) for node in ast.walk(tree) if id(node) not in texts)
    return [pattern for pattern in found if pattern]


@pytest.fixture(scope="module")
def worked():
    return [
        re.compile(pattern)
        for path in sorted(FOLDER.glob("test_*.py"))
        if path != Path(__file__)
        for pattern in worked_patterns(path.read_text())
    ]


@pytest.mark.parametrize("kind", list(indicators))
def test_it_has_a_number_worked_by_hand(kind, worked):
    assert any(pattern.fullmatch(kind) for pattern in worked), (
        f"no test in tests/unit/indicators works out {kind}: add one with numbers to check by hand"
    )


def test_an_indicator_counts_as_worked_where_code_names_it_and_not_in_a_docstring():
    assert worked_patterns('"""repaved_km"""\nvalue_of("renewed_km", days=1)') == ["renewed_km"]
    (pattern,) = worked_patterns('value_of(f"{kind.name}_service_share")')[:1]
    assert re.fullmatch(pattern, "water_service_share")
    assert not re.fullmatch(pattern, "new_service_share")
