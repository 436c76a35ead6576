"""Slices, gather and scatter."""

import enum
import functools
import typing

from .. import _core
from .._functions import leaf


class GatherScatterMode(enum.Enum):
    """What happens to indices out of bounds."""

    CLIP = 0
    FILL_OR_DROP = 1
    PROMISE_IN_BOUNDS = 2

    @staticmethod
    def from_any(mode):
        if isinstance(mode, GatherScatterMode):
            return mode
        modes = {None: GatherScatterMode.FILL_OR_DROP, "clip": GatherScatterMode.CLIP, "fill": GatherScatterMode.FILL_OR_DROP,
                 "drop": GatherScatterMode.FILL_OR_DROP, "promise_in_bounds": GatherScatterMode.PROMISE_IN_BOUNDS}  # fmt: skip
        if mode not in modes:
            raise ValueError(f"Unknown gather mode: {mode!r}")
        return modes[mode]


class GatherDimensionNumbers(typing.NamedTuple):
    """How `gather` reads operand, indices and result; see the operation in XLA's documentation."""

    offset_dims: tuple
    collapsed_slice_dims: tuple
    start_index_map: tuple
    operand_batching_dims: tuple = ()
    start_indices_batching_dims: tuple = ()
    mode: typing.Any = None


class ScatterDimensionNumbers(typing.NamedTuple):
    """How `scatter` reads operand, indices and updates; see the operation in XLA's documentation."""

    update_window_dims: typing.Sequence
    inserted_window_dims: typing.Sequence
    scatter_dims_to_operand_dims: typing.Sequence
    operand_batching_dims: typing.Sequence = ()
    scatter_indices_batching_dims: typing.Sequence = ()
    mode: typing.Any = None


def gather(operand, start_indices, dimension_numbers, slice_sizes, *, unique_indices=False, indices_are_sorted=False,
           mode=None, fill_value=None):  # fmt: skip
    """Windows of `slice_sizes` at index vectors, which the last axis of `start_indices` holds.

    Without a mode, windows that are not wholly inside give `fill_value` (NaN, or the least integer, by default).
    """
    d = dimension_numbers
    parsed = GatherScatterMode.from_any(mode)
    read = functools.partial(_core.gather, operand, start_indices, d.offset_dims, d.collapsed_slice_dims, d.start_index_map,
                             d.operand_batching_dims, d.start_indices_batching_dims, slice_sizes)  # fmt: skip
    result = read(parsed.value, indices_are_sorted, unique_indices)
    if fill_value is None or parsed is not GatherScatterMode.FILL_OR_DROP:
        return result
    # Where ones read as ones, the window was inside.
    operand = leaf(operand)
    ones = _core.full(operand.shape, 1, _FLOAT32)
    inside = _core.equal(_core.gather(ones, *read.args[1:], parsed.value, indices_are_sorted, unique_indices), 1)
    return _core.where(inside, result, _core.full((), fill_value, operand._dtype_code))


_FLOAT32 = 11


def _scatter(operation):
    def function(operand, scatter_indices, updates, dimension_numbers, *, indices_are_sorted=False, unique_indices=False, mode=None):
        d = dimension_numbers
        return operation(
            operand, scatter_indices, updates, d.update_window_dims, d.inserted_window_dims, d.scatter_dims_to_operand_dims,
            d.operand_batching_dims, d.scatter_indices_batching_dims, GatherScatterMode.from_any(mode).value,
            indices_are_sorted, unique_indices)  # fmt: skip

    function.__name__ = function.__qualname__ = operation.__name__
    return function


scatter = _scatter(_core.scatter)
scatter_add = _scatter(_core.scatter_add)
scatter_sub = _scatter(_core.scatter_sub)
scatter_mul = _scatter(_core.scatter_mul)
scatter_min = _scatter(_core.scatter_min)
scatter_max = _scatter(_core.scatter_max)


def _window_sizes(operand, update_shape, d):
    """The sizes of a window: those of the updates on window axes, 1 on the others."""
    given = iter([update_shape[i] for i in d.update_window_dims])
    removed = {*d.inserted_window_dims, *d.operand_batching_dims}
    return [1 if axis in removed else next(given) for axis in range(operand.ndim)]


def scatter_apply(operand, scatter_indices, func, dimension_numbers, *, update_shape=(), indices_are_sorted=False,
                  unique_indices=False, mode=None):  # fmt: skip
    """The operand with `func` of the windows at index vectors in their place."""
    operand, scatter_indices = leaf(operand), leaf(scatter_indices)
    d = dimension_numbers
    numbers = GatherDimensionNumbers(
        tuple(d.update_window_dims), tuple(d.inserted_window_dims), tuple(d.scatter_dims_to_operand_dims),
        tuple(d.operand_batching_dims), tuple(d.scatter_indices_batching_dims))  # fmt: skip
    sizes = _window_sizes(operand, update_shape, d)
    windows = gather(operand, scatter_indices, numbers, sizes, mode="clip")
    return scatter(operand, scatter_indices, func(windows), d, indices_are_sorted=indices_are_sorted,
                   unique_indices=unique_indices, mode=mode)  # fmt: skip


