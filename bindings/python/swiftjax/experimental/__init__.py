"""`jax.experimental`: what JAX keeps there."""

from .._callbacks import io_callback  # noqa: F401
from .._config import enable_x64  # noqa: F401


def disable_x64(new_val=True):
    """The scope in which there are no 64-bit types."""
    return enable_x64(not new_val)
