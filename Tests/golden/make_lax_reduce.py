"""lax_reduce.json: reductions, argmax/argmin, cumulative operations, sort, top_k, dot_general."""

import numpy as np

from maker import Table, uniform

table = Table("lax_reduce")
case = table.case
f32 = "float32"
AWKWARD = np.float32([[1, np.nan, 3, 3], [-0.0, 0.0, -np.inf, np.inf], [5, 5, 1, 5]])


def reductions():
    for op in ("reduce_sum", "reduce_prod", "reduce_max", "reduce_min"):
        for dtype in ("float32", "bfloat16", "float16", "int32", "uint8", "complex64", "float64", "int8"):
            if dtype == "complex64" and op in ("reduce_max", "reduce_min"):
                continue
            case(f"lax.{op}(x0, (1,))", uniform(dtype, (2, 5), 2), x64=dtype == "float64")
        for axes in ("()", "(0,)", "(0, 2)", "(0, 1, 2)"):
            case(f"lax.{op}(x0, {axes})", uniform(f32, (2, 3, 4), 4))
        case(f"lax.{op}(x0, (0,))", np.zeros((0, 3), f32))
        case(f"lax.{op}(x0, (0,))", np.zeros((0, 2), "int32"))
        case(f"lax.{op}(x0, ())", np.float32(3))
        case(f"lax.{op}(x0, (1,))", AWKWARD)
    case("lax.reduce_sum(x0, (0,))", uniform(f32, (1000,), 7, -1, 1))
    case("lax.reduce_sum(x0, (0,))", uniform("bfloat16", (200,), 7, 0, 1), atol=0.5)
    for op in ("reduce_and", "reduce_or", "reduce_xor"):
        for dtype in ("bool", "int32", "uint8"):
            case(f"lax.{op}(x0, (1,))", uniform(dtype, (3, 4), 8))
        case(f"lax.{op}(x0, (0,))", np.zeros((0, 2), bool))
    case("lax.reduce(x0, x1, lax.add, (1,))", uniform(f32, (2, 4), 9), np.float32(10))
    case("lax.reduce(x0, x1, lax.max, (0, 1))", uniform("int32", (2, 4), 9), np.int32(3))


def argreductions():
    for op in ("argmax", "argmin"):
        for dtype in ("float32", "int32", "uint8", "bfloat16"):
            case(f"lax.{op}(x0, 1, jnp.int32)", uniform(dtype, (3, 6), 4))
        case(f"lax.{op}(x0, 0, jnp.int32)", uniform(f32, (3, 2, 2), 5))
        case(f"lax.{op}(x0, 1, jnp.int32)", AWKWARD)
        case(f"lax.{op}(x0, 0, jnp.int32)", AWKWARD)
        case(f"lax.{op}(x0, 0, jnp.uint8)", np.int32([4, 7, 7, 4]))
        case(f"lax.{op}(x0, 0, jnp.int32)", np.array([False, True, True]))


def cumulative():
    for op in ("cumsum", "cumprod", "cummax", "cummin", "cumlogsumexp"):
        integral = () if op == "cumlogsumexp" else ("int32", "uint8")
        for dtype in ("float32", "bfloat16", *integral):
            case(f"lax.{op}(x0, 1)", uniform(dtype, (2, 7), 3))
        case(f"lax.{op}(x0, 0, True)", uniform(f32, (5, 2), 6))
        case(f"lax.{op}(x0)", np.zeros((0,), f32))
        case(f"lax.{op}(x0)", uniform(f32, (1,), 2))
        case(
            f"lax.{op}(x0)",
            (
                np.float32([1, -np.inf, 2, np.nan, 0])
                if op != "cumlogsumexp"
                else np.float32([-np.inf, -np.inf, 2, 100, 0])
            ),
        )
    case("lax.cumsum(x0)", uniform("complex64", (5,), 2))
    case("lax.cumsum(x0)", uniform(f32, (300,), 2, -1, 1))


def sorts():
    x = np.float32([3, np.nan, -1, 0.0, -0.0, np.inf, 3, -np.inf, 0.0, -np.nan])
    for stable in (True, False):
        case(f"lax.sort(x0, is_stable={stable})", x, ulp=0)
    case("lax.sort((x0, x1), num_keys=1)", x, np.arange(10, dtype="int32"), ulp=0)
    case("lax.sort_key_val(x0, x1)", np.int32([2, 1, 2, 1, 0]), np.float32([0, 1, 2, 3, 4]), ulp=0)
    keys = np.int32([[1, 0, 1, 0, 1], [0, 0, 1, 1, 0]])
    second = np.float32([[5, 4, np.nan, 2, 1], [1, 2, 3, 4, 0]])
    case("lax.sort((x0, x1, x2), num_keys=2)", keys, second, np.arange(10, dtype="int8").reshape(2, 5), ulp=0)
    case("lax.sort((x0, x1), dimension=0, num_keys=1)", keys, second, ulp=0)
    for dtype in ("int8", "uint32", "float16", "bfloat16", "bool", "complex64", "int32"):
        case("lax.sort(x0, dimension=0)", uniform(dtype, (7, 2), 5), ulp=0)
    case("lax.sort(x0)", np.zeros((2, 0), f32))
    case("lax.sort(x0)", uniform(f32, (300,), 11), ulp=0)
    case("lax.top_k(x0, 2)", np.float32([[3, 1, 3, np.nan], [-0.0, 0.0, -1, 5]]), ulp=0)
    case("lax.top_k(x0, 3)", np.int32([4, 9, 9, 1, 4]))


