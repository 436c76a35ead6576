"""Dtypes: NumPy's objects for the host, the engine's numbers below."""

import numpy as np

from . import _core

try:  # Where it is installed, bfloat16 is a NumPy dtype.
    from ml_dtypes import bfloat16 as _bfloat16

    bfloat16 = np.dtype(_bfloat16)
except ImportError:

    class _BFloat16:
        """Stands for bfloat16 where NumPy has no such type."""

        name = "bfloat16"
        itemsize = 2
        kind = "V"

        def __repr__(self):
            return "dtype(bfloat16)"

        __str__ = lambda self: "bfloat16"

    bfloat16 = _BFloat16()


class _KeyType:
    """The extended dtype of typed random keys."""

    name = "key<fry>"
    itemsize = 8
    kind = "V"

    def __repr__(self):
        return "key<fry>"


key = _KeyType()
float0 = np.dtype([("float0", np.void, 0)])

NAMES = [
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "bfloat16",
    "float32", "float64", "complex64", "complex128", "float0", "key<fry>",
]  # fmt: skip
_TYPES = [
    bfloat16 if name == "bfloat16" else float0 if name == "float0" else key if name == "key<fry>" else np.dtype(name)
    for name in NAMES
]
_CODES = {name: code for code, name in enumerate(NAMES)}
_NARROWED = {"int64": "int32", "uint64": "uint32", "float64": "float32", "complex128": "complex64"}
_PYTHON = {bool: "bool", int: "int64", float: "float64", complex: "complex128"}

ENABLE_X64 = 0


def x64():
    return bool(_core.config_get(ENABLE_X64))


def dtype(code):
    """The host's dtype for an engine number."""
    return _TYPES[code]


def name(kind):
    """The canonical name of anything that denotes a dtype."""
    if isinstance(kind, type) and kind in _PYTHON:
        return _PYTHON[kind]
    if hasattr(kind, "dtype") and not isinstance(kind, (np.dtype, type)):
        kind = kind.dtype
    if isinstance(kind, str):
        return kind if kind in _CODES else np.dtype(kind).name
    if kind is bfloat16 or kind is key:
        return kind.name
    if kind is float0:
        return "float0"
    found = getattr(kind, "__name__", None) if isinstance(kind, type) else None
    if found in _CODES:
        return found
    return np.dtype(kind).name


def code(kind):
    """The engine's number for anything that denotes a dtype; None stays None."""
    if kind is None:
        return None
    try:
        found = name(kind)
        number = _CODES[found]
    except (TypeError, KeyError):
        raise TypeError(f"{kind!r} is not a valid dtype") from None
    if not x64() and found in _NARROWED:
        number = _CODES[_NARROWED[found]]
    return number


def canonical(kind):
    """The dtype that arrays have under the current configuration."""
    return dtype(code(kind))


def full_code(kind):
    """The engine's number of a dtype, 64-bit types included."""
    return _CODES[name(kind)]


def is_dtype(kind):
    """Whether something stands for a dtype rather than for an array."""
    return kind is bfloat16 or kind is key or isinstance(kind, np.dtype) or type(kind).__name__ == "_ScalarType"


_SHORT = {"bool": "bool", "key<fry>": "key<fry>", "float0": "float0", "bfloat16": "bf16"}


def short_name(kind):
    """The name in jaxprs: f32, i8…"""
    found = name(kind)
    if found in _SHORT:
        return _SHORT[found]
    letters = found.rstrip("0123456789")
    return {"int": "i", "uint": "u", "float": "f", "complex": "c"}[letters] + found[len(letters):]
