"""Exceptions: JAX's kinds, made of what the engine reports."""

import os
import sys

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


def _traced_function(text):
    """The place of the function that the engine's message says is being traced: the innermost of that name that is running."""
    words = text.partition("argument of a function under ")[2].partition(",")[0]
    transformation, _, name = words.partition(" of ")
    frame = user_frame()
    while frame is not None and frame.f_code.co_name != name:
        frame = frame.f_back
    if frame is None:
        return ""
    code = frame.f_code
    return (f"\nThe error occurred while tracing the function {name} at {code.co_filename}:{code.co_firstlineno} "
            f"for {transformation}.")


def _with_place(kind, lead=""):
    """A function from the engine's message to an exception that says where the tracer was made and used."""

    def make(text):
        frame = user_frame()
        line = f"\nThe value was asked for at {frame.f_code.co_filename}:{frame.f_lineno}." if frame else ""
        return kind(f"{lead}{text.partition(': ')[2] or text}{_traced_function(text)}{line}")

    return make


_core.set_exceptions(
    {
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
        "UnexpectedTracerError": UnexpectedTracerError,
        "NonConcreteBooleanIndexError": NonConcreteBooleanIndexError,
        "ConcretizationTypeError": _with_place(ConcretizationTypeError),
        "TracerBoolConversionError": _with_place(TracerBoolConversionError, "Attempted boolean conversion of a tracer: "),
        "TracerIntegerConversionError": _with_place(
            TracerIntegerConversionError, "The __index__() method was called on a tracer: "
        ),
    }
)
