"""Exceptions: what Python and NumPy users expect for each of the engine's codes."""

from . import _core


class ConcretizationTypeError(TypeError):
    """The value of a tracer was asked for."""


class TracerBoolConversionError(ConcretizationTypeError):
    """A tracer in an `if` or `while`."""


class TracerArrayConversionError(TypeError):
    """A tracer was handed to NumPy."""


class UnexpectedTracerError(Exception):
    """A tracer was used outside its function."""


class JaxRuntimeError(RuntimeError):
    """Something failed while a computation ran."""


_core.set_exception_types(
    {
        1: ValueError,
        2: TypeError,
        3: TypeError,
        4: ConcretizationTypeError,
        5: UnexpectedTracerError,
        6: ValueError,
        7: RuntimeError,
        8: MemoryError,
        9: NotImplementedError,
        10: JaxRuntimeError,
        11: OSError,
        12: FloatingPointError,
        13: RuntimeError,
    }
)
