"""`jax.dtypes`."""

import numpy as np

from . import _core, _dtypes
from ._array import asarray
from ._dtypes import bfloat16, canonical as canonicalize_dtype, float0  # noqa: F401


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


class extended(np.generic):
    """The class of dtypes beyond NumPy's."""


class prng_key(extended):
    """The class of random keys' dtypes."""


class _key(prng_key):
    """The dtype of the one kind of keys, as a class."""


class _bfloat16(np.floating):
    """bfloat16 as a class."""


_CLASSES = {"bfloat16": _bfloat16, "key<fry>": _key, "float0": np.void}


def _class(kind):
    """The class in NumPy's hierarchy of something that stands for a dtype, or for a class of dtypes."""
    if isinstance(kind, type) and issubclass(kind, np.generic) and kind.__name__ not in _dtypes.NAMES:
        return kind
    name = _dtypes.name(kind)
    return _CLASSES.get(name) or np.dtype(name).type


def issubdtype(a, b):
    """Whether a dtype is another, or belongs to a class of dtypes: bfloat16 is floating, keys are extended."""
    return issubclass(_class(a), _class(b))
