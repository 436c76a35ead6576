"""lax_shape.json: shapes, slices, gather and scatter; moving data only, so every output is exact."""

import itertools

import numpy as np

from maker import Table, uniform

table = Table("lax_shape")
f32 = "float32"


def case(expr, *inputs, **options):
    table.case(expr, *inputs, ulp=0, **options)


def counting(*shape, dtype=f32):
    return np.arange(np.prod(shape, dtype=int)).astype(dtype).reshape(shape)


def shapes():
    m = counting(2, 3)
    for dims in ("(2, 3), (0, 1)", "(4, 2, 3), (1, 2)", "(2, 5, 3), (0, 2)", "(2, 3, 0), (0, 1)"):
        case(f"lax.broadcast_in_dim(x0, {dims})", m)
    case("lax.broadcast_in_dim(x0, (2, 4), (0, 1))", counting(2, 1))
    case("lax.broadcast_in_dim(x0, (2, 3), ())", np.float32(7))
    case("lax.broadcast_in_dim(x0, (), ())", np.float32(7))
    case("lax.broadcast_in_dim(x0, (3, 2), (1,))", np.array([True, False]))
    for sizes in ("(3, 2)", "(6,)", "(1, 6, 1)", "(2, 3)", "(3, 2), (1, 0)", "(6,), (1, 0)"):
        case(f"lax.reshape(x0, {sizes})", m)
    case("lax.reshape(x0, ())", counting(1, 1))
    case("lax.reshape(x0, (0, 7))", counting(3, 0))
    case("lax.reshape(x0, (4, 6), (2, 0, 1))", counting(2, 3, 4, dtype="int16"))
    for permutation in itertools.permutations(range(3)):
        case(f"lax.transpose(x0, {permutation})", counting(2, 3, 4))
    case("lax.transpose(x0, ())", np.int32(3))
    case("lax.transpose(x0, (1, 0))", uniform("complex64", (2, 2)))
    for dims in ("(0,)", "(1,)", "(0, 1)", "()"):
        case(f"lax.rev(x0, {dims})", m)
    case("lax.rev(x0, (0,))", counting(0, 2))
    case("lax.concatenate([x0, x1], 0)", m, counting(1, 3))
    case("lax.concatenate([x0, x1, x2], 1)", m, counting(2, 0), counting(2, 2))
    case("lax.concatenate([x0], 1)", m)
    case("lax.concatenate([x0, x1], 2)", counting(2, 1, 3, dtype="bool"), counting(2, 1, 2, dtype="bool"))
    case("lax.concatenate([x0, x1], 0)", counting(2, dtype="bfloat16"), counting(3, dtype="bfloat16"))
    for config in (
        "((0, 0, 0), (0, 0, 0))",
        "((1, 2, 0), (0, 1, 0))",
        "((0, 0, 2), (1, 0, 1))",
        "((-1, 0, 0), (0, -2, 0))",
        "((-1, 3, 1), (2, -1, 2))",
        "((-2, 0, 0), (0, 0, 0))",
    ):
        case(f"lax.pad(x0, x1, {config})", m, np.float32(-9))
    case("lax.pad(x0, x1, ((2, 1, 3),))", counting(0), np.float32(5))
    case("lax.pad(x0, x1, ())", np.float32(1), np.float32(5))
    case("lax.pad(x0, x1, ((1, 1, 0),))", np.array([True]), np.array(False))
    case("lax.squeeze(x0, (0, 2))", counting(1, 3, 1))
    case("lax.squeeze(x0, (-1,))", counting(1, 3, 1))
    case("lax.expand_dims(x0, (0, 2))", counting(3, 2))
    case("lax.expand_dims(x0, (-1,))", counting(3))
    case("lax.expand_dims(x0, (0,))", np.float32(3))
    case("lax.broadcast(x0, (2, 1))", counting(3))
    case("lax.broadcast_to_rank(x0, 3)", m)
    case("lax.collapse(x0, 1, 3)", counting(2, 3, 4))
    case("lax.split(x0, (1, 0, 3), 1)", counting(2, 4))
    for dtype in ("float32", "int8", "uint32", "bfloat16", "complex64"):
        case(f"lax.iota(jnp.{dtype}, 5)")
        case(f"lax.broadcasted_iota(jnp.{dtype}, (2, 3), 1)")
    case("lax.broadcasted_iota(jnp.int32, (3, 2), 0)")
    case("lax.iota(jnp.int32, 0)")
    case("lax.full((2, 3), 7, jnp.float32)")
    case("lax.full((), 1.5)")
    case("lax.full_like(x0, 3)", counting(2, dtype="int8"))


