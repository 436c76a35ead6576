"""Convolutions and windows of `jax.lax`."""

from typing import NamedTuple

import numpy as np

from .. import _core, _dtypes
from .._array import asarray

_SPATIAL = "DHWXYZ"


class ConvDimensionNumbers(NamedTuple):
    """The axes of operand, kernel and result as (batch or output, feature, spatial…)."""

    lhs_spec: tuple
    rhs_spec: tuple
    out_spec: tuple


def conv_dimension_numbers(lhs_shape, rhs_shape, dimension_numbers):
    """`ConvDimensionNumbers` from three layouts such as ('NHWC', 'HWIO', 'NHWC')."""
    if isinstance(dimension_numbers, ConvDimensionNumbers):
        return dimension_numbers
    rank = len(lhs_shape)
    if dimension_numbers is None:
        return ConvDimensionNumbers(*(tuple(range(rank)) for _ in range(3)))
    lhs, rhs, out = dimension_numbers
    order = [letter for letter in lhs if letter not in "NC"]
    return ConvDimensionNumbers(
        tuple(map(lhs.index, ["N", "C", *order])), tuple(map(rhs.index, ["O", "I", *order])),
        tuple(map(out.index, ["N", "C", *order])),
    )  # fmt: skip


def _layout(spec, features):
    """Axes as the engine's letters."""
    letters = [None] * len(spec)
    for axis, letter in zip(spec, features + _SPATIAL):
        letters[axis] = letter
    return "".join(letters)


def _padding(padding):
    """Pairs in a row, or a name."""
    if isinstance(padding, str):
        return None, padding.upper()
    return tuple(int(n) for pair in padding for n in pair), None


def conv_general_dilated(
    lhs, rhs, window_strides, padding, lhs_dilation=None, rhs_dilation=None, dimension_numbers=None, feature_group_count=1,
    batch_group_count=1, precision=None, preferred_element_type=None, out_sharding=None,
):  # fmt: skip
    lhs, rhs = asarray(lhs), asarray(rhs)
    numbers = conv_dimension_numbers(lhs.shape, rhs.shape, dimension_numbers)
    layouts = _layout(numbers.lhs_spec, "NC"), _layout(numbers.rhs_spec, "OI"), _layout(numbers.out_spec, "NC")
    return _core.conv_general_dilated(
        lhs, rhs, tuple(window_strides), *_padding(padding), lhs_dilation, rhs_dilation, *layouts, feature_group_count,
        batch_group_count, _dtypes.code(preferred_element_type),
    )  # fmt: skip


conv_general_dilated.__doc__ = _core.conv_general_dilated.__doc__


def conv_with_general_padding(lhs, rhs, window_strides, padding, lhs_dilation, rhs_dilation, precision=None, preferred_element_type=None):
    """`conv_general_dilated` with the default layout."""
    return conv_general_dilated(
        lhs, rhs, window_strides, padding, lhs_dilation, rhs_dilation, precision=precision,
        preferred_element_type=preferred_element_type,
    )  # fmt: skip


def conv(lhs, rhs, window_strides, padding, precision=None, preferred_element_type=None):
    """`conv_general_dilated` with the default layout and no dilation."""
    return conv_general_dilated(lhs, rhs, window_strides, padding, preferred_element_type=preferred_element_type)


_REDUCTIONS = {"add": "add", "multiply": "mul", "mul": "mul", "maximum": "max", "max": "max", "minimum": "min", "min": "min"}


def reduce_window(
    operand, init_value, computation, window_dimensions, window_strides, padding, base_dilation=None, window_dilation=None
):  # fmt: skip
    operand = asarray(operand)
    name = _REDUCTIONS.get(getattr(computation, "__name__", None))
    if name is None:
        raise NotImplementedError("reduce_window: the computation has to be add, mul, max or min of lax or jnp")
    if np.ndim(window_dimensions) == 0:
        raise TypeError("reduce_window: window_dimensions must be a sequence")
    initial = _core.astype(asarray(init_value), _dtypes.code(operand.dtype))
    return _core.reduce_window(
        operand, initial, name, tuple(window_dimensions), window_strides, *_padding(padding), base_dilation, window_dilation
    )


reduce_window.__doc__ = _core.reduce_window.__doc__
