"""Several numbers as one value, so that a loop over lanes is vector code whatever the arrays.

A loop that stores between loads stays scalar, as the compiler may not assume that arrays do not
overlap. Here a row of numbers is loaded, worked on and stored as a whole: `load` and `store` take
a tuple whose *length* is the number of lanes, and arrays are flat with the lane innermost. Rows are
added, subtracted, multiplied and divided by each other and by plain numbers, lane by lane, in the
order that is written: no products are fused unasked, so the result is that of the scalar loop, bit
for bit.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic, models, overload, register_model

from twin.kernels.jit import inline_kernel

if TYPE_CHECKING:
    from collections.abc import Callable


class _Row(types.Type):
    """Type of some floats or, with `whole`, 64-bit integers."""

    def __init__(self, width: int, *, whole: bool = False) -> None:
        self.width = width
        self.whole = whole
        super().__init__(name=f"Row({width}, {whole})")

    def vector(self) -> ir.VectorType:
        """Return what it is to the machine."""
        return ir.VectorType(ir.IntType(64) if self.whole else ir.DoubleType(), self.width)


@register_model(_Row)
class _RowModel(models.PrimitiveModel):
    """A vector of the machine's, or of several."""

    def __init__(self, manager: Any, kind: _Row) -> None:  # noqa: ANN401 - numba's own
        super().__init__(manager, kind, kind.vector())


