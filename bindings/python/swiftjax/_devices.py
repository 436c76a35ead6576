"""Devices, and arrays on their way to and from them."""

import contextlib

import numpy as np

from . import _core
from ._array import Array
from ._functions import flatten, leaf, unflatten


class Device:
    """The processor, of which there is one."""

    id, process_index, platform, device_kind, client = 0, 0, "cpu", "cpu", None

    def __repr__(self):
        return f"CpuDevice(id={self.id})"

    def __str__(self):
        return f"TFRT_CPU_{self.id}"

    def memory_stats(self):
        return None


_CPU = Device()


def devices(backend=None):
    """All devices; RuntimeError for a backend that there is not."""
    if backend not in (None, "cpu"):
        raise RuntimeError(f"Unknown backend: '{backend}' requested, but no platforms that are instances of {backend} are present. "
                           "Platforms present are: cpu")  # fmt: skip
    return [_CPU]


def local_devices(process_index=None, backend=None, host_id=None):
    return devices(backend)


def default_backend():
    return "cpu"


def device_count(backend=None):
    return len(devices(backend))


local_device_count = device_count


def process_index(backend=None):
    return 0


def process_count(backend=None):
    return 1


@contextlib.contextmanager
def default_device(device):
    """A scope of JAX's that changes nothing where there is one device."""
    yield


def block_until_ready(x):
    """Waits for all arrays of a tree, and gives the tree."""
    for part in flatten(x)[0]:
        if hasattr(part, "block_until_ready"):
            part.block_until_ready()
    return x


def device_put(x, device=None, *, src=None, donate=False, may_alias=None):
    """The leaves of a tree as arrays."""
    if not (device is None or isinstance(device, Device) or hasattr(device, "device_set")):
        raise ValueError(f"device_put: a device such as those of jax.devices() is wanted, got {device!r}")
    leaves, tree = flatten(x)
    return unflatten(tree, [leaf(part) for part in leaves])


def device_get(x):
    """The leaves of a tree as NumPy arrays."""
    leaves, tree = flatten(x)
    return unflatten(tree, [np.asarray(part) if type(part) is Array else part for part in leaves])


def clear_caches():
    """Forgets the traces of bodies of control flow; jitted functions keep theirs as long as they live."""
    from ._functions import _bodies

    _bodies.clear()
