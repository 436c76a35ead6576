"""Shapes: reshaping, joining, splitting, padding, repeating."""

import operator

import numpy as np

from .. import _core, _dtypes
from .._array import Array, asarray
from .._declare import declare, shape as _shape

declare(
    globals(),
    """
    append(arr, values, axis=None) = core.append(asarray(arr), asarray(values), axis)
    broadcast_to(array, shape) = core.broadcast_to(array, shape_of(shape))
    column_stack(tup) = core.column_stack(arrays(tup))
    concatenate(arrays, axis=0, dtype=None) = core.concatenate(array_list(arrays), axis, code(dtype))
    dstack(tup, dtype=None) = core.dstack(arrays(tup), code(dtype))
    expand_dims(a, axis) = core.expand_dims(a, axis)
    flip(m, axis=None) = core.flip(m, axis)
    fliplr(m) = core.flip(m, 1)
    flipud(m) = core.flip(m, 0)
    hstack(tup, dtype=None) = core.hstack(arrays(tup), code(dtype))
    matrix_transpose(x, /) = core.swapaxes(x, -1, -2)
    moveaxis(a, source, destination) = core.moveaxis(a, source, destination)
    repeat(a, repeats, axis=None, *, total_repeat_length=None) = core.repeat(a, asarray(repeats), axis, total_repeat_length)
    resize(a, new_shape) = core.resize(a, shape(new_shape))
    roll(a, shift, axis=None) = core.roll(a, asarray(shift), axis)
    rollaxis(a, axis, start=0) = core.rollaxis(a, axis, start)
    rot90(m, k=1, axes=(0, 1)) = core.rot90(m, k, axes)
    squeeze(a, axis=None) = core.squeeze(a, axis)
    stack(arrays, axis=0, out=None, dtype=None) = core.stack(array_list(arrays), axis, code(dtype))
    swapaxes(a, axis1, axis2) = core.swapaxes(a, axis1, axis2)
    tile(A, reps) = core.tile(A, shape(reps))
    transpose(a, axes=None) = core.transpose(a, axes)
    trim_zeros(filt, trim='fb') = core.trim_zeros(asarray(filt), trim)
    unstack(x, /, *, axis=0) = tuple(core.unstack(x, axis))
    vstack(tup, dtype=None) = core.vstack(arrays(tup), code(dtype))
    """,
)
permute_dims = transpose  # noqa: F821


def concat(arrays, /, *, axis=0):
    """Arrays one after the other along an axis."""
    return concatenate(arrays, axis)  # noqa: F821


def reshape(a, shape, order="C", *, copy=None):
    """The same elements in another shape; one size may be -1. Order F counts the first axis fastest."""
    if order == "C":
        return _core.reshape(a, _shape(shape))
    if order != "F":
        raise ValueError(f"Unexpected value for 'order' argument: {order}.")
    return _core.transpose(_core.reshape(_core.transpose(a), _shape(shape)[::-1]))


def ravel(a, order="C"):
    """The elements as a vector."""
    return _core.ravel(a) if order == "C" else reshape(a, -1, order)


def broadcast_arrays(*args):
    return _core.broadcast_arrays([asarray(a) for a in args])


def broadcast_shapes(*shapes):
    """The shape that arrays of these shapes broadcast to."""
    return np.broadcast_shapes(*map(_shape, shapes))


def _atleast(rank):
    def function(*arys):
        results = [_core.atleast(asarray(a), rank) for a in arys]
        return results[0] if len(results) == 1 else results

    function.__name__ = function.__qualname__ = f"atleast_{rank}d"
    function.__doc__ = f"Arrays with at least {rank} axes."
    return function


atleast_1d, atleast_2d, atleast_3d = map(_atleast, (1, 2, 3))


def split(ary, indices_or_sections, axis=0):
    """Parts along an axis: equal ones, or cut at the given positions."""
    if np.ndim(indices_or_sections) == 0:
        return _core.split(ary, operator.index(indices_or_sections), axis)
    return _core.split_at(ary, _shape(indices_or_sections), axis)


def array_split(ary, indices_or_sections, axis=0):
    """Parts along an axis of as equal sizes as possible, or cut at the given positions."""
    if np.ndim(indices_or_sections) == 0:
        return _core.array_split(ary, operator.index(indices_or_sections), axis)
    return _core.split_at(ary, _shape(indices_or_sections), axis)


