"""Writes elementary.txt: inputs and correctly rounded results of the elementary
functions, computed by mpmath, with NumPy's and JAX's conventions at special values.

A section is a line `NAME TYPE TOLERANCE` (in units in the last place), followed by lines
of bit patterns in hexadecimal: the arguments, then the result.

It needs mpmath and NumPy.
"""

import contextlib
import pathlib

import mpmath as mp
import numpy as np

mp.mp.prec = 2400  # sin(1e308) needs 1024 bits for the argument alone
RANDOM = np.random.default_rng(2026)
TYPES = {"f32": np.float32, "f64": np.float64}


def rounded(value, dtype):
    """The float nearest to an mpf (ties to even), subnormals and overflow included."""
    if mp.isnan(value):
        return dtype(np.nan)
    if mp.isinf(value) or value == 0:
        return dtype(float(value))
    info = np.finfo(dtype)
    exponent = max(int(mp.floor(mp.log(abs(value), 2))), info.minexp) - info.nmant
    scaled = mp.nint(mp.ldexp(value, -exponent))
    if mp.ldexp(abs(scaled), exponent) >= mp.ldexp(1, info.maxexp):
        return dtype(np.inf) if value > 0 else dtype(-np.inf)
    return dtype(np.ldexp(float(scaled), exponent))


def spread(low, high, count=24):
    """Logarithmically spread magnitudes."""
    return np.exp(RANDOM.uniform(np.log(low), np.log(high), count))


def uniform(low, high, count=24):
    return RANDOM.uniform(low, high, count)


def both(values):
    return np.concatenate([values, -values])


def limits(dtype):
    info = np.finfo(dtype)
    return float(info.smallest_subnormal), float(info.max)


def real(function):
    """NaN where the function is not real or not finite."""

    def wrapped(*x):
        try:
            value = function(*x)
        except (ValueError, ZeroDivisionError):
            return mp.nan
        return value if isinstance(value, mp.mpf) else mp.nan

    return wrapped


def lgamma(x):
    with mp.workprec(200):
        return mp.log(abs(mp.gamma(x))) if x < 200 else mp.loggamma(x)


def lowered(function, precision=200):
    def wrapped(x):
        with mp.workprec(precision):
            return function(x)

    return wrapped


def erfc(x):
    with mp.workprec(300):
        return mp.gammainc(mp.mpf(0.5), x * x) / mp.sqrt(mp.pi) if x > 1 else mp.erfc(x)


# Hard to reduce: close to multiples of pi/2 (Kahan's and Muller's examples).
HARD = {
    np.float32: [16367173.0 * 2.0**72, 12345.678, 1e30, 3.4e38, 131071.9, 131072.1],
    np.float64: [6381956970095103.0 * 2.0**797, 1e22, 1.7e308, 2.0**30 - 0.5, 2.0**30 + 0.5],
}
QUARTERS = [np.pi / 2, np.pi, 3 * np.pi / 2, 100 * np.pi]


def angles(dtype):
    tiny, _ = limits(dtype)
    return both(np.concatenate([HARD[dtype], QUARTERS, spread(tiny, 1, 12), uniform(0, 100), spread(100, 1e6)]))


