"""`jax.lax`: the operations beneath `numpy`, which promote nothing, and control flow."""

from .. import _core
from ._collectives import (  # noqa: F401
    all_gather, all_to_all, axis_index, axis_size, pmax, pmean, pmin, ppermute, pshuffle, psum, psum_scatter, pswapaxes,
)  # fmt: skip
from ._control import associative_scan, cond, fori_loop, map, scan, switch, while_loop  # noqa: F401
from ._elementwise import *  # noqa: F403
from ._reductions import (  # noqa: F401
    argmax, argmin, cumlogsumexp, cummax, cummin, cumprod, cumsum, reduce, reduce_and, reduce_max, reduce_min, reduce_or,
    reduce_prod, reduce_sum, reduce_xor, sort, sort_key_val, top_k,
)  # fmt: skip
from ._shapes import (  # noqa: F401
    batch_matmul, broadcast, broadcast_in_dim, broadcast_shapes, broadcast_to_rank, broadcasted_iota, collapse, concatenate,
    dot, dot_general, expand_dims, full, full_like, iota, pad, reshape, rev, split, squeeze, transpose,
)  # fmt: skip
from ._slicing import (  # noqa: F401
    GatherDimensionNumbers, GatherScatterMode, ScatterDimensionNumbers, dynamic_index_in_dim, dynamic_slice,
    dynamic_slice_in_dim, dynamic_update_index_in_dim, dynamic_update_slice, dynamic_update_slice_in_dim, gather,
    index_in_dim, index_take, scatter, scatter_add, scatter_apply, scatter_max, scatter_min, scatter_mul, scatter_sub, slice,
    slice_in_dim,
)  # fmt: skip
from ._windows import (  # noqa: F401
    ConvDimensionNumbers, conv, conv_dimension_numbers, conv_general_dilated, conv_with_general_padding, reduce_window,
)  # fmt: skip


class Precision:
    """How exact matrix products are: here always as exact as the dtype."""

    DEFAULT, HIGH, HIGHEST = "default", "high", "highest"


def stop_gradient(x):
    """The leaves of a tree, with derivative zero."""
    leaves, tree = _core.flatten(x)
    return _core.unflatten(tree, [_core.stop_gradient(leaf) for leaf in leaves])


def optimization_barrier(operand):
    """A tree as it is; the compiler moves nothing across."""
    leaves, tree = _core.flatten(operand)
    return _core.unflatten(tree, _core.optimization_barrier(leaves))
