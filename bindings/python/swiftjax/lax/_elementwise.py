"""Elementwise operations. They take operands of one dtype, and of one rank unless one is a scalar."""

import enum

from .. import _core, _dtypes
from .._array import Array
from .._functions import leaf

# Which dtypes an operation takes, by the engine's numbers: bool is 0, integers 1 to 8, floats 9 to 12, complex 13, 14.
_BOOL, _INTEGER, _FLOAT, _COMPLEX = {0}, set(range(1, 9)), set(range(9, 13)), {13, 14}
_INEXACT = _FLOAT | _COMPLEX
_NUMBER = _INTEGER | _INEXACT
_ANY = _BOOL | _NUMBER
_BITS = _BOOL | _INTEGER
_WORDS = {frozenset(_INEXACT): "floating, complexfloating", frozenset(_FLOAT): "floating", frozenset(_INTEGER): "integer",
          frozenset(_NUMBER): "number", frozenset(_BITS): "bool, integer"}  # fmt: skip

_UNARY = {
    "abs": ("abs", _NUMBER), "acos": ("arccos", _INEXACT), "acosh": ("arccosh", _INEXACT), "asin": ("arcsin", _INEXACT),
    "asinh": ("arcsinh", _INEXACT), "atan": ("arctan", _INEXACT), "atanh": ("arctanh", _INEXACT),
    "bessel_i0e": ("bessel_i0e", _FLOAT), "bessel_i1e": ("bessel_i1e", _FLOAT), "bitwise_not": ("bitwise_not", _BITS),
    "cbrt": ("cbrt", _FLOAT), "ceil": ("ceil", _FLOAT), "clz": ("clz", _INTEGER), "conj": ("conj", _NUMBER),
    "cos": ("cos", _INEXACT), "cosh": ("cosh", _INEXACT), "digamma": ("digamma", _FLOAT), "erf": ("erf", _FLOAT),
    "erf_inv": ("erf_inv", _FLOAT), "erfc": ("erfc", _FLOAT), "exp": ("exp", _INEXACT), "exp2": ("exp2", _INEXACT),
    "expm1": ("expm1", _INEXACT), "floor": ("floor", _FLOAT), "imag": ("imag", _COMPLEX), "is_finite": ("isfinite", _FLOAT),
    "lgamma": ("lgamma", _FLOAT), "log": ("log", _INEXACT), "log1p": ("log1p", _INEXACT), "logistic": ("nn_sigmoid", _INEXACT),
    "neg": ("negative", _NUMBER), "population_count": ("population_count", _INTEGER), "real": ("real", _COMPLEX),
    "reciprocal": ("reciprocal", _INEXACT), "rsqrt": ("rsqrt", _INEXACT), "sign": ("sign", _NUMBER),
    "sin": ("sin", _INEXACT), "sinh": ("sinh", _INEXACT), "sqrt": ("sqrt", _INEXACT), "square": ("square", _NUMBER),
    "tan": ("tan", _INEXACT), "tanh": ("tanh", _INEXACT),
}  # fmt: skip

_BINARY = {
    "add": ("add", _NUMBER), "atan2": ("arctan2", _INEXACT), "bitwise_and": ("bitwise_and", _BITS),
    "bitwise_or": ("bitwise_or", _BITS), "bitwise_xor": ("bitwise_xor", _BITS), "complex": ("complex", _FLOAT),
    "div": ("lax_div", _NUMBER), "eq": ("equal", _ANY), "ge": ("greater_equal", _ANY), "gt": ("greater", _ANY),
    "le": ("less_equal", _ANY), "lt": ("less", _ANY), "max": ("maximum", _ANY), "min": ("minimum", _ANY),
    "mul": ("multiply", _ANY), "ne": ("not_equal", _ANY), "nextafter": ("nextafter", _FLOAT), "rem": ("rem", _NUMBER),
    "shift_left": ("left_shift", _INTEGER), "shift_right_arithmetic": ("shift_right_arithmetic", _INTEGER),
    "shift_right_logical": ("shift_right_logical", _INTEGER), "sub": ("subtract", _NUMBER), "zeta": ("zeta", _FLOAT),
    "polygamma": ("polygamma", _FLOAT),
}  # fmt: skip

