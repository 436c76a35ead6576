"""Exceptions: JAX's kinds, made of what the engine reports."""

import functools
import json
import os
import re
import sys
import types

from . import _core


class JAXTypeError(TypeError):
    """JAX's type errors."""


class ConcretizationTypeError(JAXTypeError):
    """The value of a tracer was asked for."""


class NonConcreteBooleanIndexError(IndexError):
    """A tracer as a boolean mask: the size of the result would depend on its values."""


class TracerBoolConversionError(ConcretizationTypeError):
    """A tracer in an `if` or `while`."""


class TracerIntegerConversionError(JAXTypeError):
    """A tracer as an index of a list, in `range`…"""


class TracerArrayConversionError(JAXTypeError):
    """A tracer was handed to NumPy."""


class UnexpectedTracerError(JAXTypeError):
    """A tracer was used outside its function."""


class KeyReuseError(RuntimeError):
    """A random key was used twice."""


class JaxRuntimeError(RuntimeError):
    """Something failed while a computation ran."""


for _class in [c for c in globals().values() if isinstance(c, type)]:
    _class.__module__ = "swiftjax.errors"  # where users find them


_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


def is_users(filename):
    """Whether a file is none of this package."""
    return not os.path.abspath(filename).startswith(_PACKAGE)


def user_frame():
    """The innermost frame of the running thread that is the user's, or None."""
    frame = sys._getframe(1)
    while frame is not None and not is_users(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def _without_our_frames(traceback):
    """A traceback without the frames of this package, unless the user wants to see them."""
    from ._config import config

    if config.jax_traceback_filtering == "off":
        return traceback
    frames = []
    while traceback is not None:
        frames.append(traceback)
        traceback = traceback.tb_next
    kept = [t for t in frames if is_users(t.tb_frame.f_code.co_filename)] or frames[-1:]
    chain = None
    for t in reversed(kept):
        chain = types.TracebackType(chain, t.tb_frame, t.tb_lasti, t.tb_lineno)
    return chain


_core.set_traceback_filter(_without_our_frames)

# Where the functions of some name that were transformed are defined: what messages say of tracers goes by names.
_places = {}


def remember_place(function, name):
    """Notes where a function is defined, for messages about its tracers."""
    code = getattr(function, "__code__", None)
    if code is not None:
        _places[name] = (code.co_filename, code.co_firstlineno)


def _traced_function(text, lead):
    """The place of the function that the engine's message names, as "jit of f" or the like."""
    words = text.partition(lead)[2]
    transformation, _, rest = words.partition(" of ")
    name = rest.partition(",")[0].partition(" ")[0]
    frame = user_frame()
    while frame is not None and frame.f_code.co_name != name:
        frame = frame.f_back
    if frame is None:
        place = _places.get(name)
    else:
        place = frame.f_code.co_filename, frame.f_code.co_firstlineno
    return (transformation, name, f"{place[0]}:{place[1]}") if place else None


def _with_place(kind, lead=""):
    """A function from the engine's message to an exception that says where the tracer was made and used."""

    def make(text):
        found = _traced_function(text, "argument of a function under ")
        origin = "\nThe error occurred while tracing the function {1} at {2} for {0}.".format(*found) if found else ""
        frame = user_frame()
        line = f"\nThe value was asked for at {frame.f_code.co_filename}:{frame.f_lineno}." if frame else ""
        return kind(f"{lead}{text.partition(': ')[2] or text}{origin}{line}")

    return make


def _escaped(text):
    """The exception for a tracer that is used after its function has returned."""
    found = _traced_function(text, "was created inside ")
    origin = "\nThe function being traced when the value leaked was {1} at {2} traced for {0}.".format(*found) if found else ""
    return UnexpectedTracerError(text + origin)


@functools.cache
def _names():
    """What Python calls the functions and settings of the engine's C interface."""
    families = json.loads(_core.api_json())["families"]
    functions = [f for family in families for f in family.get("functions", ())]
    names = {f["name"]: f["jax"] for f in functions if re.fullmatch(r"[\w.]+", f.get("jax", ""))}
    names.update({f"sj_scalar_{kind}": "jnp.asarray" for kind in ("bool", "i64", "f64", "c128")})
    settings = [e for family in families for e in family.get("enums", ()) if e["name"] == "sj_setting"]
    names.update({v["name"]: v["name"].lower().replace("sj_", "jax_") for e in settings for v in e["values"]})
    return names


_NAME_IN_C = re.compile(r"\b(?:sj|SJ)_(\w+)")


def _in_python(text):
    """A message of the engine with the names that Python has for things."""
    return _NAME_IN_C.sub(lambda name: _names().get(name[0], name[1]), text)


def _maker(kind):
    return lambda text: kind(_in_python(text))


_makers = {
    "TypeError": TypeError,
    "ValueError": ValueError,
    "IndexError": IndexError,
    "NameError": NameError,
    "OverflowError": OverflowError,
    "NotImplementedError": NotImplementedError,
    "MemoryError": MemoryError,
    "OSError": OSError,
    "FloatingPointError": FloatingPointError,
    "RuntimeError": RuntimeError,
    "JaxRuntimeError": JaxRuntimeError,
    "UnexpectedTracerError": _escaped,
    "NonConcreteBooleanIndexError": NonConcreteBooleanIndexError,
    "ConcretizationTypeError": _with_place(ConcretizationTypeError),
    "TracerBoolConversionError": _with_place(TracerBoolConversionError, "Attempted boolean conversion of a tracer: "),
    "TracerIntegerConversionError": _with_place(
        TracerIntegerConversionError, "The __index__() method was called on a tracer: "
    ),
}
_core.set_exceptions({name: _maker(kind) for name, kind in _makers.items()})