def index_take(src, idxs, axes):
    """Elements of `src` at one array of indices for each of `axes`."""
    src = leaf(src)
    idxs = [leaf(i) for i in idxs]
    indices = _core.stack(idxs, -1) if idxs else None
    rank = indices.ndim - 1
    numbers = GatherDimensionNumbers(tuple(range(rank, rank + src.ndim - len(axes))), tuple(axes), tuple(axes))
    sizes = [1 if axis in axes else n for axis, n in enumerate(src.shape)]
    return gather(src, indices, numbers, sizes, mode="clip")


# --- Slices ---------------------------------------------------------------------


def slice(operand, start_indices, limit_indices, strides=None):  # noqa: A001
    """The elements from start up to limit, not included, in steps."""
    return _core.slice(operand, tuple(start_indices), tuple(limit_indices), None if strides is None else tuple(strides))


def _axis(operand, axis):
    if not -operand.ndim <= axis < operand.ndim:
        raise ValueError(f"axis {axis} is out of bounds for array of dimension {operand.ndim}")
    return axis % operand.ndim


def slice_in_dim(operand, start_index, limit_index, stride=1, axis=0):
    """As `slice` along one axis; None and negative numbers as Python's slices have them."""
    operand = leaf(operand)
    axis = _axis(operand, axis)
    size = operand.shape[axis]
    start = 0 if start_index is None else int(start_index)
    limit = size if limit_index is None else int(limit_index)
    start, limit = (i + size if i < 0 else i for i in (start, limit))
    starts, limits, strides = [0] * operand.ndim, list(operand.shape), [1] * operand.ndim
    starts[axis], limits[axis], strides[axis] = start, limit, stride
    return _core.slice(operand, starts, limits, strides)


def index_in_dim(operand, index, axis=0, keepdims=True):
    """One index of an axis."""
    operand = leaf(operand)
    axis = _axis(operand, axis)
    size = operand.shape[axis]
    place = index + size if index < 0 else index
    if not 0 <= place < size:
        raise IndexError(f"index {index} is out of bounds for axis {axis} with size {size}")
    result = slice_in_dim(operand, place, place + 1, 1, axis)
    return result if keepdims else _core.squeeze(result, (axis,))


def dynamic_slice(operand, start_indices, slice_sizes):
    """A slice of fixed sizes at computed starts, moved so that it lies inside."""
    return _core.dynamic_slice(operand, _scalars(start_indices), tuple(slice_sizes))


def dynamic_update_slice(operand, update, start_indices):
    """The operand with `update` in place of a slice at computed starts."""
    return _core.dynamic_update_slice(operand, update, _scalars(start_indices))


def _scalars(starts):
    if isinstance(starts, (list, tuple)):
        return [leaf(i) for i in starts]
    starts = leaf(starts)
    return [starts] if starts.ndim == 0 else [starts[i] for i in range(starts.shape[0])]


def _starts(operand, start, axis):
    start = leaf(start)
    zero = _core.full((), 0, start._dtype_code)
    return [start if i == axis else zero for i in range(operand.ndim)]


def dynamic_slice_in_dim(operand, start_index, slice_size, axis=0):
    """As `dynamic_slice` along one axis; a negative start counts from the end."""
    operand = leaf(operand)
    axis = _axis(operand, axis)
    sizes = list(operand.shape)
    sizes[axis] = slice_size
    return _core.dynamic_slice(operand, _starts(operand, _from_end(operand, start_index, axis), axis), sizes)


def _from_end(operand, index, axis):
    index = leaf(index)
    return _core.where(_core.less(index, 0), _core.add(index, operand.shape[axis]), index)


def dynamic_index_in_dim(operand, index, axis=0, keepdims=True):
    """One computed index of an axis."""
    operand = leaf(operand)
    result = dynamic_slice_in_dim(operand, index, 1, axis)
    return result if keepdims else _core.squeeze(result, (_axis(operand, axis),))


def dynamic_update_slice_in_dim(operand, update, start_index, axis):
    """As `dynamic_update_slice` along one axis; a negative start counts from the end."""
    operand = leaf(operand)
    axis = _axis(operand, axis)
    return _core.dynamic_update_slice(operand, update, _starts(operand, _from_end(operand, start_index, axis), axis))


def dynamic_update_index_in_dim(operand, update, index, axis):
    """The operand with `update` at one computed index of an axis."""
    operand, update = leaf(operand), leaf(update)
    axis = _axis(operand, axis)
    if update.ndim != operand.ndim:
        update = _core.expand_dims(update, (axis,))
    return dynamic_update_slice_in_dim(operand, update, index, axis)