__all__ = [
    *_UNARY, *_BINARY, "pow", "integer_pow", "select", "select_n", "clamp", "convert_element_type", "bitcast_convert_type",
    "round", "RoundingMethod", "reduce_precision",
]  # fmt: skip


def _operand(x, name, position):
    if type(x) is Array:
        return x
    if isinstance(x, (list, tuple, str, dict)) or x is None:
        raise TypeError(f"Error interpreting argument to {name} as a JAX value. The problematic value is of type {type(x)} "
                        f"and was passed to {name} at position {position}.")  # fmt: skip
    return leaf(x)


def _check_accepted(name, x, accepted):
    if x._dtype_code not in accepted:
        words = _WORDS.get(frozenset(accepted), "bool and number")
        raise TypeError(f"{name} does not accept dtype {x.dtype.name}. Accepted dtypes are subtypes of {words}.")


def _unary(name, operation, accepted):
    def function(x, accuracy=None):
        x = _operand(x, name, 0)
        _check_accepted(name, x, accepted)
        return operation(x)

    return function


def _binary(name, operation, accepted, similar):
    def function(x, y):
        x, y = _operand(x, name, 0), _operand(y, name, 1)
        if x._dtype_code != y._dtype_code:
            raise TypeError(
                f"lax.{name} requires arguments to have the same dtypes, got {x.dtype.name}, {y.dtype.name}. (Tip: "
                f"jnp.{similar} is a similar function that does automatic type promotion on inputs)."
            )
        if x.ndim != y.ndim and x.ndim and y.ndim:
            raise TypeError(f"{name}: arrays must have the same number of dimensions, got {x.ndim} and {y.ndim}")
        _check_accepted(name, x, accepted)
        return operation(x, y)

    return function


def _define():
    for make, table in ((_unary, _UNARY), (_binary, _BINARY)):
        for name, (target, accepted) in table.items():
            operation = getattr(_core, target)
            extra = (target.removeprefix("lax_"),) if make is _binary else ()
            function = make(name, operation, accepted, *extra)
            function.__name__ = function.__qualname__ = name
            function.__doc__ = operation.__doc__
            globals()[name] = function


_define()


def pow(x, y):
    """x to the power y: floats of one dtype, or a float or complex number to an integer power."""
    return _core.power(_operand(x, "pow", 0), _operand(y, "pow", 1))


def integer_pow(x, y):
    """x to the power of a fixed integer."""
    return _core.integer_pow(_operand(x, "integer_pow", 0), y)


def select(pred, on_true, on_false):
    """Elements of `on_true` where `pred` holds, else of `on_false`."""
    return _core.select(pred, on_true, on_false)


def select_n(which, *cases):
    """Elements of the case whose number `which` holds."""
    return _core.select_n(which, cases)


def clamp(min, x, max):
    """x, not below `min` and not above `max`, which are scalars or of its shape."""
    return _core.clamp(min, x, max)


def convert_element_type(operand, new_dtype):
    """The operand in another dtype."""
    return _core.convert_element_type(operand, _dtypes.code(new_dtype), False)


def bitcast_convert_type(operand, new_dtype):
    """The bits of the operand as another dtype."""
    return _core.bitcast_convert_type(operand, _dtypes.code(new_dtype))


class RoundingMethod(enum.IntEnum):
    """Where `round` puts numbers halfway between two integers."""

    AWAY_FROM_ZERO = 0
    TO_NEAREST_EVEN = 1


def round(x, rounding_method=RoundingMethod.AWAY_FROM_ZERO):
    """The nearest integer."""
    return _core.lax_round(_operand(x, "round", 0), int(RoundingMethod(rounding_method)))


def reduce_precision(operand, exponent_bits, mantissa_bits):
    """The operand rounded to a float format with fewer bits."""
    return _core.reduce_precision(operand, exponent_bits, mantissa_bits)