# name: function, arguments for a type, tolerance for f32 and f64
UNARY = {
    "sqrt": (mp.sqrt, lambda t: spread(*limits(t)), (0, 0)),
    "rsqrt": (lambda x: 1 / mp.sqrt(x), lambda t: spread(*limits(t)), (1, 1)),
    "cbrt": (mp.cbrt, lambda t: spread(*limits(t)), (1, 1)),
    "exp": (mp.exp, lambda t: np.concatenate([uniform(-104, 88), uniform(-745, 709), both(spread(1e-9, 1, 8))]), (1, 1)),
    "exp2": (lambda x: mp.mpf(2) ** x, lambda t: np.concatenate([uniform(-149, 128), uniform(-1074, 1024), uniform(-1, 1)]), (1, 1)),
    "expm1": (mp.expm1, lambda t: np.concatenate([uniform(-20, 88), uniform(-2, 2), both(spread(limits(t)[0], 1))]), (2, 2)),
    "log": (mp.log, lambda t: np.concatenate([spread(*limits(t)), uniform(0.4, 2.5)]), (1, 1)),
    "log1p": (mp.log1p, lambda t: np.concatenate([spread(*limits(t)), uniform(-1, 2), both(spread(limits(t)[0], 0.9))]), (2, 2)),
    "logistic": (lambda x: 1 / (1 + mp.exp(-x)), lambda t: np.concatenate([uniform(-103, 20), uniform(-740, 40), uniform(-1, 1)]), (1, 1)),
    "sin": (mp.sin, angles, (1, 1)),
    "cos": (mp.cos, angles, (1, 1)),
    "tan": (mp.tan, angles, (1, 1)),
    "asin": (lowered(mp.asin), lambda t: both(np.concatenate([spread(limits(t)[0], 1), uniform(0.4, 1)])), (1, 2)),
    "acos": (lowered(mp.acos), lambda t: both(np.concatenate([spread(1e-9, 1), uniform(0.4, 1)])), (1, 1)),
    "atan": (lowered(mp.atan, 1300), lambda t: both(np.concatenate([spread(*limits(t)), uniform(0, 4)])), (1, 1)),
    "sinh": (mp.sinh, lambda t: both(np.concatenate([spread(limits(t)[0], 1), uniform(0, 89), uniform(300, 710.5)])), (1, 2)),
    "cosh": (mp.cosh, lambda t: both(np.concatenate([spread(limits(t)[0], 1), uniform(0, 89), uniform(300, 710.5)])), (1, 2)),
    "tanh": (mp.tanh, lambda t: both(np.concatenate([spread(limits(t)[0], 1), uniform(0, 22)])), (1, 1)),
    "asinh": (mp.asinh, lambda t: both(np.concatenate([spread(*limits(t)), uniform(0, 4)])), (1, 1)),
    "acosh": (mp.acosh, lambda t: np.concatenate([1 + spread(1e-9, 1), spread(1, limits(t)[1])]), (1, 2)),
    "atanh": (mp.atanh, lambda t: both(np.concatenate([spread(limits(t)[0], 1), uniform(0, 1)])), (1, 1)),
    "erf": (lowered(mp.erf, 1300), lambda t: both(np.concatenate([spread(limits(t)[0], 1), uniform(0, 6)])), (1, 1)),
    "erfc": (erfc, lambda t: np.concatenate([uniform(-6, 10), uniform(-1, 1), uniform(9, 27)]), (1, 2)),
    "erf_inv": (lowered(mp.erfinv), lambda t: both(uniform(0.001, 0.999)), (8, 8)),
    "lgamma": (lgamma, lambda t: np.concatenate([spread(limits(t)[0], 1), uniform(0, 12), spread(12, limits(t)[1] / 1e4), [-0.5, -1.5, -3.75, -10.1, -170.3]]), (1, 3)),
    "digamma": (lowered(mp.digamma, 300), lambda t: np.concatenate([spread(1e-30, 1), uniform(0, 12), spread(12, limits(t)[1]), [-0.25, -1.75, -3.75, -10.1, -170.3]]), (1, 4)),
    "bessel_i0e": (lowered(lambda x: mp.besseli(0, x) * mp.exp(-abs(x)), 400), lambda t: both(np.concatenate([uniform(0, 20), spread(1e-9, 1e5)])), (1, 4)),
    "bessel_i1e": (lowered(lambda x: mp.besseli(1, x) * mp.exp(-abs(x)), 400), lambda t: both(np.concatenate([uniform(0, 20), spread(1e-9, 1e5)])), (1, 4)),
}