def slices():
    m = counting(4, 5)
    for limits in (
        "(0, 0), (4, 5)",
        "(1, 2), (3, 5)",
        "(0, 1), (4, 5), (2, 3)",
        "(2, 2), (2, 4)",
        "(3, 0), (4, 5), (9, 2)",
    ):
        case(f"lax.slice(x0, {limits})", m)
    case("lax.slice(x0, (), ())", np.float32(2))
    case("lax.slice_in_dim(x0, 1, -1, 2, 1)", m)
    case("lax.slice_in_dim(x0, None, 2, axis=0)", m)
    case("lax.index_in_dim(x0, -1, 1)", m)
    case("lax.index_in_dim(x0, 2, 0, False)", m)
    for start in ((0, 0), (1, 2), (9, 9), (-1, -2), (-99, 1)):  # JAX adds the size once, then clamps
        index = [np.int32(i) for i in start]
        case("lax.dynamic_slice(x0, (x1, x2), (2, 3))", m, *index)
        case("lax.dynamic_update_slice(x0, x1, (x2, x3))", m, -counting(2, 3), *index)
    case("lax.dynamic_slice(x0, (x1, x2), (2, 3))", m, np.uint8(250), np.uint8(1))
    case("lax.dynamic_slice(x0, (x1, x2), (0, 5))", m, np.int32(1), np.int32(1))
    case("lax.dynamic_slice(x0, (), ())", np.float32(4))
    case("lax.dynamic_update_slice(x0, x1, (x2, x3))", m, counting(0, 5), np.int32(1), np.int32(0))
    case("lax.dynamic_index_in_dim(x0, x1, 1)", m, np.int32(3))
    case("lax.dynamic_index_in_dim(x0, x1, 0, False)", m, np.int32(-1))
    case("lax.dynamic_slice_in_dim(x0, x1, 2, 1)", m, np.int32(4))
    case("lax.dynamic_update_slice_in_dim(x0, x1, x2, 0)", m, -counting(2, 5), np.int32(3))
    case("lax.dynamic_update_index_in_dim(x0, x1, x2, 1)", m, -counting(4), np.int32(2))


MODES = ("clip", "fill", "promise_in_bounds")


def gather_numbers(offset, collapsed, start, operand_batching=(), indices_batching=()):
    batching = (
        f", operand_batching_dims={operand_batching}, start_indices_batching_dims={indices_batching}"
        if operand_batching
        else ""
    )
    return (
        f"lax.GatherDimensionNumbers(offset_dims={offset}, collapsed_slice_dims={collapsed}, "
        f"start_index_map={start}{batching})"
    )


def gathers():
    m = counting(4, 5)
    rows = gather_numbers((1,), (0,), (0,))
    inside, outside = np.int32([[3], [0], [1]]), np.int32([[4], [-1], [2], [99]])
    for mode in MODES:
        case(f"lax.gather(x0, x1, {rows}, (1, 5), mode='{mode}')", m, inside)
    for mode in MODES[:2]:
        case(f"lax.gather(x0, x1, {rows}, (1, 5), mode='{mode}')", m, outside)
        case(f"lax.gather(x0, x1, {rows}, (1, 5), mode='{mode}')", counting(4, 5, dtype="int32"), outside)
    case(f"lax.gather(x0, x1, {rows}, (1, 5), mode='fill', fill_value=-7)", m, outside)
    for dtype in ("int8", "uint8", "bool", "bfloat16", "complex64"):  # the fill value of each type
        case(f"lax.gather(x0, x1, {rows}, (1, 5), mode='fill')", counting(4, 5, dtype=dtype), outside)
    case(
        f"lax.gather(x0, x1, {rows}, (1, 5), unique_indices=True, indices_are_sorted=True, mode='clip')",
        m,
        np.int32([[0], [2]]),
    )
    points, index = gather_numbers((), (0, 1), (0, 1)), np.int32([[0, 4], [3, 0], [4, 1], [2, -1]])
    swapped = gather_numbers((), (0, 1), (1, 0))
    for mode in MODES[:2]:
        case(f"lax.gather(x0, x1, {points}, (1, 1), mode='{mode}')", m, index)
        case(f"lax.gather(x0, x1, {swapped}, (1, 1), mode='{mode}')", m, index)
        windows = gather_numbers((1, 2), (), (0, 1))
        case(f"lax.gather(x0, x1, {windows}, (2, 3), mode='{mode}')", m, np.int32([[0, 0], [2, 2], [3, 3], [-1, 0]]))
        front = gather_numbers((0,), (1,), (1,))
        case(f"lax.gather(x0, x1, {front}, (4, 1), mode='{mode}')", m, np.int32([[[1], [4]], [[5], [0]]]))
        batched = gather_numbers((), (1,), (1,), (0,), (0,))
        case(f"lax.gather(x0, x1, {batched}, (1, 1), mode='{mode}')", m, np.int32([[[0]], [[4]], [[2]], [[7]]]))
        batched_rows = gather_numbers((2,), (1,), (1,), (0,), (0,))
        case(
            f"lax.gather(x0, x1, {batched_rows}, (1, 1, 2), mode='{mode}')",
            counting(2, 3, 2),
            np.int32([[[0], [2]], [[3], [1]]]),
        )
    case(f"lax.gather(x0, x1, {rows}, (1, 5), mode='clip')", m, np.zeros((0, 1), np.int32))
    case(f"lax.gather(x0, x1, {rows}, (1, 5), mode='clip')", m, np.uint8([[3], [255]]))
    case(f"lax.gather(x0, x1, {gather_numbers((0, 1), (), ())}, (4, 5), mode='clip')", m, np.zeros((0,), np.int32))


