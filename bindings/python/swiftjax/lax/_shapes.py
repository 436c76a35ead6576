"""Operations that move elements, make arrays, and multiply them."""

import math
import operator

from .. import _core, _dtypes
from .._functions import leaf


def check_dimensions(what, dimensions, operand, kind=TypeError):
    """`lax` counts no axes from the end."""
    for dimension in dimensions:
        if not 0 <= operator.index(dimension) < operand.ndim:
            raise kind(f"{what}: dimension {dimension} is out of bounds for shape {operand.shape}")


def full(shape, fill_value, dtype=None, *, sharding=None):
    """An array of one value."""
    return _core.full(tuple(shape), fill_value, _dtypes.code(dtype))


def full_like(x, fill_value, dtype=None, shape=None, *, sharding=None):
    """One value in the shape and dtype of x, unless others are given."""
    x = leaf(x)
    return _core.full(x.shape if shape is None else tuple(shape), fill_value, x._dtype_code if dtype is None else _dtypes.code(dtype))


def iota(dtype, size):
    """0, 1, … size - 1."""
    return _core.iota(_dtypes.code(dtype), (size,), 0)


def broadcasted_iota(dtype, shape, dimension):
    """0, 1, … along one axis of a shape."""
    return _core.iota(_dtypes.code(dtype), tuple(shape), dimension)


def broadcast_in_dim(operand, shape, broadcast_dimensions):
    """The operand's axis i as axis `broadcast_dimensions[i]` of the shape."""
    return _core.broadcast_in_dim(operand, tuple(shape), tuple(broadcast_dimensions))


def broadcast(operand, sizes, *, out_sharding=None):
    """The operand with new leading axes."""
    operand, sizes = leaf(operand), tuple(sizes)
    return _core.broadcast_in_dim(operand, sizes + operand.shape, tuple(range(len(sizes), len(sizes) + operand.ndim)))


def broadcast_to_rank(x, rank):
    """The array with leading axes of size 1, up to a rank."""
    x = leaf(x)
    return _core.expand_dims(x, tuple(range(rank - x.ndim))) if rank > x.ndim else x


def broadcast_shapes(*shapes):
    """The shape that arrays of some shapes are broadcast to."""
    rank = max(map(len, shapes), default=0)
    columns = zip(*[(1,) * (rank - len(shape)) + tuple(shape) for shape in shapes])
    result = []
    for sizes in columns:
        wide = {n for n in sizes if n != 1}
        if len(wide) > 1:
            raise ValueError(f"Incompatible shapes for broadcasting: shapes={list(map(tuple, shapes))}")
        result.append(wide.pop() if wide else 1)
    return tuple(result)


def reshape(operand, new_sizes, dimensions=None, *, out_sharding=None):
    """The same elements in another shape, after a transposition if `dimensions` are given."""
    operand, new_sizes = leaf(operand), tuple(new_sizes)
    if any(n < 0 for n in new_sizes):
        raise TypeError(f"reshape new_sizes must all be positive, got {new_sizes}.")
    if math.prod(new_sizes) != operand.size:
        raise ValueError(f"reshape: {operand.aval} has {operand.size} elements, and new_sizes {new_sizes} has {math.prod(new_sizes)}")
    operand = operand if dimensions is None else _core.transpose(operand, tuple(dimensions))
    return _core.reshape(operand, tuple(new_sizes))


def collapse(operand, start_dimension, stop_dimension=None):
    """The axes from `start_dimension` up to `stop_dimension`, not included, made one."""
    shape = leaf(operand).shape
    start, stop, _ = slice(start_dimension, stop_dimension).indices(len(shape))
    return _core.reshape(operand, (*shape[:start], math.prod(shape[start:stop]), *shape[stop:]))


def squeeze(array, dimensions):
    """The array without some axes of size 1."""
    return _core.squeeze(array, tuple(dimensions))


def expand_dims(array, dimensions):
    """The array with new axes of size 1."""
    return _core.expand_dims(array, tuple(dimensions))


def transpose(operand, permutation):
    """The axes in another order."""
    return _core.transpose(operand, tuple(permutation))


def rev(operand, dimensions):
    """The operand, some axes backwards."""
    operand, dimensions = leaf(operand), tuple(dimensions)
    check_dimensions("rev", dimensions, operand)
    return _core.flip(operand, dimensions)


def concatenate(operands, dimension):
    """Arrays of one dtype one after the other along an axis."""
    operands = [leaf(x) for x in operands]
    dtypes = [x.dtype for x in operands]
    if any(dtype != dtypes[0] for dtype in dtypes):
        names = ", ".join(str(dtype) for dtype in dtypes)
        raise TypeError(f"lax.concatenate requires arguments to have the same dtypes, got {names}. Convert one of them with astype.")
    for x in operands:
        check_dimensions("concatenate", (dimension,), x)
    return _core.concatenate(operands, dimension)


def split(operand, sizes, axis=0):
    """Pieces of given sizes along an axis."""
    operand = leaf(operand)
    axis = operator.index(axis) % max(operand.ndim, 1)
    if sum(sizes) != operand.shape[axis]:
        raise ValueError(f"split: sizes {tuple(sizes)} do not sum to the size {operand.shape[axis]} of axis {axis}")
    from ._slicing import slice_in_dim

    pieces, start = [], 0
    for size in sizes:
        pieces.append(slice_in_dim(operand, start, start + size, axis=axis))
        start += size
    return pieces


def pad(operand, padding_value, padding_config):
    """Padding (low, high, interior) on each axis; negative low and high crop."""
    return _core.pad_lax(operand, padding_value, [n for triple in padding_config for n in triple])


def dot_general(lhs, rhs, dimension_numbers, precision=None, preferred_element_type=None, *, out_sharding=None):
    """The product over contracting axes, for each index of batch axes: ((lhs, rhs contracting), (lhs, rhs batch))."""
    (lhs_contracting, rhs_contracting), (lhs_batch, rhs_batch) = dimension_numbers
    return _core.dot_general(
        lhs, rhs, tuple(lhs_contracting), tuple(rhs_contracting), tuple(lhs_batch), tuple(rhs_batch),
        _dtypes.code(preferred_element_type))  # fmt: skip


def dot(lhs, rhs, *, dimension_numbers=None, precision=None, preferred_element_type=None, out_sharding=None):
    """Vector and matrix products."""
    if dimension_numbers is not None:
        return dot_general(lhs, rhs, dimension_numbers, precision, preferred_element_type)
    lhs, rhs = leaf(lhs), leaf(rhs)
    if not (0 < lhs.ndim < 3 and 0 < rhs.ndim < 3 and lhs.shape[-1] == rhs.shape[0]):
        raise ValueError(
            "jax.lax.dot: dimension_numbers must be specified when not performing simple un-batched matrix-matrix, matrix-vector, "
            f"or vector-vector products; got lhs_shape={lhs.shape} rhs_shape={rhs.shape}"
        )
    return dot_general(lhs, rhs, (((lhs.ndim - 1,), (0,)), ((), ())), precision, preferred_element_type)


def batch_matmul(lhs, rhs, precision=None):
    """Matrix products for each index of the leading axes."""
    lhs, rhs = leaf(lhs), leaf(rhs)
    if lhs.ndim < 2 or lhs.ndim != rhs.ndim:
        raise ValueError(f"Arguments to batch_matmul must be at least 2D and of one rank, got {lhs.ndim}, {rhs.ndim}")
    batch = tuple(range(lhs.ndim - 2))
    return dot_general(lhs, rhs, (((lhs.ndim - 1,), (rhs.ndim - 2,)), (batch, batch)))
