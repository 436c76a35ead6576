"""Reductions, cumulative operations and sorting."""

from .. import _core, _dtypes
from .._functions import flatten, leaf, unflatten
from . import _elementwise
from ._shapes import check_dimensions


def reduce_sum(operand, axes, *, out_sharding=None):
    """The sum over axes, in the operand's dtype."""
    operand, axes = leaf(operand), tuple(axes)
    check_dimensions("reduce_sum", axes, operand, ValueError)
    return _core.sum(operand, axes, operand._dtype_code)


def reduce_prod(operand, axes, *, out_sharding=None):
    """The product over axes, in the operand's dtype."""
    operand, axes = leaf(operand), tuple(axes)
    check_dimensions("reduce_prod", axes, operand, ValueError)
    return _core.prod(operand, axes, operand._dtype_code)


def _reduction(name):
    operation = getattr(_core, name)

    def function(operand, axes, *, out_sharding=None):
        return operation(operand, tuple(axes))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = operation.__doc__
    return function


reduce_max, reduce_min = _reduction("reduce_max"), _reduction("reduce_min")
reduce_and, reduce_or, reduce_xor = _reduction("reduce_and"), _reduction("reduce_or"), _reduction("reduce_xor")

# Computations that have reductions of their own.
_MONOIDS = {
    _elementwise.add: reduce_sum, _elementwise.mul: reduce_prod, _elementwise.max: reduce_max, _elementwise.min: reduce_min,
    _elementwise.bitwise_and: reduce_and, _elementwise.bitwise_or: reduce_or, _elementwise.bitwise_xor: reduce_xor,
}  # fmt: skip


def reduce(operands, init_values, computation, dimensions, out_sharding=None):
    """A reduction over axes by an associative function of two trees of scalars, starting from `init_values`."""
    leaves, tree = flatten(operands)
    inits, init_tree = flatten(init_values)
    if tree != init_tree:
        raise ValueError(f"operands and init_values must have the same tree structure, got {tree} and {init_tree}")
    if computation in _MONOIDS and len(leaves) == 1:
        return unflatten(tree, [computation(_MONOIDS[computation](leaves[0], dimensions), leaf(inits[0]))])

    def combine(a, b):
        return flatten(computation(unflatten(tree, a), unflatten(tree, b)))[0]

    axes = sorted({d % leaf(x).ndim for x in leaves for d in dimensions})
    rows = [_rows(leaf(x), axes) for x in leaves]
    while rows and rows[0].shape[0] > 1:
        half = rows[0].shape[0] // 2
        pairs = combine([x[:half] for x in rows], [x[half : 2 * half] for x in rows])
        rows = [_core.concatenate([p, x[2 * half :]], 0) for p, x in zip(pairs, rows)]
    firsts = [_core.full((), init, x._dtype_code) for init, x in zip(inits, rows)]
    return unflatten(tree, combine(firsts, [x[0] for x in rows]) if rows and rows[0].shape[0] else firsts)


def _rows(x, axes):
    """Everything that is reduced along one leading axis."""
    kept = [i for i in range(x.ndim) if i not in axes]
    return _core.reshape(_core.transpose(x, (*axes, *kept)), (-1, *[x.shape[i] for i in kept]))


def argmax(operand, axis, index_dtype):
    """The place of the first maximum along an axis."""
    return _extremum(_core.argmax, operand, axis, index_dtype)


def argmin(operand, axis, index_dtype):
    """The place of the first minimum along an axis."""
    return _extremum(_core.argmin, operand, axis, index_dtype)


def _extremum(operation, operand, axis, index_dtype):
    operand = leaf(operand)
    check_dimensions(operation.__name__, (axis,), operand, ValueError)
    kind = _dtypes.dtype(_dtypes.code(index_dtype)).kind
    if kind not in "iu":
        raise TypeError(f"{operation.__name__}: index_dtype must be an integer type, but got {index_dtype}")
    return _core.astype(operation(operand, axis), _dtypes.code(index_dtype))


def _backwards(operation, operand, axis, reverse):
    operand = leaf(operand)
    check_dimensions(operation.__name__, (axis,), operand, ValueError)
    if not reverse:
        return operation(operand, axis)
    return _core.flip(operation(_core.flip(operand, axis), axis), axis)


def cumsum(operand, axis=0, reverse=False):
    """Running sums along an axis."""
    return _backwards(_core.cumsum, operand, axis, reverse)


def cumprod(operand, axis=0, reverse=False):
    """Running products along an axis."""
    return _backwards(_core.cumprod, operand, axis, reverse)


def cummax(operand, axis=0, reverse=False):
    """Running maxima along an axis."""
    return _core.cummax(operand, axis, reverse)


def cummin(operand, axis=0, reverse=False):
    """Running minima along an axis."""
    return _core.cummin(operand, axis, reverse)


def cumlogsumexp(operand, axis=0, reverse=False):
    """Running values of log(sum(exp)) along an axis."""
    return _core.cumlogsumexp(operand, axis, reverse)


def sort(operand, dimension=-1, is_stable=True, num_keys=1):
    """The operand sorted along an axis; of several operands the first `num_keys` decide."""
    count = len(operand) if isinstance(operand, (tuple, list)) else 1
    if not 1 <= num_keys <= count:
        raise ValueError(f"sort: num_keys={num_keys} must be between 1 and the number of operands, {count}")
    if isinstance(operand, (tuple, list)):
        return tuple(_core.sort_multi(list(operand), dimension, num_keys))
    return _core.sort_multi([operand], dimension, 1)[0]


def sort_key_val(keys, values, dimension=-1, is_stable=True):
    """Keys sorted along an axis, and values in the same order."""
    return tuple(_core.sort_multi([keys, values], dimension, 1))


def top_k(operand, k, *, axis=-1):
    """[the k greatest elements along an axis, their places]"""
    return list(_core.top_k(operand, k, axis))
