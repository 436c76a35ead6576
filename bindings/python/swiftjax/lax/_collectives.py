"""Collectives over named axes of `vmap`."""

from .. import _core
from .._functions import flatten, leaf, unflatten


def _over(operation, x, axis_name):
    """An operation over one named axis or several, on the leaves of a tree."""
    names = axis_name if isinstance(axis_name, (tuple, list)) else (axis_name,)
    leaves, tree = flatten(x)
    for name in names:
        leaves = [operation(part, str(name)) for part in leaves]
    return unflatten(tree, leaves)


def psum(x, axis_name, *, axis_index_groups=None):
    """The sum over named axes."""
    return _over(_core.psum, x, axis_name)


def pmean(x, axis_name, *, axis_index_groups=None):
    """The mean over named axes."""
    return _over(_core.pmean, x, axis_name)


def pmax(x, axis_name, *, axis_index_groups=None):
    """The maximum over named axes."""
    return _over(_core.pmax, x, axis_name)


def pmin(x, axis_name, *, axis_index_groups=None):
    """The minimum over named axes."""
    return _over(_core.pmin, x, axis_name)


def axis_index(axis_name):
    """The place along a named axis."""
    if not isinstance(axis_name, (tuple, list)):
        return _core.axis_index(str(axis_name))
    index = _core.full((), 0, 3)
    for name in axis_name:
        index = index * axis_size(name) + axis_index(name)
    return index


def axis_size(axis_name):
    """The size of a named axis, or of several together."""
    size = 1
    for name in axis_name if isinstance(axis_name, (tuple, list)) else (axis_name,):
        size *= _core.axis_size(str(name))
    return size


def _on_leaves(x, operation, *arguments):
    leaves, tree = flatten(x)
    return unflatten(tree, [operation(leaf(part), *arguments) for part in leaves])


def all_gather(x, axis_name, *, axis_index_groups=None, axis=0, tiled=False):
    """The values of all places of a named axis, along a new axis or, `tiled`, one after the other."""
    return _on_leaves(x, _core.all_gather, str(axis_name), axis, tiled)


def ppermute(x, axis_name, perm):
    """Every place sends its value to another, by pairs (source, target); places that none sends to get zeros."""
    return _on_leaves(x, _core.ppermute, str(axis_name), [i for pair in perm for i in pair])


def pshuffle(x, axis_name, perm):
    """Place i receives the value of place perm[i]."""
    return _on_leaves(x, _core.pshuffle, str(axis_name), list(perm))


def psum_scatter(x, axis_name, *, scatter_dimension=0, axis_index_groups=None, tiled=False):
    """The sum over a named axis, of which every place keeps its part."""
    return _on_leaves(x, _core.psum_scatter, str(axis_name), scatter_dimension, tiled)


def all_to_all(x, axis_name, split_axis, concat_axis, *, axis_index_groups=None, tiled=False):
    """Part i of every value, split along an axis, goes to place i, where the parts are joined along another axis."""
    return _on_leaves(x, _core.all_to_all, str(axis_name), split_axis, concat_axis, tiled)


def pswapaxes(x, axis_name, axis, *, axis_index_groups=None):
    """A named axis and an axis of the array exchanged."""
    return all_to_all(x, axis_name, axis, axis)