def _place(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401 - numba's own
    """Return a pointer to the row that begins at an entry of an array."""
    array = context.make_array(signature.args[1])(context, builder, args[1])
    place = builder.gep(array.data, [args[2]])
    return builder.bitcast(place, ir.PointerType(_Row(len(signature.args[0])).vector()))


@intrinsic
def load(typingctx: Any, lanes: Any, array: Any, first: Any) -> Any:  # noqa: ANN401, ARG001 - numba's own
    """Return the row that begins at an entry of an array of floats."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401
        return builder.load(_place(context, builder, signature, args), align=8)

    return _Row(len(lanes))(lanes, array, first), codegen


@intrinsic
def store(typingctx: Any, lanes: Any, array: Any, first: Any, row: Any) -> Any:  # noqa: ANN401, ARG001 - numba's own
    """Write a row to where it begins in an array."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ANN401
        builder.store(args[3], _place(context, builder, signature, args), align=8)
        return context.get_dummy_value()

    return types.void(lanes, array, first, row), codegen


def block_of(lanes: tuple[int, ...]) -> tuple[int, ...]:
    """Return a tuple as long as the numbers that are best taken at once, whole sets of lanes."""
    return _block(len(lanes))


@overload(block_of, strict=False)  # strict would compare the types written here, too
def _block_of(lanes: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - numba's own
    block = _block(len(lanes))
    return lambda lanes: block  # noqa: ARG005 - its type says how long it is


def _block(n_lanes: int) -> tuple[int, ...]:
    """Return about a cache line of numbers."""
    return (0,) * (n_lanes * max(8 // n_lanes, 1))


def _spread(builder: Any, number: Any, vector: ir.VectorType) -> Any:  # noqa: ANN401 - of llvmlite
    """Return a vector of one number."""
    row = ir.Constant(vector, ir.Undefined)
    for lane in range(vector.count):
        row = builder.insert_element(row, number, ir.Constant(ir.IntType(32), lane))
    return row


@intrinsic
def spread(typingctx: Any, lanes: Any, number: Any) -> Any:  # noqa: ANN401, ARG001 - numba's own
    """Return a row of one number."""
    kind = _Row(len(lanes))

    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
        return _spread(builder, args[1], kind.vector())

    return kind(lanes, types.float64), codegen


@intrinsic
def size_of(typingctx: Any, row: Any) -> Any:  # noqa: ANN401, ARG001 - numba's own
    """Return the numbers without their signs."""

    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
        kind = ir.FunctionType(row.vector(), [row.vector()])
        name = f"llvm.fabs.v{row.width}f64"
        return builder.call(builder.module.declare_intrinsic(name, (), kind), args)

    return row(row), codegen


@intrinsic
def fused(typingctx: Any, a: Any, b: Any, c: Any) -> Any:  # noqa: ANN401, ARG001 - numba's own
    """Return a * b + c of numbers or rows, rounded once."""
    rows = [kind for kind in (a, b, c) if isinstance(kind, _Row)]
    machine = rows[0].vector() if rows else ir.DoubleType()
    name = f"llvm.fma.v{rows[0].width}f64" if rows else "llvm.fma.f64"

    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
        values = [
            _spread(builder, value, machine) if rows and not isinstance(kind, _Row) else value
            for value, kind in zip(args, (a, b, c), strict=True)
        ]
        kind = ir.FunctionType(machine, [machine] * 3)
        return builder.call(builder.module.declare_intrinsic(name, (), kind), values)

    kinds = [kind if isinstance(kind, _Row) else types.float64 for kind in (a, b, c)]
    return (rows[0] if rows else types.float64)(*kinds), codegen


@intrinsic
def where_over(typingctx: Any, test: Any, limit: Any, yes: Any, no: Any) -> Any:  # noqa: ANN401, ARG001 - numba's own
    """Return `yes` where the test is above its limit, `no` elsewhere and beside NaN."""

    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
        return builder.select(builder.fcmp_ordered(">", args[0], args[1]), args[2], args[3])

    return yes(test, test, yes, yes), codegen


@inline_kernel
def larger(a, b):
    """Return the larger of two numbers, lane by lane; `a` where `b` is NaN."""
    return where_over(b, a, b, a)


@inline_kernel
def smaller(a, b):
    """Return the smaller of two numbers, lane by lane; `a` where `b` is NaN."""
    return where_over(a, b, b, a)


def _recast(to_whole: bool) -> Any:  # noqa: ANN401, FBT001 - numba's own
    """Return an intrinsic that takes the bits of numbers or rows for another kind."""

    @intrinsic
    def recast(typingctx: Any, value: Any) -> Any:  # noqa: ANN401, ARG001
        if isinstance(value, _Row):
            kind: Any = _Row(value.width, whole=to_whole)
            machine = kind.vector()
        else:
            kind = types.int64 if to_whole else types.float64
            value = types.float64 if to_whole else types.int64
            machine = ir.IntType(64) if to_whole else ir.DoubleType()

        def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
            return builder.bitcast(args[0], machine)

        return kind(value), codegen

    return recast


bits_of = _recast(to_whole=True)
"""The bits of a float, or of a row of floats, as integers."""
float_of = _recast(to_whole=False)
"""The float, or row of floats, that has these bits."""


def _combined(instruction: str, row: _Row, a: Any, b: Any) -> Any:  # noqa: ANN401 - numba's own
    """Return signature and code of an instruction on rows, or on a row and a plain number."""
    number = types.int64 if row.whole else types.float64

    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
        rows = [
            value if isinstance(kind, _Row) else _spread(builder, value, row.vector())
            for value, kind in zip(args, (a, b), strict=True)
        ]
        return getattr(builder, instruction)(*rows)

    kinds = [kind if isinstance(kind, _Row) else number for kind in (a, b)]
    return row(*kinds), codegen


def _give_operator(sign: Any, of_floats: str | None, of_whole: str | None) -> None:  # noqa: ANN401
    """Let rows be combined by an operator."""

    @intrinsic
    def combine(typingctx: Any, a: Any, b: Any) -> Any:  # noqa: ANN401, ARG001 - numba's own
        row = a if isinstance(a, _Row) else b
        instruction = of_whole if row.whole else of_floats
        return None if instruction is None else _combined(instruction, row, a, b)

    combined: Any = combine

    @overload(sign, strict=False)
    def of_rows(a: Any, b: Any) -> Callable[[Any, Any], Any] | None:  # noqa: ANN401
        rows = [kind for kind in (a, b) if isinstance(kind, _Row)]
        if not rows or (len(rows) > 1 and a != b):
            return None
        return lambda a, b: combined(a, b)  # noqa: PLW0108 - numba wants a function


_give_operator(operator.add, "fadd", "add")
_give_operator(operator.sub, "fsub", "sub")
_give_operator(operator.mul, "fmul", "mul")
_give_operator(operator.truediv, "fdiv", None)
_give_operator(operator.lshift, None, "shl")
_give_operator(operator.rshift, None, "lshr")  # of numbers that are not negative