def scatter_numbers(window, inserted, to_operand, operand_batching=(), indices_batching=()):
    batching = (
        f", operand_batching_dims={operand_batching}, scatter_indices_batching_dims={indices_batching}"
        if operand_batching
        else ""
    )
    return (
        f"lax.ScatterDimensionNumbers(update_window_dims={window}, inserted_window_dims={inserted}, "
        f"scatter_dims_to_operand_dims={to_operand}{batching})"
    )


def scatters():
    m, rows = counting(4, 3) + 1, scatter_numbers((1,), (0,), (0,))
    updates, unique, repeated = uniform(f32, (4, 3), 3), np.int32([[3], [0], [7], [-1]]), np.int32([[1], [1], [3], [1]])
    for op in ("scatter", "scatter_add", "scatter_sub", "scatter_mul", "scatter_min", "scatter_max"):
        for mode in ("clip", "drop"):
            index = np.int32([[3], [0], [2], [1]]) if (op, mode) == ("scatter", "clip") else unique
            case(f"lax.{op}(x0, x1, x2, {rows}, mode='{mode}')", m, index, updates)
        case(
            f"lax.{op}(x0, x1, x2, {rows}, mode='promise_in_bounds', unique_indices=True, indices_are_sorted=True)",
            m,
            np.int32([[0], [1], [2], [3]]),
            updates,
        )
        if op != "scatter":
            whole = np.rint(2 * updates)
            case(f"lax.{op}(x0, x1, x2, {rows}, mode='clip')", m, repeated, whole)
            for dtype in ("int32", "uint8", "bfloat16"):
                case(f"lax.{op}(x0, x1, x2, {rows}, mode='drop')", m.astype(dtype), repeated, abs(whole).astype(dtype))
    for op in ("scatter", "scatter_add"):
        points = scatter_numbers((), (0, 1), (0, 1))
        case(
            f"lax.{op}(x0, x1, x2, {points}, mode='drop')",
            m,
            np.int32([[0, 1], [3, 2], [4, 0], [1, -1]]),
            counting(4) - 9,
        )
        windows = scatter_numbers((1, 2), (), (0, 1))
        for mode in ("clip", "drop"):
            case(
                f"lax.{op}(x0, x1, x2, {windows}, mode='{mode}')",
                m,
                np.int32([[2, 1], [0, 9]]) if mode == "drop" else np.int32([[9, 1], [0, 0]]),
                counting(2, 2, 2) - 20,
            )
        batched = scatter_numbers((), (1,), (1,), (0,), (0,))
        case(
            f"lax.{op}(x0, x1, x2, {batched}, mode='drop')",
            m,
            np.int32([[[0]], [[2]], [[3]], [[1]]]),
            counting(4, 1) - 9,
        )
        column = scatter_numbers((0,), (1,), (1,))
        case(f"lax.{op}(x0, x1, x2, {column}, mode='clip')", m, np.int32([[2], [0]]), counting(4, 2) - 30)
        case(f"lax.{op}(x0, x1, x2, {rows}, mode='clip')", m, np.zeros((0, 1), np.int32), np.zeros((0, 3), f32))
        case(
            f"lax.{op}(x0, x1, x2, {rows}, mode='clip')",
            m.astype("complex64"),
            np.int32([[1]]),
            uniform("complex64", (1, 3)),
        )
    case(f"lax.scatter_apply(x0, x1, jnp.square, {rows}, update_shape=(2, 3), mode='drop')", m, np.int32([[1], [3]]))


for family in (shapes, slices, gathers, scatters):
    family()
table.write()