def dots():
    forms = [  # shapes, contracting, batching
        ((3,), (3,), ((0,), (0,)), ((), ())),
        ((2, 3), (3,), ((1,), (0,)), ((), ())),
        ((2, 3), (3, 4), ((1,), (0,)), ((), ())),
        ((3, 2), (4, 3), ((0,), (1,)), ((), ())),
        ((2, 3), (2, 3), ((0, 1), (0, 1)), ((), ())),
        ((2, 3), (3, 2), ((0, 1), (1, 0)), ((), ())),
        ((2, 3), (4,), ((), ()), ((), ())),
        ((2, 3, 4), (2, 4, 5), ((2,), (1,)), ((0,), (0,))),
        ((3, 2, 4), (4, 5, 2), ((2,), (0,)), ((1,), (2,))),
        ((2, 3), (2, 3), ((1,), (1,)), ((0,), (0,))),
        ((2, 3), (2, 3), ((), ()), ((0, 1), (0, 1))),
        ((2, 3, 2, 4), (2, 2, 3, 4), ((3,), (3,)), ((0, 2), (0, 1))),
        ((2, 2, 3, 2), (2, 2, 3), ((1, 2), (1, 2)), ((0,), (0,))),
        ((), (2, 3), ((), ()), ((), ())),
        ((2, 0), (0, 3), ((1,), (0,)), ((), ())),
        ((0, 2), (2, 3), ((1,), (0,)), ((), ())),
        ((0, 2, 3), (0, 3, 2), ((2,), (1,)), ((0,), (0,))),
    ]
    for left, right, contracting, batching in forms:
        case(f"lax.dot_general(x0, x1, ({contracting}, {batching}))", uniform(f32, left, 1), uniform(f32, right, 2))
    matrix = "(((1,), (0,)), ((), ()))"
    for dtype in ("float16", "bfloat16", "int8", "int32", "uint8", "complex64", "float64", "bool"):
        case(
            f"lax.dot_general(x0, x1, {matrix})",
            uniform(dtype, (2, 5), 3),
            uniform(dtype, (5, 3), 4),
            x64=dtype == "float64",
        )
    for dtype, preferred in (
        ("float16", "float32"),
        ("bfloat16", "float32"),
        ("int8", "int32"),
        ("uint8", "int32"),
        ("float32", "bfloat16"),
        ("int32", "float32"),
        ("int8", "int8"),
    ):
        case(
            f"lax.dot_general(x0, x1, {matrix}, preferred_element_type=jnp.{preferred})",
            uniform(dtype, (3, 4), 3),
            uniform(dtype, (4, 2), 4),
            measure=False,
        )
    case(
        "lax.dot_general(x0, x1, (((1,), (0,)), ((), ())))",
        uniform("float32", (2, 3), 3),
        uniform("bfloat16", (3, 2), 4),
        measure=False,
    )
    case("lax.dot(x0, x1)", uniform(f32, (2, 3), 1), uniform(f32, (3, 2), 2))
    case("lax.dot(x0, x1)", uniform(f32, (3,), 1), uniform(f32, (3,), 2))
    case("lax.batch_matmul(x0, x1)", uniform(f32, (2, 2, 3), 1), uniform(f32, (2, 3, 2), 2))
    case(f"lax.dot_general(x0, x1, {matrix})", uniform(f32, (17, 33), 1), uniform(f32, (33, 19), 2), atol=1e-5)


def windows():
    x = uniform(f32, (1, 4, 5, 1), 3)
    for init, op in (("-jnp.inf", "max"), ("0.", "add"), ("jnp.inf", "min")):
        case(f"lax.reduce_window(x0, {init}, lax.{op}, (1, 2, 2, 1), (1, 2, 1, 1), 'SAME')", x)
        case(f"lax.reduce_window(x0, {init}, lax.{op}, (1, 3, 2, 1), (1, 1, 1, 1), 'VALID')", x)
    image, kernel = uniform(f32, (1, 2, 5, 5), 4), uniform(f32, (3, 2, 3, 3), 5)
    for options in ("(1, 1), 'SAME'", "(2, 1), 'VALID'", "(1, 1), ((1, 2), (0, 1)), (2, 1), (1, 2)"):
        case(f"lax.conv_general_dilated(x0, x1, {options})", image, kernel)
    case(
        "lax.conv_general_dilated(x0, x1, (1, 1), 'SAME', dimension_numbers=('NHWC', 'HWIO', 'NHWC'), feature_group_count=2)",
        uniform(f32, (1, 4, 4, 2), 6),
        uniform(f32, (2, 2, 1, 4), 7),
    )


for family in (reductions, argreductions, cumulative, sorts, dots, windows):
    family()
table.write()
