"""lax_elementwise.json: every elementwise primitive on ordinary and awkward numbers of every dtype."""

import mpmath
import numpy as np

from maker import BASE_ULP, NAMES, Table, jnp_dtype, uniform

table = Table("lax_elementwise")

FLOATS = ("float32", "float16", "bfloat16", "float64")
INTS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan]
WIDE = [1.0, -1.0, 0.5, 3.0, -3e-4, 0.1, 1.5707964, -2.7182817, 5.5, -20.0, 43.0, 88.5, -87.0, 1000.0]
HUGE = [65000.0, -1e5, 1e15]
UNIT = [1.0, -1.0, 0.5, 1e-6, -1e-3, -0.25, 0.3, 0.75, -0.99, 0.9999, 1.5]
POSITIVE = [1e-30, 1e-3, 0.1, 0.5, 0.999, 1.0, 1.001, 2.7182817, 10.0, 123.456, 3e38, -1.0]
ROUND = [0.5, -0.5, 1.5, -1.5, 2.5, 3.5, 0.4999, 1.2, -1.7, 8388609.0, 2.6, -3.2]

UNARY = {  # primitive: (inputs beside SPECIAL, defined for complex numbers)
    "neg": (WIDE, 1),
    "abs": (WIDE, 1),
    "sign": (WIDE, 1),
    "square": (WIDE, 1),
    "reciprocal": (WIDE, 1),
    "sqrt": (POSITIVE, 1),
    "rsqrt": (POSITIVE, 1),
    "cbrt": (WIDE, 0),
    "exp": (WIDE, 1),
    "exp2": (WIDE, 1),
    "expm1": (WIDE, 1),
    "log": (POSITIVE, 1),
    "log1p": (POSITIVE + UNIT[4:7], 1),
    "logistic": (WIDE, 1),
    "sin": (WIDE + HUGE, 1),
    "cos": (WIDE + HUGE, 1),
    "tan": (WIDE + HUGE, 1),
    "asin": (UNIT, 1),
    "acos": (UNIT, 1),
    "atan": (WIDE + HUGE, 1),
    "sinh": (WIDE, 1),
    "cosh": (WIDE, 1),
    "tanh": (WIDE, 1),
    "asinh": (WIDE + HUGE, 1),
    "acosh": (POSITIVE, 1),
    "atanh": (UNIT, 1),
    "floor": (ROUND, 0),
    "ceil": (ROUND, 0),
    "is_finite": (WIDE[:4], 0),
    "erf": (UNIT[2:8] + WIDE, 0),
    "erfc": (UNIT[2:8] + WIDE, 0),
    "erf_inv": (UNIT, 0),
    "lgamma": (UNIT[2:8] + WIDE, 0),
    "digamma": (UNIT[2:8] + WIDE, 0),
    "conj": (None, 1),
    "real": (None, 1),
    "imag": (None, 1),
}
EXACT = {"neg", "abs", "sign", "floor", "ceil", "is_finite", "conj", "real", "imag", "square"}

# The true values in double precision, where no wider type is at hand.
TRUTH = {
    "erf_inv": "erfinv",
    "lgamma": "loggamma",
    "digamma": "digamma",
    "exp2": lambda x: mpmath.mpf(2) ** x,
    "rsqrt": lambda x: 1 / mpmath.sqrt(x),
    "logistic": lambda x: 1 / (1 + mpmath.exp(-x)),
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
}


def double_error(op, values):
    """How far JAX's double precision is from the truth, in units in the last place; large where it has no answer."""
    truth = TRUTH.get(op, op)
    truth = getattr(mpmath, truth, None) if isinstance(truth, str) else truth
    NAMES["jax"].config.update("jax_enable_x64", True)
    got = np.asarray(getattr(NAMES["lax"], op)(values))
    NAMES["jax"].config.update("jax_enable_x64", False)
    errors = np.zeros(len(values))
    for i, (x, y) in enumerate(zip(values, got)):
        if truth is None or not np.isfinite(x) or not np.isfinite(y) or y == 0:
            continue
        with mpmath.workprec(2300):
            exact = mpmath.re(truth(mpmath.mpf(float(x))))
            errors[i] = abs((exact - mpmath.mpf(float(y))) / mpmath.mpf(float(np.spacing(abs(y)))))
    return errors


def points(values, dtype):
    with np.errstate(over="ignore"):
        array = np.array(list(dict.fromkeys(SPECIAL[:1] + values)) + SPECIAL[1:]).astype(jnp_dtype(dtype))
    subnormal = (array != 0) & (abs(array.astype(np.float64)) < 6.2e-5 if dtype == "float16" else False)
    return array[~subnormal]


