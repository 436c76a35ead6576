"""Indexing, functional updates, and taking and putting along axes."""

import math

import numpy as np

from .. import _core
from .._array import Array, asarray, attach
from .._declare import declare

declare(
    globals(),
    """
    ix_(*args) = tuple(core.ix(arrays(args)))
    ravel_multi_index(multi_index, dims, mode='raise', order='C') = core.ravel_multi_index(arrays(multi_index), shape_of(dims), mode, order == 'F')
    take_along_axis(arr, indices, axis=-1, mode=None, fill_value=None) = core.take_along_axis(arr, asarray(indices), axis, mode or 'fill', fill_value)
    unravel_index(indices, shape) = tuple(core.unravel_index(asarray(indices), shape_of(shape)))
    """,
)


def take(
    a, indices, axis=None, out=None, mode=None, unique_indices=False, indices_are_sorted=False, fill_value=None
):  # fmt: skip
    if out is not None:
        raise NotImplementedError("The 'out' argument to jnp.take is not supported.")
    if mode == "raise":
        raise NotImplementedError("The 'raise' mode to jnp.take is not supported.")
    return _core.take(a, asarray(indices), axis, mode or "fill", fill_value)


take.__doc__ = _core.take.__doc__


def put_along_axis(arr, indices, values, axis, inplace=True, *, mode=None):
    """A copy with elements replaced; `inplace` has to be False."""
    if inplace:
        raise ValueError("Arrays are immutable: pass inplace=False, and use the array that comes back.")
    return _core.put_along_axis(arr, indices, asarray(values), axis)


def _index_item(item):
    if isinstance(item, (np.ndarray, np.bool_, list)):
        return asarray(item)
    if isinstance(item, np.integer):
        return int(item)
    if isinstance(item, bool):
        return asarray(np.bool_(item))
    if isinstance(item, float):
        raise TypeError(f"Indexer must have integer or boolean type, got indexer with type float: {item!r}")
    return item


def _items(index):
    if isinstance(index, list):
        raise TypeError(
            "Using a non-tuple sequence for multidimensional indexing is not allowed; use `arr[array(seq)]` instead of `arr[seq]`."
        )
    return [_index_item(i) for i in (index if isinstance(index, tuple) else (index,))]


_MODES = {None: None, "clip": 0, "fill": 1, "drop": 1, "promise_in_bounds": 2}


def _mode(mode):
    if mode not in _MODES:
        raise ValueError(f"Invalid mode={mode!r}; expected one of clip, drop, fill, promise_in_bounds")
    return _MODES[mode]


class _IndexUpdate:
    """`x.at[index]`: functional updates."""

    __slots__ = ("array", "items")

    def __init__(self, array, items):
        self.array, self.items = array, items

    def _resolved(self, wrap_negative_indices):
        """The items, with negative ones beyond the range where they are not to count from the end."""
        if wrap_negative_indices:
            return self.items
        limit = int(np.iinfo(np.int32).max)
        return [
            _core.where(_core.less(i, 0), limit, i) if type(i) is Array and i.dtype != bool else limit if isinstance(i, int) and i < 0 else i
            for i in self.items
        ]  # fmt: skip

    def get(
        self, *, indices_are_sorted=False, unique_indices=False, mode=None, fill_value=None, wrap_negative_indices=True,
        out_sharding=None,
    ):  # fmt: skip
        items = self._resolved(wrap_negative_indices)
        return _core.at_get(self.array, items, _mode(mode), math.nan if fill_value is None else fill_value)

    def _update(self, operation, values, mode, indices_are_sorted, unique_indices, wrap_negative_indices):
        items = self._resolved(wrap_negative_indices)
        return operation(self.array, items, asarray(values), _mode(mode), indices_are_sorted, unique_indices)

    def subtract(self, values, **options):
        return self.add(_core.negative(values), **options)

    def apply(self, func, *, indices_are_sorted=False, unique_indices=False, mode=None, wrap_negative_indices=True):
        """The function of the elements; of one that is indexed n times, applied n times."""
        items = self._resolved(wrap_negative_indices)
        counts = _core.at_add(_core.zeros(self.array.shape, None), items, 1.0, _mode(mode), False, False)
        result, remaining = self.array, counts
        for _ in range(int(_core.max(counts)) if counts.size else 0):
            result = _core.where(_core.greater(remaining, 0.0), func(result), result)
            remaining = _core.subtract(remaining, 1.0)
        return result


def _updater(name):
    operation = getattr(_core, "at_" + name)

    def update(
        self, values, *, indices_are_sorted=False, unique_indices=False, mode=None, wrap_negative_indices=True,
        out_sharding=None,
    ):  # fmt: skip
        return self._update(operation, values, mode, indices_are_sorted, unique_indices, wrap_negative_indices)

    update.__name__ = name
    update.__doc__ = operation.__doc__
    return update


for _name in ("set", "add", "multiply", "divide", "power", "min", "max"):
    setattr(_IndexUpdate, _name, _updater(_name))
_IndexUpdate.mul = _IndexUpdate.multiply


class _At:
    __slots__ = ("array",)

    def __init__(self, array):
        self.array = array

    def __getitem__(self, index):
        return _IndexUpdate(self.array, _items(index))


attach("__getitem__", lambda x, index: _core.index(x, _items(index)))
attach("at", property(_At, doc="Functional updates: x.at[index].set(y)."))
