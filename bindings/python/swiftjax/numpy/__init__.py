"""`jax.numpy`: NumPy's functions on the engine's arrays."""

import numpy as _np

from .. import _core, _dtypes
from .._array import Array, asarray as _asarray, attach as _attach, from_dlpack  # noqa: F401
from . import linalg
from ._types import *  # noqa: F403
from ._ufuncs import *  # noqa: F403
from ._reductions import *  # noqa: F403
from ._shapes import *  # noqa: F403
from ._creation import *  # noqa: F403
from ._products import *  # noqa: F403
from ._indexing import *  # noqa: F403
from ._functional import *  # noqa: F403

ndarray, bool = Array, bool_  # noqa: F405
get_printoptions, set_printoptions, printoptions = _np.get_printoptions, _np.set_printoptions, _np.printoptions


def save(file, arr):
    """Writes an array to a file in NumPy's format."""
    _np.save(file, _np.asarray(arr))


def load(file):
    """An array from a file in NumPy's format."""
    return _asarray(_np.load(file))


# --- Methods ------------------------------------------------------------------


def _method(function):
    """The function as a method, whose first argument is the array."""
    return lambda x, *args, **kwargs: function(x, *args, **kwargs)


for _name in """all any argmax argmin argpartition argsort astype choose clip compress cumprod cumsum diagonal dot max mean min nonzero
    prod ptp ravel repeat round searchsorted sort squeeze std sum swapaxes take trace var""".split():
    _attach(_name, _method(globals()[_name]))


def _reshape(x, *shape, order="C"):
    return reshape(x, shape[0] if len(shape) == 1 else shape, order)  # noqa: F405


def _transpose(x, *axes):
    return _core.transpose(x, None if not axes else axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes)


_attach("reshape", _reshape)
_attach("transpose", _transpose)
_attach("flatten", lambda x, order="C": ravel(x, order))  # noqa: F405
_attach("copy", lambda x: _core.copy(x))
_attach("conj", lambda x: _core.conj(x))
_attach("conjugate", lambda x: _core.conj(x))
_attach("view", lambda x, dtype=None: x if dtype is None else _core.bitcast_convert_type(x, _dtypes.code(dtype)))
_attach("T", property(lambda x: _core.transpose(x)))
_attach("mT", property(lambda x: _core.swapaxes(x, -1, -2)))
_attach("real", property(lambda x: _core.real(x)))
_attach("imag", property(lambda x: _core.imag(x)))


def _round(x, ndigits=None):
    """Python's `round`: to integers, or to a number of digits."""
    return _core.astype(_core.round(x, 0), _dtypes.code(int)) if ndigits is None else _core.round(x, ndigits)


_attach("__round__", _round)
