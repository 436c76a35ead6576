"""SwiftJAX for Python: JAX's interface on the SwiftJAX engine."""

from . import _errors as errors
from . import _core, _dtypes, tree_util
from ._array import Array
from ._api import (
    ShapeDtypeStruct, block_until_ready, checkpoint, custom_jvp, custom_vjp, device_get, device_put, eval_shape, grad,
    hessian, jacfwd, jacobian, jacrev, jit, jvp, linear_transpose, linearize, make_jaxpr, remat, value_and_grad, vjp, vmap,
)  # fmt: skip
from ._config import config, debug_infs, debug_nans, disable_jit, enable_x64, log_compiles, threefry_partitionable
from . import numpy, lax, nn, random
from .tree_util import Partial

float0 = _dtypes.float0
__version__ = "0.1.0"


class _Tree:
    """`jax.tree`: short names of `tree_util`."""

    map = staticmethod(tree_util.tree_map)
    leaves = staticmethod(tree_util.tree_leaves)
    structure = staticmethod(tree_util.tree_structure)
    flatten = staticmethod(tree_util.tree_flatten)
    unflatten = staticmethod(tree_util.tree_unflatten)
    reduce = staticmethod(tree_util.tree_reduce)
    all = staticmethod(tree_util.tree_all)
    transpose = staticmethod(tree_util.tree_transpose)


tree = _Tree()


def devices(backend=None):
    return ["TFRT_CPU_0"]


def default_backend():
    return "cpu"


def device_count():
    return 1
