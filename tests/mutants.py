"""Change a room of the code by one small thing at a time and see whether its tests notice.

    python -m tests.mutants twin/assets twin/indicators --sample 60

A mutant is caught when a test of the room fails, or when the tests do not end in time. Every mutant
lives in a process forked off before the room is imported; no file is changed. Files of kernels are
left out, since each mutant would be compiled anew: they are held against `tests/naive`.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.machinery
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
TESTS = {
    "twin/citizens": (
        "tests/unit/citizens",
        "--deselect=tests/unit/citizens/test_citizens_day.py::test_two_threads_give_the_bits_of_one",
    ),
    "twin/indicators": ("tests/unit/indicators", "tests/contracts/test_indicators.py"),
}
"""Tests of a room where they are not, or not only, in the folder of its name under tests/unit."""
SEED = 13
_PATIENCE_S = 90.0
_COMPARED = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_COUNTED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.USub: ast.UAdd,
}
_DELETED = (ast.Assign, ast.AugAssign, ast.Expr, ast.Continue, ast.Break, ast.Raise)


def mutants_of(path):
    """Return every mutant of a file: (path, line, what is changed, place of the node, change)."""
    tree = ast.parse(path.read_text())
    idle = _untouched(tree)
    return [
        (path, node.lineno, what, place, change)
        for place, node in enumerate(ast.walk(tree))
        if id(node) not in idle
        for what, change in _changes(node)
    ]


def changed(path, place, change):
    """Return a file's tree with one change made."""
    tree = ast.parse(path.read_text())
    change(list(ast.walk(tree))[place])
    return ast.fix_missing_locations(tree)


def _untouched(tree):
    """Return nodes that say nothing at run time: annotations, decorators, imports of types."""
    idle = []
    for node in ast.walk(tree):
        idle += [getattr(node, "annotation", None), getattr(node, "returns", None)]
        idle += getattr(node, "decorator_list", [])
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            idle.append(node)
    return {id(part) for one in idle if one is not None for part in ast.walk(one)}


def _changes(node):
    """Return the changes of one node: (what, function that makes it in a copy of the node)."""
    match node:
        case ast.Constant(value=bool() | int() | float() as value):
            other = _other_number(value)
            return [(f"{value} -> {other}", _set("value", other))]
        case ast.Compare(ops=[op]):
            return [
                (f"{type(op).__name__} -> {to.__name__}", _set("ops", [to()]))
                for to in _COMPARED[type(op)]
            ]
        case ast.BinOp(op=op) | ast.AugAssign(op=op) | ast.BoolOp(op=op) | ast.UnaryOp(op=op):
            to = _COUNTED.get(type(op))
            return [(f"{type(op).__name__} -> {to.__name__}", _set("op", to()))] if to else []
        case ast.If() | ast.IfExp() | ast.While():
            return [("condition negated", _negate)]
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
            return [("returns 0", _set("value", ast.Constant(0)))]
    return _deletions(node.body) if isinstance(node, ast.FunctionDef) else []


def _deletions(body):
    return [
        (f"line {one.lineno} deleted: {ast.unparse(one)[:50]}", _drop(row))
        for row, one in enumerate(body)
        if isinstance(one, _DELETED) and not _is_text(one)
    ]


def _other_number(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return 0.5 * value if value else 1.0


def _is_text(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _set(name, value):
    return lambda node: setattr(node, name, value)


def _negate(node):
    node.test = ast.UnaryOp(ast.Not(), node.test)


def _drop(row):
    return lambda node: node.body.__setitem__(row, ast.Pass())


def files_of(room):
    """Return the files of a room that are mutated: all but kernels."""
    return [path for path in sorted((ROOT / room).glob("*.py")) if path.stem != "kernels"]


def forget():
    """Drop all modules of the project, so that a fork imports them anew; kernels stay compiled."""
    for name in list(sys.modules):
        ours = name.split(".")[0] in {"twin", "gis", "tests"}
        if ours and ".kernels" not in name:
            del sys.modules[name]


def outcome(tests, path=None, tree=None):
    """Return how the tests end in a fork with one file changed: 'caught', 'survived', 'timeout'."""
    child = os.fork()
    if child == 0:
        _live(tests, path, tree)
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return "survived" if status == 0 else "caught"
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timeout"


def _live(tests, path, tree):
    """Run the tests with a changed file, and end the process."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    read = importlib.machinery.SourceFileLoader.get_code

    def get_code(self, fullname):
        if path is not None and Path(self.path) == path:
            return compile(tree, str(path), "exec", dont_inherit=True)
        return read(self, fullname)

    importlib.machinery.SourceFileLoader.get_code = get_code
    code = 1
    try:
        code = int(pytest.main(["-x", "-W", "ignore::pytest.PytestAssertRewriteWarning", *tests]))
    finally:
        os._exit(code)


def measure(room, sample):
    """Print the mutants of a room that survive, and the share that is caught."""
    named = (f"tests/unit/{Path(room).name}",)
    tests = [name for name in TESTS.get(room, named) if name[0] == "-" or (ROOT / name).exists()]
    importlib.import_module("tests.conftest")
    importlib.import_module(room.replace("/", "."))
    forget()
    if outcome(tests) != "survived":
        sys.exit(f"{room}: the tests do not pass on the code as it is, or not in {_PATIENCE_S} s")
    every = [mutant for path in files_of(room) for mutant in mutants_of(path)]
    rng = np.random.default_rng(SEED)
    rows = sorted(rng.permutation(len(every))[: sample or len(every)])
    counts = {"caught": 0, "survived": 0, "timeout": 0}
    for path, line, what, place, change in (every[row] for row in rows):
        end = outcome(tests, path, changed(path, place, change))
        counts[end] += 1
        if end != "caught":
            sys.stdout.write(f"  {end} {path.relative_to(ROOT)}:{line} {what}\n")
            sys.stdout.flush()
    caught = counts["caught"] + counts["timeout"]
    sys.stdout.write(
        f"{room}: {caught} of {len(rows)} caught ({caught / len(rows):.0%}), "
        f"{counts['timeout']} of them by time; {len(every)} mutants in all\n"
    )


def main():
    """Measure the rooms that are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rooms", nargs="+", metavar="FOLDER", help="such as twin/assets")
    parser.add_argument("--sample", type=int, default=0, help="how many mutants; 0 takes all")
    args = parser.parse_args()
    os.chdir(ROOT)
    for room in args.rooms:
        measure(room.rstrip("/"), args.sample)


if __name__ == "__main__":
    main()