def unary():
    for op, (values, on_complex) in UNARY.items():
        ulp = 0 if op in EXACT else None
        for dtype in FLOATS if values else ():
            x = points(values, dtype)
            if dtype != "float64":
                table.elementwise(f"lax.{op}(x0)", x, ulp=ulp)
            else:
                x = x[::2]
                errors = double_error(op, x)
                kept = x[errors <= 64]
                worst = int(np.ceil(errors[errors <= 64].max(initial=0)))
                table.elementwise(f"lax.{op}(x0)", kept, ulp=0 if op in EXACT else BASE_ULP + worst, x64=True)
        if on_complex:
            table.elementwise(
                f"lax.{op}(x0)",
                uniform("complex64", (6,), seed=len(op), low=-3, high=3),
                ulp=ulp if op not in ("abs", "sign", "square") else None,
            )
    for op in ("exp", "sin", "log", "sqrt", "tanh"):
        table.elementwise(f"lax.{op}(x0)", uniform("complex128", (6,), seed=5), ulp=12, x64=True)
    for method in ("AWAY_FROM_ZERO", "TO_NEAREST_EVEN"):
        for dtype in FLOATS[:3]:
            table.elementwise(f"lax.round(x0, lax.RoundingMethod.{method})", points(ROUND, dtype), ulp=0)


