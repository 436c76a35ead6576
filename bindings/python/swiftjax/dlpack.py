"""`jax.dlpack`: arrays on the memory of other libraries."""

from ._array import from_dlpack  # noqa: F401


def to_dlpack(x, stream=None, src_device=None, dl_device=None, copy=None):
    """A capsule of the array's own memory, for `from_dlpack` of another library."""
    return x.__dlpack__(stream=stream)
