"""indexing.json: NumPy's indexing, and x.at[...] in every mode."""

import numpy as np

from maker import Table, uniform

table = Table("indexing")

CUBE = np.arange(60, dtype="float32").reshape(3, 4, 5)
GRID = np.arange(12, dtype="int32").reshape(3, 4)
ROW = np.arange(6, dtype="float32")


def case(expr, *inputs, **options):
    table.case(expr, *inputs, **{"ulp": 0, **options})


def basic():
    for index in (
        "0",
        "-1",
        "2",
        "np.int32(1)",
        "1:",
        ":-1",
        "::2",
        "::-1",
        "4:1:-1",
        "-2:0:-2",
        "10:",
        "5:2",
        "None",
        "...",
        "...,",
        "()",
        ":, None",
        "None, ::3",
        "True",
        "False",
        "jnp.int32(2)",
        "[0, 2, 2]",
    ):
        expr = f"x0[{index}]" if index != "[0, 2, 2]" else "x0[jnp.array([0, 2, 2])]"
        case(expr, ROW)
    for index in (
        "1",
        "1, 2",
        "1, 2, 3",
        "-1, -1, -1",
        "..., 0",
        "0, ...",
        "0, ..., 0",
        ":, 1",
        ":, 1:3, ::2",
        "::-1, ::-1, ::-1",
        "1:2",
        "None, 0, None, :, 1",
        "..., None",
        "1, None, ...",
        "2:0:-1, 3",
        "3:",
        "True",
        "None, True, 1",
    ):
        case(f"x0[{index}]", CUBE)
    case("x0[()]", np.float32(3))
    case("x0[None, ...]", np.float32(3))
    case("x0[...]", np.zeros((0, 2), "float32"))
    case("x0[7]", ROW)  # clamped
    case("x0[-9]", ROW)
    case("[row for row in x0]", GRID)
    case("[len(x0), x0.shape, x0.size, x0.ndim]", GRID)


def advanced():
    for index in (
        "i",
        "i, :",
        ":, i",
        "i, i",
        "i, :, i",
        ":, i, i",
        "i, 0",
        "0, i",
        "0, :, i",
        "i, 0, :",
        "..., i",
        "i, ...",
        "i, ..., i",
        "i, None",
        "None, i",
        "i, None, i",
        "i[:, None], i",
        "i[:, None], i[None], 1",
        "1:, i",
        "::2, i, ::-1",
        "i, 1:3, None, i",
        "None, :, i, 0",
        "jnp.array(1), :, i",
        "i.reshape(3, 1), ..., i",
    ):
        case(f"(lambda i: x0[{index}])(x1)", CUBE, np.int32([0, 2, -1]))
    case("x0[x1, x2]", GRID, np.int32([[0, 1], [2, 0]]), np.int32([[3, 3], [0, -4]]))
    case("x0[x1]", ROW, np.int32([6, 100, -7, -6, 5]))  # out of bounds: clamped on reading
    case("x0[x1]", ROW, np.uint8([0, 5, 255]))
    case("x0[x1]", ROW, np.int8([-1, -6]))
    case("x0[x1]", ROW, np.zeros((0,), "int32"))
    case("x0[x1]", ROW, np.zeros((2, 0), "int32"))
    case("x0[x1]", CUBE, np.int32([[0, 1], [2, 2]]))
    case("x0[np.array([True, False, True])]", GRID)
    case("x0[x0 > 5]", GRID)
    case("x0[:, np.array([True, False, False, True])]", GRID)
    case("x0[np.array([True, False, True]), 1]", GRID)
    case("x0[np.array([True, False, True]), np.array([0, 3])]", GRID)
    case("x0[1, np.array([True, False, False, True])]", GRID)
    case("x0[np.array([[True, False, False, True], [False] * 4, [True] * 4])]", GRID)
    case("x0[np.array([False, False, False])]", GRID)
    case("x0[np.array(True)]", GRID)
    case("x0[..., np.array([True, False, True, False, True])]", CUBE)
    case("jax.jit(lambda x, i: x[i])(x0, 2)", GRID)
    case("jax.jit(lambda x, i: x[i, :2])(x0, -1)", GRID)
    case("jax.vmap(lambda x, i: x[i])(x0, x1)", GRID, np.int32([0, 3, -1]))
    case("jax.vmap(lambda x, i: x[i], in_axes=(None, 0))(x0, x1)", GRID, np.int32([0, 2, 9]))
    case("jax.grad(lambda x: (x[x1, ::2] ** 2).sum())(x0)", GRID.astype("float32"), np.int32([0, 2, 2]))
    case("jax.grad(lambda x: (x[1:, ::-2] ** 2).sum())(x0)", GRID.astype("float32"))