inf, nan = np.inf, np.nan
# Values at -inf, -0, 0, inf, in this order; all give NaN for NaN.
AT_LIMITS = {
    "sqrt": (nan, -0.0, 0.0, inf), "rsqrt": (nan, -inf, inf, 0.0), "cbrt": (-inf, -0.0, 0.0, inf),
    "exp": (0.0, 1.0, 1.0, inf), "exp2": (0.0, 1.0, 1.0, inf), "expm1": (-1.0, -0.0, 0.0, inf),
    "log": (nan, -inf, -inf, inf), "log1p": (nan, -0.0, 0.0, inf), "logistic": (0.0, 0.5, 0.5, 1.0),
    "sin": (nan, -0.0, 0.0, nan), "cos": (nan, 1.0, 1.0, nan), "tan": (nan, -0.0, 0.0, nan),
    "asin": (nan, -0.0, 0.0, nan), "acos": (nan, np.pi / 2, np.pi / 2, nan),
    "atan": (-np.pi / 2, -0.0, 0.0, np.pi / 2), "sinh": (-inf, -0.0, 0.0, inf), "cosh": (inf, 1.0, 1.0, inf),
    "tanh": (-1.0, -0.0, 0.0, 1.0), "asinh": (-inf, -0.0, 0.0, inf), "acosh": (nan, nan, nan, inf),
    "atanh": (nan, -0.0, 0.0, nan), "erf": (-1.0, -0.0, 0.0, 1.0), "erfc": (2.0, 1.0, 1.0, 0.0),
    "erf_inv": (nan, -0.0, 0.0, nan), "lgamma": (inf, inf, inf, inf), "digamma": (nan, nan, nan, inf),
    "bessel_i0e": (0.0, 1.0, 1.0, 0.0), "bessel_i1e": (-0.0, -0.0, 0.0, 0.0),
}
SPECIAL = {
    "log": [(1, 0.0), (-1, nan)], "log1p": [(-1, -inf), (-1.5, nan)], "asin": [(1.5, nan)], "acos": [(1, 0.0), (-1.5, nan)],
    "acosh": [(1, 0.0), (0.5, nan)], "atanh": [(1, inf), (-1, -inf), (1.5, nan)], "erf_inv": [(1, inf), (-1, -inf), (1.5, nan)],
    "lgamma": [(1, 0.0), (2, 0.0), (-1, inf), (-2, inf)], "digamma": [(-1, nan), (-2, nan)], "sqrt": [(-1, nan)],
}


def bits(value, dtype):
    return format(int(dtype(value).view(f"u{np.dtype(dtype).itemsize}")), "x")


def line(dtype, *values):
    print(*(bits(value, dtype) for value in values))


def unary_sections():
    for name, (function, arguments, tolerances) in UNARY.items():
        for (type_name, dtype), tolerance in zip(TYPES.items(), tolerances):
            print(name, type_name, tolerance)
            with np.errstate(over="ignore"):
                inputs = np.unique(np.asarray(arguments(dtype)).astype(dtype))
            for x in inputs[np.isfinite(inputs) & (inputs != 0)]:
                line(dtype, x, rounded(real(function)(mp.mpf(float(x))), dtype))
            for x, y in zip((-inf, -0.0, 0.0, inf), AT_LIMITS[name]):
                line(dtype, x, y)
            line(dtype, nan, nan)
            for x, y in SPECIAL.get(name, []):
                line(dtype, x, y)


def binary_sections():
    edges = [-inf, -3.0, -2.0, -1.5, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, inf, nan]
    pairs = [(x, y) for x in edges for y in edges]
    for type_name, dtype in TYPES.items():
        scale = 88 if dtype == np.float32 else 709
        base = np.concatenate([spread(0.5, 2), spread(*limits(dtype))]).astype(dtype)
        exponent = (uniform(-scale * 1.05, scale, len(base)) / np.log(base.astype(np.float64))).astype(dtype)
        y, x = both(spread(1e-20, 1e20)), uniform(-5, 5, 48)
        inputs = {
            "pow": (zip(base, exponent), lambda x, y: x**y, np.power, 1),
            "atan2": (zip(y.astype(dtype), x.astype(dtype)), mp.atan2, np.arctan2, 1),
        }
        for name, (random, function, numpy_function, tolerance) in inputs.items():
            print(name, type_name, tolerance)
            for x, y in random:
                if np.isfinite(x) and np.isfinite(y):
                    line(dtype, x, y, rounded(function(mp.mpf(float(x)), mp.mpf(float(y))), dtype))
            with np.errstate(all="ignore"):
                for x, y in pairs:
                    # Arrays: for a scalar exponent of 1/2 NumPy takes the square root.
                    pair = np.full(2, x, dtype), np.full(2, y, dtype)
                    line(dtype, x, y, numpy_function(*pair)[0])
        print("nextafter", type_name, 0)
        for x, y in pairs:
            line(dtype, x, y, np.nextafter(dtype(x), dtype(y)))


@contextlib.contextmanager
def printing_to(name):
    """Sends what is printed to a file beside this one."""
    with open(pathlib.Path(__file__).with_name(name), "w") as file:
        with contextlib.redirect_stdout(file):
            yield


if __name__ == "__main__":
    with printing_to("elementary.txt"):
        unary_sections()
        binary_sections()
