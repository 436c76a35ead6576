"""`jax.random`: random numbers as pure functions of keys."""

import numpy as np

from . import _core, _dtypes
from ._array import asarray


def _shape(shape):
    return (shape,) if isinstance(shape, int) else tuple(shape)


def PRNGKey(seed):
    return _core.random_prng_key(seed)


def key(seed):
    return _core.random_key(seed)


def key_data(keys):
    return _core.random_key_data(keys)


def wrap_key_data(data):
    return _core.random_wrap_key_data(data)


def split(key, num=2):
    return _core.random_split(key, _shape(num))


def clone(key):
    return key


def fold_in(key, data):
    if isinstance(data, int):
        # The engine takes uint32 data; larger ones wrap, as in JAX.
        data = asarray(np.uint32(data & 0xFFFFFFFF))
    return _core.random_fold_in(key, data)


def bits(key, shape=(), dtype=None):
    return _core.random_bits(key, _shape(shape), _dtypes.code(dtype))


def uniform(key, shape=(), dtype=float, minval=0.0, maxval=1.0):
    return _core.random_uniform(key, _shape(shape), _dtypes.code(dtype), minval, maxval)


def normal(key, shape=(), dtype=float):
    return _core.random_normal(key, _shape(shape), _dtypes.code(dtype))


def randint(key, shape, minval, maxval, dtype=int):
    return _core.random_randint(key, _shape(shape), minval, maxval, _dtypes.code(dtype))


def bernoulli(key, p=0.5, shape=None):
    return _core.random_bernoulli(key, p, None if shape is None else _shape(shape))


def gumbel(key, shape=(), dtype=float):
    return _core.random_gumbel(key, _shape(shape), _dtypes.code(dtype))


def exponential(key, shape=(), dtype=float):
    return _core.random_exponential(key, _shape(shape), _dtypes.code(dtype))


def categorical(key, logits, axis=-1, shape=None, replace=True):
    return _core.random_categorical(key, logits, axis, None if shape is None else _shape(shape), replace)


def permutation(key, x, axis=0, independent=False):
    if isinstance(x, int):
        return _core.random_permutation_range(key, x)
    if getattr(x, "shape", None) == ():
        return _core.random_permutation_range(key, int(x))
    return _core.random_permutation(key, x, axis, independent)


def choice(key, a, shape=(), replace=True, p=None, axis=0):
    if isinstance(a, int):
        return _core.random_choice_range(key, a, _shape(shape), replace, p)
    if getattr(a, "shape", None) == ():
        return _core.random_choice_range(key, int(a), _shape(shape), replace, p)
    return _core.random_choice(key, a, _shape(shape), replace, p, axis)