def integer_points(dtype):
    info = np.iinfo(dtype)
    values = [0, 1, 2, 3, 7, 100, info.max, info.max - 1, info.min, info.min + 1, info.max // 3]
    return np.array(values + ([-1, -2, -3, -100] if info.min else []), dtype)


def wide(dtype):
    return dtype in ("int64", "uint64", "float64", "complex128")


def integers():
    for dtype in ("int8", "int32", "int64", "uint8", "uint32", "uint64"):
        x = integer_points(dtype)
        y = np.roll(x, 4)
        signed = () if dtype[0] == "u" else ("abs",)
        for op in (*signed, "neg", "sign", "square", "bitwise_not", "population_count", "clz"):
            table.case(f"lax.{op}(x0)", x, x64=wide(dtype))
        for op in ("add", "sub", "mul", "div", "rem", "max", "min", "bitwise_and", "bitwise_or", "bitwise_xor"):
            table.case(f"lax.{op}(x0, x1)", x, y, x64=wide(dtype))
        bits = np.array([0, 1, 3, np.iinfo(dtype).bits - 1, np.iinfo(dtype).bits, np.iinfo(dtype).bits + 1], dtype)
        for op in ("shift_left", "shift_right_logical", "shift_right_arithmetic"):
            table.case(f"lax.{op}(x0, x1)", np.resize(x, 12), np.resize(bits, 12), x64=wide(dtype))
    x, y = (np.array(v) for v in ([False, False, True, True], [False, True, False, True]))
    for op in ("bitwise_and", "bitwise_or", "bitwise_xor", "max", "min"):
        table.case(f"lax.{op}(x0, x1)", x, y)
    table.case("lax.bitwise_not(x0)", x)


def pairs(dtype, ordinary=6):
    """All pairs of a few awkward numbers, and some ordinary ones."""
    few = np.array([0.0, -0.0, -1.5, np.inf, np.nan])
    x, y = (a.ravel() for a in np.meshgrid(few, few))
    return (
        np.concatenate([x, uniform("float64", (ordinary,), 3)]).astype(jnp_dtype(dtype)),
        np.concatenate([y, uniform("float64", (ordinary,), 4)]).astype(jnp_dtype(dtype)),
    )


def binary():
    exact = ("add", "sub", "mul", "div", "rem", "max", "min", "nextafter")
    for dtype in FLOATS:
        x, y = pairs(dtype)
        for op in exact if not wide(dtype) else ("rem",):
            keep = slice(None)
            if op == "nextafter":  # its neighbours of zero are subnormal
                keep = (x != 0) | (y == 0)
            table.case(f"lax.{op}(x0, x1)", x[keep], y[keep], ulp=0, x64=wide(dtype))
        for op in ("atan2", "pow"):
            ulp = 6 if wide(dtype) else None
            table.elementwise(f"lax.{op}(x0, x1)", x, y, ulp=ulp, x64=wide(dtype))
    base, power = np.float32([2, 10, 0.5, 7, 1.0001, 3, -2, -3, -2, 1e10]), np.float32(
        [10, -3, 0.5, 13, 9e3, 50, 3, 4, 0.5, 3]
    )
    table.elementwise("lax.pow(x0, x1)", base, power)
    table.elementwise("lax.pow(x0, x1)", base, np.int32([0, 1, 2, 3, 4, 5, -1, -2, 7, 3]))
    for dtype in ("complex64", "complex128"):
        x, y = uniform(dtype, (8,), 8), uniform(dtype, (8,), 9)
        for op in ("add", "sub", "mul", "div", "pow"):
            ulp = 0 if op in ("add", "sub") else 16 if wide(dtype) else None
            table.case(f"lax.{op}(x0, x1)", x, y, ulp=ulp, x64=wide(dtype))
    table.case("lax.complex(x0, x1)", *pairs("float32"), ulp=0)
    for power in (-3, -1, 0, 1, 2, 3, 7):
        for dtype in ("float32", "bfloat16", "int32") if power >= 0 else ("float32",):
            x = integer_points(dtype) if dtype == "int32" else points([1.5, -2.0, 0.3], dtype)
            table.case(f"lax.integer_pow(x0, {power})", x)


def comparisons():
    for op in ("eq", "ne", "lt", "le", "gt", "ge"):
        for dtype in FLOATS[::2]:
            table.case(f"lax.{op}(x0, x1)", *pairs(dtype, ordinary=2))
        for dtype in ("int8", "int32", "uint8", "uint32", "uint64"):
            x = integer_points(dtype)[::2]
            table.case(f"lax.{op}(x0, x1)", x, np.roll(x, 3), x64=wide(dtype))
        table.case(f"lax.{op}(x0, x1)", np.array([False, False, True, True]), np.array([False, True, False, True]))
    for op in ("eq", "ne"):
        table.case(f"lax.{op}(x0, x1)", np.complex64([1, 1j, 0, 1 + 1j]), np.complex64([1, -1j, -0.0, 1]))


def choices():
    for dtype in ("float32", "bfloat16", "int32", "uint8", "bool", "complex64"):
        a, b, c = (uniform(dtype, (2, 3), s) for s in (1, 2, 3))
        mask = np.array([[True, False, True], [False, False, True]])
        table.case("lax.select(x0, x1, x2)", mask, a, b, ulp=0)
        table.case("lax.select_n(x0, x1, x2, x3)", np.int32([[0, 1, 2], [2, 1, 0]]), a, b, c, ulp=0)
        table.case("lax.select(x0, x1, x2)", np.array(True), a, b, ulp=0)
    for dtype in ("float32", "float16", "int32", "uint8"):
        x = uniform(dtype, (6,), 7)
        table.case("lax.clamp(x0, x1, x2)", jnp_dtype(dtype).type(1), x, jnp_dtype(dtype).type(1.5), ulp=0)
        table.case("lax.clamp(x0, x1, x2)", np.roll(x, 1), x, np.roll(x, 2), ulp=0)
    table.case(
        "lax.clamp(x0, x1, x2)", np.float32(-1), np.float32([np.nan, -3, 0.5, np.inf, -0.0]), np.float32(1), ulp=0
    )
    table.case("lax.clamp(x0, x1, x2)", np.float32(np.nan), np.float32([0, 1]), np.float32(1), ulp=0)


def conversions():
    floats = [
        0.0,
        -0.0,
        0.5,
        -1.0,
        1.5,
        2.5,
        -2.75,
        127.5,
        256.0,
        -129.0,
        65504.0,
        70000.0,
        -(2.0**31),
        3e9,
        2.0**63,
        1e30,
        1.0009765625,
        np.inf,
        -np.inf,
        np.nan,
    ]
    every = ("bool", *INTS, *FLOATS, "complex64")
    for source in every:
        if source == "bool":
            x = np.array([False, True])
        elif source in INTS:
            x = integer_points(source)
        else:
            with np.errstate(over="ignore"):
                x = np.array(floats).astype(jnp_dtype(source))
        for target in every:
            table.case(f"lax.convert_element_type(x0, jnp.{target.replace('bool', 'bool_')})", x, ulp=0, x64=True)
    # What JAX does by default with 64-bit requests.
    for target in ("int64", "float64", "uint64", "complex128"):
        table.case(f"lax.convert_element_type(x0, jnp.{target})", np.float32([1.5, -2.5, 3e9]), ulp=0)
    for source, target in (
        ("float32", "int32"),
        ("int32", "float32"),
        ("float16", "uint16"),
        ("bfloat16", "int16"),
        ("uint32", "uint8"),
        ("uint8", "uint32"),
        ("float64", "uint32"),
        ("uint64", "float64"),
    ):
        table.case(f"lax.bitcast_convert_type(x0, jnp.{target})", uniform(source, (3, 4), 6, 0, 100), ulp=0, x64=True)
    for exponent, mantissa in ((5, 10), (8, 7), (4, 3), (5, 2)):
        table.case(f"lax.reduce_precision(x0, {exponent}, {mantissa})", np.float32(floats), ulp=0)


def scalars_and_empties():
    for expr in ("lax.sin(x0)", "lax.exp(x0)", "lax.floor(x0)", "lax.neg(x0)", "lax.erf(x0)", "lax.is_finite(x0)"):
        for dtype in ("float32", "bfloat16"):
            table.case(expr, uniform(dtype, (), 3))
            table.case(expr, uniform(dtype, (3, 0, 2), 3))
    for expr in ("lax.add(x0, x1)", "lax.pow(x0, x1)", "lax.lt(x0, x1)"):
        table.case(expr, uniform("float32", (), 3, 0, 1), uniform("float32", (), 4, 0, 1))
        table.case(expr, uniform("float32", (0,), 3), uniform("float32", (0,), 4))
        table.case(expr, 2.5, 1.5, name=f"{expr} weak")
        table.case(f"{expr[:-4]}3.0)", np.float32([1.5, 4]))
        table.case(f"{expr[:-4]}x1)", np.float32([1.5, 4]), np.float32(3))


for family in (unary, integers, binary, comparisons, choices, conversions, scalars_and_empties):
    family()
table.write()