def vsplit(ary, indices_or_sections):
    """`split` along axis 0."""
    return split(ary, indices_or_sections, 0)


def hsplit(ary, indices_or_sections):
    """`split` along axis 1, or 0 of a vector."""
    return split(ary, indices_or_sections, min(asarray(ary).ndim - 1, 1))


def dsplit(ary, indices_or_sections):
    """`split` along axis 2."""
    return split(ary, indices_or_sections, 2)


def block(arrays):
    """An array of nested lists of blocks: the innermost lists along the last axis."""

    def depth(item):
        return 1 + depth(item[0]) if isinstance(item, list) else 0

    def join(item, axis):
        if not isinstance(item, list):
            return item
        parts = [join(part, axis + 1) for part in item]
        rank = max(-axis, *(part.ndim for part in parts))
        return _core.concatenate([_core.reshape(p, (1,) * (rank - p.ndim) + p.shape) for p in parts], axis)

    def converted(item):
        if isinstance(item, tuple):
            raise ValueError("jax.numpy.block() does not accept tuples; use lists")
        return [converted(part) for part in item] if isinstance(item, list) else _core.atleast(asarray(item), 1)

    return join(converted(arrays), -depth(arrays))


def _pairs(width):
    """Widths as the engine takes them: one number, a pair, or a pair for each axis, in one row."""
    return tuple(int(n) for n in np.ravel(width))


def pad(array, pad_width, mode="constant", **kwargs):
    array = asarray(array)
    if callable(mode):
        raise NotImplementedError("pad with a function as its mode")
    if isinstance(pad_width, dict):
        pad_width = [pad_width.get(i, pad_width.get(i - array.ndim, (0, 0))) for i in range(array.ndim)]
        pad_width = [(w, w) if np.ndim(w) == 0 else w for w in pad_width]
    known = {"constant": "constant_values", "linear_ramp": "end_values", "reflect": "reflect_type", "symmetric": "reflect_type"}
    allowed = known.get(mode, "stat_length")
    for name in kwargs:
        if name != allowed:
            raise ValueError(f"unsupported keyword arguments for mode '{mode}': {{'{name}'}}")
    values = kwargs.get("constant_values", kwargs.get("end_values"))
    stat_length = kwargs.get("stat_length")
    odd = kwargs.get("reflect_type", "even") == "odd"
    widths = _pairs(pad_width)
    if array.ndim == 1 and len(widths) == 1 and np.ndim(pad_width) < 2:
        widths *= 2
    return _core.pad(
        array, widths, mode, None if values is None else asarray(values),
        None if stat_length is None else _pairs(stat_length), odd,
    )  # fmt: skip


pad.__doc__ = _core.pad.__doc__


def _positions(obj, size):
    """Positions along an axis from an integer, a slice, a mask or integers."""
    if isinstance(obj, slice):
        return range(*obj.indices(size))
    obj = np.asarray(obj)
    return np.flatnonzero(obj) if obj.dtype == bool else np.ravel(obj)


def delete(arr, obj, axis=None, *, assume_unique_indices=False):
    arr = asarray(arr)
    return _core.delete_at(arr, _shape(_positions(obj, arr.size if axis is None else arr.shape[axis])), axis)


def insert(arr, obj, values, axis=None):
    arr = asarray(arr)
    places = _positions(obj, arr.size if axis is None else arr.shape[axis])
    is_block = not isinstance(obj, slice) and np.ndim(obj) == 0
    return _core.insert(arr, _shape(places), asarray(values), is_block, axis)


delete.__doc__, insert.__doc__ = _core.delete_at.__doc__, _core.insert.__doc__


def astype(x, dtype, /, *, copy=False):
    return _core.astype(x, _dtypes.code(dtype))


def shape(a):
    """The sizes of an array's axes."""
    return a.shape if type(a) is Array else asarray(a).shape


def ndim(a):
    """The number of axes."""
    return a.ndim if type(a) is Array else asarray(a).ndim


def size(a, axis=None):
    """The number of elements, or those along axes."""
    sizes = shape(a)
    axes = range(len(sizes)) if axis is None else _shape(axis)
    return int(np.prod([sizes[i] for i in axes], dtype=int))
