"""Kernels that do not count references: what numba refuses, and what it does not see."""

import ast
from pathlib import Path

import numba
import numpy as np
import pytest

import twin
from twin.kernels.jit import borrowing_kernel

_PACKAGE = Path(twin.__file__).parent
_FILES = sorted([*_PACKAGE.rglob("kernels.py"), *_PACKAGE.glob("*/**/kernels/*.py")])


@borrowing_kernel
def makes_an_array(n):
    return np.zeros(n).sum()


@borrowing_kernel
def returns_a_view(values):
    return values[1:]


@numba.njit
def caller_of_the_first(n):
    return makes_an_array(n)


@numba.njit
def caller_of_the_second(values):
    return returns_a_view(values).sum()


def test_a_kernel_that_makes_an_array_or_returns_a_view_is_not_compiled():
    with pytest.raises(numba.TypingError):
        caller_of_the_first(3)
    with pytest.raises(numba.TypingError):
        caller_of_the_second(np.zeros(3))


def _kernels():
    """Yield (function, whether it borrows) of every kernel of the package."""
    for path in _FILES:
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                names = {item.id for item in node.decorator_list if isinstance(item, ast.Name)}
                yield node, "borrowing_kernel" in names


def _called(node):
    """Return the names of functions that are called within a node."""
    calls = (item for item in ast.walk(node) if isinstance(item, ast.Call))
    return {item.func.id for item in calls if isinstance(item.func, ast.Name)}


def test_a_tuple_of_views_goes_to_borrowing_kernels_alone():
    kernels = list(_kernels())
    lenders = {
        node.name
        for node, borrows in kernels
        for item in ast.walk(node)
        if borrows and isinstance(item, ast.Return) and item.value is not None
        if any(name.endswith("Arrays") for name in _called(item.value))
    }
    assert lenders >= {"hydraulics_of", "state_of", "switches_of", "search_of"}
    wrong = [node.name for node, borrows in kernels if not borrows and _called(node) & lenders]
    assert wrong == []