def reads():
    outside = np.int32([0, 5, 6, -1, -7, 20])
    for mode in (
        "",
        "mode='clip'",
        "mode='fill'",
        "mode='drop'",
        "mode='promise_in_bounds'",
        "mode='fill', fill_value=-1",
        "fill_value=9.5",
        "indices_are_sorted=True",
        "unique_indices=True, mode='clip'",
    ):
        index = np.int32([0, 1, 4]) if "promise" in mode or "sorted" in mode or "unique" in mode else outside
        case(f"x0.at[x1].get({mode})", ROW, index)
    for dtype in ("int32", "uint8", "bool", "bfloat16", "complex64"):
        case("x0.at[x1].get(mode='fill')", ROW.astype(dtype), outside)
    case("x0.at[1, ::2].get()", GRID)
    case("x0.at[:, x1].get(mode='fill', fill_value=0)", GRID, np.int32([0, 9]))
    case("x0.at[x1].get(mode='fill', wrap_negative_indices=False)", ROW, np.int32([-1, 2]))


def writes():
    for index in (
        "0",
        "-1",
        "1, 2",
        "..., 0",
        ":, 1",
        "1:",
        "::2",
        "::-1",
        ":, ::2",
        "1:3, 1:3",
        "None, 0",
        "x1",
        ":, x1",
        "x1, x1",
        "x1, 1:",
        "...",
        "True",
        "False",
        "(x1, np.array([0, 0]))",
        "x0 > 5",
        "2:1",
    ):
        case(f"x0.at[{index}].set(-7)", GRID, np.int32([2, 0]))
    case("x0.at[1].set(x1)", GRID, np.int32([-1, -2, -3, -4]))
    case("x0.at[:, 1:3].set(x1)", GRID, np.int32([[-1], [-2], [-3]]))
    case("x0.at[::-1, ::2].set(x1)", GRID, np.int32([-1, -2]))
    case("x0.at[x1, ::2].set(x2)", GRID, np.int32([2, 0]), np.int32([[-1, -2], [-3, -4]]))
    case("x0.at[...].set(x1)", GRID, np.int32([1, 2, 3, 4]))
    case("x0.at[()].set(5)", np.float32(1))
    case("x0.at[1].set(2.7)", ROW)
    repeated, outside = np.int32([1, 1, 3, 1]), np.int32([0, 6, -1, -9])
    values = np.float32([2, 3, 0.5, -1])
    for op in ("set", "add", "subtract", "multiply", "divide", "power", "min", "max"):
        if op != "set":
            ulp = 4 if op in ("divide", "power") else 0
            if op != "power":
                case(f"x0.at[x1].{op}(x2)", ROW + 1, repeated, values, ulp=4)
            case(f"x0.at[1:4].{op}(3)", ROW + 1, ulp=ulp)
        for mode in ("'clip'", "'drop'", "'fill'", "None"):
            index = np.int32([0, 9, -2, 3]) if (op, mode) == ("set", "'clip'") else outside
            if op == "power" and mode == "'clip'":
                index = np.int32([0, 9, -3, 3])
            case(
                f"x0.at[x1].{op}(x2, mode={mode})",
                ROW + 1,
                index,
                abs(values),
                ulp=4 if op in ("divide", "power") else 0,
            )
        case(
            f"x0.at[x1].{op}(2, mode='promise_in_bounds', indices_are_sorted=True, unique_indices=True)",
            ROW + 1,
            np.int32([0, 2, 5]),
            ulp=1,
        )
    for dtype in ("int32", "uint8", "bfloat16", "complex64"):
        for op in ("set", "add", "multiply"):
            case(f"x0.at[x1].{op}(3)", ROW.astype(dtype), repeated if op != "set" else np.int32([1, 3]))
    for op in ("min", "max"):
        case(f"x0.at[x1].{op}(3)", ROW.astype("int32"), repeated)
    case("x0.at[1].set(True)", np.array([False, False]))
    case("x0.at[1:3].apply(jnp.sin)", ROW, ulp=4)
    case("x0.at[x1].apply(lambda v: 2 * v)", ROW, repeated)
    case("x0.at[x1].apply(lambda v: v + 1, mode='drop')", ROW, np.int32([2, 11]))
    case("x0.at[x1, :2].add(x2)", GRID, np.int32([0, 2, 0]), np.int32([10, 20]))
    case("x0.at[np.array([True, False, True])].set(0)", GRID)
    case("x0.at[np.array([True, False, True])].add(x1)", GRID, np.int32([[1], [2]]))
    case("x0.at[x0 > 3].multiply(-1)", ROW)
    case("jax.jit(lambda x, i: x.at[i].set(0))(x0, 2)", GRID)
    case("jax.vmap(lambda x, i: x.at[i].set(-1))(x0, x1)", GRID, np.int32([0, 3, -1]))
    case(
        "jax.vmap(lambda x, i, v: x.at[i].add(v), in_axes=(None, 0, 0))(x0, x1, x2)",
        ROW,
        np.int32([0, 5, 9]),
        np.float32([1, 2, 3]),
    )
    for op in ("set", "add", "multiply", "max"):
        unique = ", unique_indices=True" if op == "multiply" else ""
        case(
            f"jax.grad(lambda x, v: (x.at[x2].{op}(v{unique}) ** 2).sum(), (0, 1))(x0, x1)",
            ROW,
            np.float32([5, -6]),
            np.int32([4, 1]),
            ulp=4,
        )
        case(
            f"jax.jvp(lambda x, v: x.at[x2].{op}(v{unique}), (x0, x1), (x0 + 1, x1))",
            ROW,
            np.float32([5, -6]),
            np.int32([4, 1]),
            ulp=4,
        )


