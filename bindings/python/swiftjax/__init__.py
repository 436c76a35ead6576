"""SwiftJAX for Python: JAX's interface on the SwiftJAX engine."""

from . import errors
from . import _core, tree_util
from ._array import Array
from ._api import (
    ShapeDtypeStruct, eval_shape, grad, hessian, jacfwd, jacobian, jacrev, jvp, linear_transpose, linearize, make_jaxpr,
    typeof, value_and_grad, vjp, vmap,
)  # fmt: skip
from ._callbacks import effects_barrier, pure_callback
from ._config import (
    check_tracer_leaks, config, debug_infs, debug_nans, default_matmul_precision, disable_jit, enable_checks, enable_x64,
    ensure_compile_time_eval, explain_cache_misses, log_compiles, named_call, named_scope, threefry_partitionable,
)  # fmt: skip
from ._custom import custom_gradient, custom_jvp, custom_vjp
from ._devices import (
    Device, block_until_ready, clear_caches, default_backend, default_device, device_count, device_get, device_put, devices,
    local_device_count, local_devices, process_count, process_index,
)  # fmt: skip
from ._dtypes import float0
from ._jit import checkpoint, jit, remat
from .ad_checkpoint import checkpoint_policies
from . import ad_checkpoint, compiler, debug, dlpack, dtypes, experimental, flatten_util, lax, nn, numpy, random, tree
from .tree_util import Partial

checking_leaks = check_tracer_leaks
__version__ = "0.1.0"
