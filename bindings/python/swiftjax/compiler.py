"""The compiler of the engine. JAX has no such names: there is no JAX without its compiler.

    >>> swiftjax.compiler.available()
    True
    >>> swiftjax.compiler.description()
    'LLVM 19.1.7 (private), …/swiftjax/libswiftjax-compiler.so'
"""

from . import _core


def available():
    """Whether functions can become machine code; else they are interpreted, with the same bits. Asking loads the compiler."""
    return _core.compiler_available()[0]


def description():
    """Which compiler it is, or why there is none and what helps."""
    return _core.compiler_available()[1]


def preload():
    """Has the compiler loaded on a thread of its own, so that the first compilation need not wait for that. The first `jit` does so."""
    _core.compiler_preload()