def functions():
    case("jnp.take(x0, x1)", ROW, np.int32([0, 5, -1]))
    for mode in ("", ", mode='clip'", ", mode='wrap'", ", mode='fill'", ", mode='fill', fill_value=3"):
        case(f"jnp.take(x0, x1, axis=0{mode})", ROW, np.int32([0, 7, -1, -8]))
    case("jnp.take(x0, x1, axis=1)", CUBE, np.int32([[0, 3], [1, 1]]))
    case("jnp.take_along_axis(x0, x1, axis=1)", GRID, np.int32([[0, 3], [1, 1], [-1, 2]]))
    case("jnp.take_along_axis(x0, x1, axis=0)", GRID, np.int32([[0, 2, 1, 2]]))
    case("jnp.put_along_axis(x0, x1, 99, axis=1, inplace=False)", GRID, np.int32([[0, 3], [1, 1], [-1, 2]]))
    case("jnp.choose(x0, [x1, x1 + 10], mode='clip')", np.int32([0, 1, 5]), np.int32([1, 2, 3]))
    case("jnp.compress(np.array([True, False, True]), x0, axis=0)", GRID)
    case("x0[jnp.ix_(jnp.array([0, 2]), jnp.array([1, 3]))]", GRID)
    case("jnp.delete(x0, 1, axis=0)", GRID)
    case("jnp.insert(x0, 1, 9)", ROW)
    case("jnp.append(x0, x0[:2])", ROW)
    case("jnp.unravel_index(x0, (3, 4))", np.int32([0, 5, 11]))
    case("jnp.ravel_multi_index((x0, x0), (3, 4))", np.int32([0, 1, 2]))


for family in (basic, advanced, reads, writes, functions):
    family()
table.write()
