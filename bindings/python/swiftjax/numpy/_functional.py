"""Functions of functions."""

import functools

from .. import _core
from .._array import asarray


def apply_along_axis(func1d, axis, arr, *args, **kwargs):
    """The function of each vector along an axis."""
    from .._api import vmap

    arr = asarray(arr)
    axis = axis % arr.ndim

    def function(vector):
        return func1d(vector, *args, **kwargs)

    # What comes back for the axis stays in its place.
    for _ in range(arr.ndim - axis - 1):
        function = vmap(function, in_axes=1, out_axes=-1)
    for _ in range(axis):
        function = vmap(function, in_axes=0, out_axes=0)
    return function(arr)


def apply_over_axes(func, a, axes):
    """A reduction applied to one axis after the other, each kept with size 1."""
    a = asarray(a)
    for axis in (axes,) if isinstance(axes, int) else axes:
        result = func(a, axis=axis)
        a = result if result.ndim == a.ndim else _core.expand_dims(result, axis)
    return a


def piecewise(x, condlist, funclist, *args, **kw):
    """Functions, or constants, each where the condition that is the last to hold says; else an extra one, or 0."""
    x = asarray(x)
    conditions = [asarray(c) for c in condlist] if not hasattr(condlist, "ndim") else list(condlist)
    functions = list(funclist)
    if len(functions) not in (len(conditions), len(conditions) + 1):
        n = len(conditions)
        raise ValueError(f"with {n} condition(s), either {n} or {n + 1} functions are expected; got {len(functions)}")
    default = functions.pop() if len(functions) > len(conditions) else 0

    def value(function):
        result = function(x, *args, **kw) if callable(function) else function
        return _core.broadcast_to(_core.astype(asarray(result), _code(x)), x.shape)

    result = value(default)
    for condition, function in zip(conditions, functions):
        result = _core.where(condition, value(function), result)
    return result


def _code(x):
    from .. import _dtypes

    return _dtypes.code(x.dtype)


def _signature(text):
    """`(n),(n,m)->(m)` as lists of names for each input and each output."""

    def side(part):
        return [[name.strip() for name in group.split(",") if name.strip()] for group in part.strip()[1:-1].split("),(")]

    left, _, right = text.replace(" ", "").partition("->")
    return side(left), side(right)


def vectorize(pyfunc, *, excluded=frozenset(), signature=None):
    """A function of arrays of a few axes as one over leading axes that broadcast, by `vmap`."""
    from .._api import vmap

    @functools.wraps(pyfunc)
    def wrapped(*args, **kwargs):
        kept = [i for i in range(len(args)) if i not in excluded]
        inputs = [asarray(args[i]) for i in kept]
        cores = [len(names) for names in _signature(signature)[0]] if signature else [0] * len(inputs)
        if len(cores) != len(inputs):
            raise TypeError(f"wrong number of positional arguments: expected {len(cores)}, got {len(inputs)}")
        if any(x.ndim < n for x, n in zip(inputs, cores)):
            raise ValueError(f"vectorize: an input has fewer axes than its part of the signature {signature!r}")

        def function(*values):
            merged = list(args)
            for i, value in zip(kept, values):
                merged[i] = value
            return pyfunc(*merged, **kwargs)

        # Axes that an input lacks or has with size 1 are not mapped over.
        outer = [x.shape[: x.ndim - n] for x, n in zip(inputs, cores)]
        rank = max(map(len, outer), default=0)
        outer = [(1,) * (rank - len(shape)) + tuple(shape) for shape in outer]
        sizes = [max(shape[d] for shape in outer) if 0 not in {s[d] for s in outer} else 0 for d in range(rank)]
        for d, size in enumerate(sizes):
            if any(shape[d] not in (1, size) for shape in outer):
                raise ValueError(f"vectorize: leading axes {outer} do not broadcast")
        inputs = [
            _core.reshape(x, tuple(s for s in shape if s != 1) + tuple(x.shape[x.ndim - n :]))
            for x, n, shape in zip(inputs, cores, outer)
        ]
        for d in reversed(range(rank)):
            axes = tuple(0 if shape[d] != 1 else None for shape in outer)
            function = vmap(function, in_axes=axes) if any(a == 0 for a in axes) else _with_axis(function)
        return function(*inputs)

    return wrapped


def _with_axis(function):
    """The function with a new first axis of size 1 on each result."""
    from ..tree_util import tree_map

    return lambda *values: tree_map(lambda x: _core.expand_dims(x, 0), function(*values))
