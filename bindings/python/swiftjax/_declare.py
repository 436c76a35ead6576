"""Functions made from declarations.

The engine carries the semantics and a binding only translates, so that most functions are a signature and a call.
They are written that way, one to a line:

    sum(a, axis=None, dtype=None, out=None, keepdims=False) = core.sum(a, axis, code(dtype), keepdims)

The left side is what users see; the right side is an expression in which `core` is the engine's module and `code`, `shape`
and `arrays` convert arguments. The documentation is the engine's.
"""

import operator
import re

import numpy as np

from . import _core, _dtypes
from ._array import Array, asarray


def shape(size):
    """A shape or list of axes as a tuple of integers."""
    if size is None:
        return None
    sizes = tuple(size) if isinstance(size, (tuple, list)) or np.ndim(size) else (size,)
    try:
        return tuple(operator.index(n) for n in sizes)
    except TypeError as error:
        is_traced = any(type(n) is Array and n._is_tracer for n in sizes)
        remedy = "\nIf using `jit`, try using `static_argnums` or applying `jit` to smaller subfunctions." if is_traced else ""
        raise TypeError(f"Shapes must be 1D sequences of concrete values of integer type, got {sizes}.{remedy}") from error


def arrays(sequence):
    """A sequence of array-likes, or the slices of an array, as a list of arrays."""
    if type(sequence) is Array:
        return list(_core.unstack(sequence))
    return [asarray(item) for item in sequence]


def no_out(out):
    if out is not None:
        raise NotImplementedError("The 'out' argument is not supported: arrays are immutable.")


def seed_array(seed, impl=None):
    """A seed as the engine takes it; of a Python integer the bits that are left without 64-bit types count."""
    if impl not in (None, "threefry2x32", "fry"):
        raise ValueError(f"unrecognized PRNG implementation {impl!r}; there is 'threefry2x32'")
    if not isinstance(seed, int) or isinstance(seed, bool):
        return seed
    if not -(1 << 63) <= seed < 1 << 64:
        raise OverflowError(f"Python integer {seed} is too large for a seed")
    if _dtypes.x64():
        return asarray(np.int64((seed + (1 << 63)) % (1 << 64) - (1 << 63)))
    return asarray(np.uint32(seed & 0xFFFFFFFF)) if seed >= 1 << 31 or seed < -(1 << 31) else seed


_SCOPE = {
    "core": _core,
    "code": _dtypes.code,
    "shape": shape,
    "arrays": arrays,
    "shape_of": shape,
    "array_list": arrays,
    "asarray": asarray,
    "no_out": no_out,
    "seed_array": seed_array,
}
_LINE = re.compile(r"(?P<name>\w+)\((?P<parameters>.*?)\) = (?P<call>.*core\.(?P<operation>\w+)\(.*)$")


def declare(namespace, declarations):
    """Defines the declared functions in a module's namespace and returns their names."""
    names = []
    for line in filter(None, map(str.strip, declarations.splitlines())):
        match = _LINE.match(line)
        name, parameters = match["name"], match["parameters"]
        check = "no_out(out); " if re.search(r"\bout=", parameters) else ""
        scope = dict(_SCOPE)
        exec(f"def {name}({parameters}): {check}return {match['call']}", scope)
        function = scope[name]
        function.__module__ = namespace["__name__"].removesuffix("._functions")
        function.__qualname__ = name
        function.__doc__ = getattr(_core, match["operation"]).__doc__
        namespace[name] = function
        names.append(name)
    return names
