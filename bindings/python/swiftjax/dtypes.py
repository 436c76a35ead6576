"""`jax.dtypes`."""

import numpy as np

from . import _core, _dtypes
from ._array import asarray
from ._dtypes import bfloat16, canonical as canonicalize_dtype, float0  # noqa: F401
from ._dtypes import key as prng_key  # noqa: F401


def _example(item):
    """(dtype, weak) of a dtype, a Python scalar or its type, or anything array-like."""
    if isinstance(item, type) and item in (bool, int, float, complex):
        item = item(0)
    if isinstance(item, (bool, int, float, complex)) and not isinstance(item, np.generic):
        return _core.scalar(item)
    if isinstance(item, (str, type, np.dtype)) or _dtypes.is_dtype(item):
        return _core.shape_dtype_struct((), _dtypes.full_code(item))
    return asarray(item)


def result_type(*args, return_weak_type_flag=False):
    """The dtype that operations on arrays, scalars and dtypes promote to."""
    if not args:
        raise ValueError("at least one array or dtype is required")
    code, weak = _core.result_type([_example(item) for item in args])
    dtype = _dtypes.canonical(_dtypes.dtype(code))
    return (dtype, weak) if return_weak_type_flag else dtype


def promote_types(a, b):
    """The least dtype of JAX's lattice that both give way to; 64-bit types are what they are."""
    return _dtypes.dtype(_core.promote_types(_dtypes.full_code(a), _dtypes.full_code(b)))


def issubdtype(a, b):
    """Whether a dtype is one of a kind, bfloat16 being floating and keys extended."""
    if b is prng_key_kind or b is extended:
        return a is prng_key
    if a is prng_key:
        return False
    name = _dtypes.name(a) if not (isinstance(a, type) and issubclass(a, np.generic)) else None
    if name == "bfloat16":
        return b in (np.floating, np.inexact, np.number, np.generic) or _dtypes.is_dtype(b) and _dtypes.name(b) == "bfloat16"
    return np.issubdtype(a if name is None else np.dtype(name) if name != "float0" else np.void, b)


class extended:
    """The kind of dtypes beyond NumPy's."""


class prng_key_kind(extended):
    """The kind of random keys' dtypes."""
