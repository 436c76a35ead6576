"""`jax.nn.initializers`: functions of a key, a shape and a dtype that make weights."""

from .. import _core, _dtypes
from .. import random as _random
from .._array import asarray
from .._declare import shape as _shape


def variance_scaling(scale, mode, distribution, in_axis=-2, out_axis=-1, batch_axis=(), dtype=None):
    """Random weights whose variance is the scale over the number of inputs, outputs, or their average."""
    default, axes = dtype, [_shape(axis) for axis in (in_axis, out_axis, batch_axis)]

    def init(key, shape, dtype=None, out_sharding=None):
        code = _dtypes.code(default if dtype is None else dtype)
        return _core.nn_variance_scaling(key, _shape(shape), float(scale), mode, distribution, *axes, code)

    return init


def _scaled(name, scale, mode, distribution):
    """An initializer of a fixed scale, mode and distribution."""

    def make(in_axis=-2, out_axis=-1, batch_axis=(), dtype=None):
        return variance_scaling(scale, mode, distribution, in_axis, out_axis, batch_axis, dtype)

    make.__name__ = make.__qualname__ = name
    make.__doc__ = f"variance_scaling({scale}, {mode!r}, {distribution!r})."
    return make


glorot_normal = xavier_normal = _scaled("glorot_normal", 1.0, "fan_avg", "truncated_normal")
glorot_uniform = xavier_uniform = _scaled("glorot_uniform", 1.0, "fan_avg", "uniform")
he_normal = kaiming_normal = _scaled("he_normal", 2.0, "fan_in", "truncated_normal")
he_uniform = kaiming_uniform = _scaled("he_uniform", 2.0, "fan_in", "uniform")
lecun_normal = _scaled("lecun_normal", 1.0, "fan_in", "truncated_normal")
lecun_uniform = _scaled("lecun_uniform", 1.0, "fan_in", "uniform")


def _drawn(default, draw):
    """An initializer from a function of key, shape and dtype."""

    def init(key, shape, dtype=None, out_sharding=None):
        return draw(key, shape, default if dtype is None else dtype)

    return init


def normal(stddev=0.01, dtype=None):
    """Normal weights of a standard deviation."""
    return _drawn(dtype, lambda key, shape, dtype: _random.normal(key, shape, dtype) * stddev)


def uniform(scale=0.01, dtype=None):
    """Weights uniform in [0, scale)."""
    return _drawn(dtype, lambda key, shape, dtype: _random.uniform(key, shape, dtype) * scale)


def truncated_normal(stddev=0.01, dtype=None, lower=-2.0, upper=2.0):
    """Normal weights of a standard deviation, none beyond the bounds."""

    def draw(key, shape, dtype):
        # The deviation of what is left of standard normal numbers.
        return _random.truncated_normal(key, lower, upper, shape, dtype) * stddev

    return _drawn(dtype, draw)


def constant(value, dtype=None):
    """Weights that all have one value."""
    return _drawn(dtype, lambda key, shape, dtype: _core.full(_shape(shape), asarray(value), _dtypes.code(dtype or float)))


def zeros(key, shape, dtype=None, out_sharding=None):
    """Weights that are 0."""
    return _core.zeros(_shape(shape), _dtypes.code(dtype))


def ones(key, shape, dtype=None, out_sharding=None):
    """Weights that are 1."""
    return _core.ones(_shape(shape), _dtypes.code(dtype))
