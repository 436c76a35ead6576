"""`jax.errors`."""

from ._errors import (  # noqa: F401
    ConcretizationTypeError, JAXTypeError, JaxRuntimeError, KeyReuseError, NonConcreteBooleanIndexError,
    TracerArrayConversionError, TracerBoolConversionError, TracerIntegerConversionError, UnexpectedTracerError,
)  # fmt: skip
