"""What every transformation needs: Python functions as the engine's, leaves as arrays."""

import functools
import operator
import weakref

from . import _core
from ._array import Array, asarray
from ._errors import remember_place

# How a Python function is called with the tuple of arguments that the engine gives (call.c).
_POSITIONAL, _KEYWORDS_LAST, _WEAK = 0, 1, 2

flatten, unflatten = _core.flatten, _core.unflatten


def name_of(f):
    """The name of a function, of the function of a partial, or of the type of a callable."""
    while isinstance(f, functools.partial):
        f = f.func
    return getattr(f, "__name__", None) or type(f).__name__


def check_callable(f):
    if not callable(f):
        raise TypeError(f"Expected a callable value, got {f!r}")


def _make(f, name, mode):
    check_callable(f)
    name = name or name_of(f)
    remember_place(f, name)
    return _core.function(name, f, mode)


def wrap(f, name=None):
    """The engine's function for a Python function of (args…, keywords)."""
    return _make(f, name, _KEYWORDS_LAST)


def wrap_plain(f, name=None):
    """The engine's function for a Python function of positional arguments only."""
    return _make(f, name, _POSITIONAL)


# The engine's functions of bodies of control flow, which remember their traces: the same Python function is not traced
# again for the same types. They hold the Python function weakly, since it is what keeps them alive.
_bodies = weakref.WeakKeyDictionary()


def wrap_body(f):
    """As `wrap_plain`, for a body that runs during the call only; the same for the same function."""
    check_callable(f)
    try:
        known = _bodies.get(f)
        if known is None:
            name = name_of(f)
            remember_place(f, name)
            known = _bodies[f] = _core.function(name, weakref.ref(f), _WEAK)
        return known
    except TypeError:  # no weak references to it, or no hash
        return wrap_plain(f)


def leaf(value):
    """A leaf as an array."""
    return value if type(value) is Array else asarray(value)


def located(error, args, keywords):
    """The exception of an argument that is no array, with the place of that argument."""
    from .tree_util import keystr, tree_leaves_with_path

    for name, value in [*((f"args[{i}]", x) for i, x in enumerate(args)), *(keywords or {}).items()]:
        for path, part in tree_leaves_with_path(value):
            try:
                leaf(part)
            except type(error):
                place = name + keystr(path)
                remedy = "Arguments are arrays, numbers and trees of these; jit takes others as static: static_argnums, static_argnames."
                return type(error)(f"{str(error).rstrip('.')}: argument {place}. {remedy}")
    return error


def flat(values):
    """(arrays, structure) of a tree."""
    leaves, tree = flatten(values)
    return [leaf(x) for x in leaves], tree


def call(function, *args):
    """Calls an engine's function of positional arguments."""
    leaves, tree = flatten(args)
    leaves, tree = _core.call(function, leaves, tree)
    return unflatten(tree, leaves)


def derived(fun, documentation, name="{fun}"):
    """A decorator that names and documents a wrapper by the function that it was made of."""

    def decorate(wrapper):
        wrapper.__name__ = wrapper.__qualname__ = name.format(fun=name_of(fun))
        wrapper.__doc__ = documentation.format(fun=name_of(fun))
        wrapper.__module__ = getattr(fun, "__module__", wrapper.__module__)
        wrapper.__wrapped__ = fun
        return wrapper

    return decorate


def indices(numbers):
    """An integer, or a sequence of them as a tuple."""
    if isinstance(numbers, (tuple, list)):
        return tuple(operator.index(i) for i in numbers)
    return operator.index(numbers)
