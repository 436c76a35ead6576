"""Calls of Python from traced and compiled code."""

import atexit
import string
import sys

from . import _core, _dtypes
from ._array import Array
from ._functions import check_callable, flatten, leaf, name_of, unflatten

_VMAP_METHODS = {None: 0, "sequential": 1, "sequential_unrolled": 1, "expand_dims": 2, "broadcast_all": 3, "legacy_vectorized": 3}


def _host_function(callback, args, keywords):
    """(the engine's function of flat arrays, those arrays): what is no array stays as it is."""
    leaves, tree = flatten((args, keywords))
    traced = [i for i, x in enumerate(leaves) if _is_data(x)]

    def call(*values):
        filled = list(leaves)
        for i, value in zip(traced, values):
            filled[i] = value
        positional, named = unflatten(tree, filled)
        return callback(*positional, **named)

    return call, [leaf(leaves[i]) for i in traced]


def _is_data(x):
    return type(x) is Array or isinstance(x, (bool, int, float, complex)) or hasattr(x, "__array__")


def _results(callback, result_types, args, keywords, make):
    check_callable(callback)
    types, tree = flatten(result_types)
    call, operands = _host_function(callback, args, keywords)

    def flat_results(*values):
        results, given = flatten(call(*values))
        if given != tree:
            raise ValueError(f"{name_of(callback)}: the callback's result has structure {given}, but {tree} was declared")
        return tuple(results)

    function = _core.function(name_of(callback), flat_results, 0)
    declared = [_core.shape_dtype_struct(tuple(t.shape), _dtypes.code(t.dtype)) for t in types]
    return unflatten(tree, make(function, declared, operands))


def pure_callback(callback, result_shape_dtypes, *args, sharding=None, vmap_method=None, vectorized=None, **kwargs):
    """Calls a Python function of arrays that depends on them alone, in compiled code too.

    `result_shape_dtypes` is a tree of what has `.shape` and `.dtype`. Without a `vmap_method` ("sequential",
    "expand_dims", "broadcast_all") it cannot be vmapped; it has no derivative: ValueError.
    """
    if vmap_method not in _VMAP_METHODS:
        raise ValueError(f"vmap_method must be one of {sorted(map(str, _VMAP_METHODS))}, got {vmap_method!r}")
    method = _VMAP_METHODS[vmap_method]
    return _results(callback, result_shape_dtypes, args, kwargs, lambda f, types, xs: _core.pure_callback(f, types, xs, method))


def io_callback(callback, result_shape_dtypes, *args, sharding=None, ordered=False, **kwargs):
    """As `pure_callback`, but called exactly once whenever the computation runs; if `ordered`, in order."""
    return _results(callback, result_shape_dtypes, args, kwargs, lambda f, types, xs: _core.io_callback(f, types, xs, ordered))


def debug_callback(callback, *args, ordered=False, partitioned=False, **kwargs):
    """Calls a Python function for its effects; derivatives and vmap pass over it."""
    check_callable(callback)
    call, operands = _host_function(callback, args, kwargs)

    def discard(*values):
        call(*values)
        return ()

    _core.debug_callback(_core.function(name_of(callback), discard, 0), operands, ordered)


class _FormatChecker(string.Formatter):
    """Formats for the sake of the errors, among them that of arguments which are not used."""

    def format_field(self, value, format_spec):
        return ""

    def check_unused_args(self, used_args, args, kwargs):
        unused = [i for i in range(len(args)) if i not in used_args] + [k for k in kwargs if k not in used_args]
        if unused:
            raise ValueError(f"Unused arguments to `jax.debug.print`: {unused}. Use them in the format string.")


def debug_print(fmt, *args, ordered=False, partitioned=False, skip_format_check=False, **kwargs):
    """Prints values with a format string, when they are known: in compiled code, each time that it runs."""
    if not isinstance(fmt, str):
        raise TypeError(f"the first argument to jax.debug.print must be a format string, got {type(fmt)}")
    if not skip_format_check:
        _FormatChecker().vformat(fmt, args, kwargs)

    def write(*values, **named):
        sys.stdout.write(fmt.format(*values, **named) + "\n")

    debug_callback(write, *args, ordered=ordered, **kwargs)


def effects_barrier():
    """Returns when all dispatched work is done; callbacks have run before the call that contains them returns."""
    _core.effects_barrier()


# The engine's thread releases objects of Python's, which it cannot once the interpreter is gone.
atexit.register(effects_barrier)
