"""`jax.debug`: looking into running computations."""

from ._callbacks import debug_callback as callback, debug_print as print  # noqa: F401
