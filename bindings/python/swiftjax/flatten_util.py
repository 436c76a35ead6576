"""`jax.flatten_util`."""

import math

from . import _core, _dtypes
from ._functions import flat, unflatten
from .dtypes import result_type


def ravel_pytree(pytree):
    """(vector, function): the elements of all leaves in one dtype, and what makes the tree of such a vector again."""
    leaves, tree = flat(pytree)
    dtype = result_type(*leaves) if leaves else _dtypes.canonical(float)
    shapes = [x.shape for x in leaves]
    codes = [x._dtype_code for x in leaves]
    vector = _core.concatenate([_core.ravel(_core.astype(x, _dtypes.code(dtype))) for x in leaves], 0) if leaves else _core.zeros((0,), None)

    def unravel(vector):
        total = sum(map(math.prod, shapes))
        if vector.shape != (total,):
            raise ValueError(f"The vector of this tree has shape ({total},), not {vector.shape}.")
        parts, start = [], 0
        for shape, code in zip(shapes, codes):
            end = start + math.prod(shape)
            parts.append(_core.astype(_core.reshape(vector[start:end], shape), code))
            start = end
        return unflatten(tree, parts)

    return vector, unravel
