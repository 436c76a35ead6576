"""Dtypes and constants of `jax.numpy`."""

import builtins
import functools
import types

import numpy as np

from .. import _core, _dtypes
from .._array import asarray
from ..dtypes import issubdtype, promote_types, result_type  # noqa: F401

pi, e, inf, nan, newaxis, euler_gamma = np.pi, np.e, np.inf, np.nan, None, np.euler_gamma
dtype = np.dtype
floating, integer, inexact, complexfloating = np.floating, np.integer, np.inexact, np.complexfloating
number, generic, signedinteger, unsignedinteger = np.number, np.generic, np.signedinteger, np.unsignedinteger


class _ScalarType:
    """A dtype that converts when called, as `jnp.float32(x)`."""

    def __init__(self, dtype):
        self.dtype = dtype
        self.__name__ = dtype.name

    def __call__(self, value=0):
        # NumPy may have no bfloat16 to convert host data to.
        return _core.astype(asarray(value), _dtypes.code(self.dtype)) if self.dtype is _dtypes.bfloat16 else asarray(value, self.dtype)

    def __repr__(self):
        return f"<class 'swiftjax.numpy.{self.__name__}'>"

    def __eq__(self, other):
        try:
            return _dtypes.name(self) == _dtypes.name(other)
        except TypeError:
            return False

    def __hash__(self):
        return hash(self.dtype)


bool_ = _ScalarType(np.dtype(bool))
(int8, int16, int32, int64, uint8, uint16, uint32, uint64, float16, float32, float64, complex64, complex128) = (
    _ScalarType(np.dtype(name))
    for name in "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128".split()
)
bfloat16 = _ScalarType(_dtypes.bfloat16)
single, double, csingle, cdouble = float32, float64, complex64, complex128
int_, uint, float_, complex_ = int64, uint64, float64, complex128
character, flexible, object_, ComplexWarning = np.character, np.flexible, np.object_, np.exceptions.ComplexWarning
iterable, array_repr, array_str = np.iterable, np.array_repr, np.array_str


class _Info(types.SimpleNamespace):
    """What `finfo` gives, in NumPy's words."""

    def __repr__(self):
        limits = ", ".join(f"{name}={float(getattr(self, name)):.6g}" for name in ("resolution", "min", "max"))
        return f"finfo({limits}, dtype={self.dtype.name})"


@functools.cache
def _bfloat16_info():
    """What `finfo` says of bfloat16, which NumPy does not know."""
    number = {
        "eps": 2.0**-7, "epsneg": 2.0**-8, "resolution": 0.01, "max": (2 - 2.0**-7) * 2.0**127,
        "min": -(2 - 2.0**-7) * 2.0**127, "tiny": 2.0**-126, "smallest_normal": 2.0**-126, "smallest_subnormal": 2.0**-133,
    }  # fmt: skip
    return _Info(
        bits=16, nexp=8, nmant=7, maxexp=128, minexp=-126, precision=2, dtype=_dtypes.bfloat16,
        **{name: bfloat16(value) for name, value in number.items()},
    )  # fmt: skip


def finfo(dtype):
    """The limits of a floating-point dtype."""
    kind = _dtypes.name(dtype)
    return _bfloat16_info() if kind == "bfloat16" else np.finfo(kind)


def iinfo(int_type):
    """The limits of an integer dtype."""
    return np.iinfo(_dtypes.name(int_type))


def isdtype(dtype, kind):
    """Whether a dtype is of a kind, of several, or another dtype."""
    if isinstance(kind, tuple):
        return builtins.any(isdtype(dtype, k) for k in kind)
    kinds = {
        "bool": (np.bool_,), "signed integer": (np.signedinteger,), "unsigned integer": (np.unsignedinteger,),
        "integral": (np.integer,), "real floating": (np.floating,), "complex floating": (np.complexfloating,),
        "numeric": (np.number,),
    }  # fmt: skip
    if isinstance(kind, str) and kind in kinds:
        return builtins.any(issubdtype(dtype, k) for k in kinds[kind])
    return _dtypes.name(dtype) == _dtypes.name(kind)


def iscomplexobj(x):
    """Whether an array or scalar has a complex dtype."""
    return issubdtype(asarray(x).dtype, np.complexfloating)


def isrealobj(x):
    """Whether an array or scalar has no complex dtype."""
    return not iscomplexobj(x)


def isscalar(element):
    """Whether an object is a scalar or an array without axes."""
    return np.isscalar(element) or getattr(element, "ndim", None) == 0


def can_cast(from_, to, casting="safe"):
    """Whether NumPy would convert between dtypes."""
    return np.can_cast(_dtypes.name(from_), _dtypes.name(to), casting)
