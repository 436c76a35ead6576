"""Arrays from values, ranges, grids and triangles."""

import numpy as np

from .. import _core, _dtypes, _errors
from .._array import Array, asarray as _asarray
from .._declare import declare, shape as _shape

declare(
    globals(),
    """
    bartlett(M) = core.bartlett(M)
    blackman(M) = core.blackman(M)
    diag(v, k=0) = core.diag(asarray(v), k)
    diag_indices(n, ndim=2) = tuple(core.diag_indices(n, ndim))
    diagflat(v, k=0) = core.diagflat(asarray(v), k)
    diagonal(a, offset=0, axis1=0, axis2=1) = core.diagonal(a, offset, axis1, axis2)
    eye(N, M=None, k=0, dtype=None, *, device=None) = core.eye(N, M, k, code(dtype))
    full(shape, fill_value, dtype=None, *, device=None) = core.full(shape_of(shape), fill_value, code(dtype))
    full_like(a, fill_value, dtype=None, shape=None, *, device=None) = core.full_like(a, asarray(fill_value), code(dtype), shape_of(shape))
    geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0) = core.geomspace(asarray(start), asarray(stop), num, endpoint, code(dtype), axis)
    hamming(M) = core.hamming(M)
    hanning(M) = core.hanning(M)
    identity(n, dtype=None) = core.eye(n, None, 0, code(dtype))
    kaiser(M, beta) = core.kaiser(M, beta)
    logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0) = core.logspace(asarray(start), asarray(stop), num, endpoint, base, code(dtype), axis)
    ones(shape, dtype=None, *, device=None) = core.ones(shape_of(shape), code(dtype))
    ones_like(a, dtype=None, shape=None, *, device=None) = core.ones_like(a, code(dtype), shape_of(shape))
    tri(N, M=None, k=0, dtype=None) = core.tri(N, M, k, code(dtype))
    tril(m, k=0) = core.tril(m, k)
    tril_indices(n, k=0, m=None) = tuple(core.tril_indices(n, k, m))
    triu(m, k=0) = core.triu(m, k)
    triu_indices(n, k=0, m=None) = tuple(core.triu_indices(n, k, m))
    vander(x, N=None, increasing=False) = core.vander(asarray(x), N, increasing)
    zeros(shape, dtype=None, *, device=None) = core.zeros(shape_of(shape), code(dtype))
    zeros_like(a, dtype=None, shape=None, *, device=None) = core.zeros_like(a, code(dtype), shape_of(shape))
    """,
)
empty, empty_like = zeros, zeros_like  # noqa: F821


def array(object, dtype=None, copy=True, order="K", ndmin=0, *, device=None):
    """An array with a copy of the data. Python numbers keep their weak type."""
    result = asarray(object, dtype)
    return _core.expand_dims(result, tuple(range(ndmin - result.ndim))) if ndmin > result.ndim else result


def asarray(a, dtype=None, order=None, *, copy=None, device=None):
    """An array for anything array-like."""
    if a is None:
        raise ValueError("None is not a valid value for jnp.array")
    return _asarray(a, dtype)


def copy(a, order=None):
    """A copy of an array."""
    return _core.copy(_asarray(a))


def _known(value, name):
    """An argument of `arange`, whose value has to be known while functions are traced."""
    if type(value) is not Array or not value._is_tracer:
        return value
    try:
        return value.item()
    except _errors.ConcretizationTypeError as error:
        raise _errors.ConcretizationTypeError(f"{error}\nIt arose in the jnp.arange argument {name!r}.") from None


def arange(start, stop=None, step=None, dtype=None, *, device=None):
    """Numbers from `start` (0) up to `stop`, not included."""
    if stop is None:
        start, stop = 0, start
    step = 1 if step is None else step
    start, stop, step = (_known(value, name) for name, value in (("start", start), ("stop", stop), ("step", step)))
    if step == 0:
        raise ZeroDivisionError("jnp.arange: step must not be 0")
    if all(isinstance(v, (int, np.integer)) for v in (start, stop, step)):
        return _core.arange(start, stop, step, _dtypes.code(dtype))
    if dtype is None:
        dtype = np.result_type(*(v.dtype if hasattr(v, "dtype") else type(v) for v in (start, stop, step)))
    return _asarray(np.arange(start, stop, step, dtype=_dtypes.canonical(dtype)))


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None):
    start, stop = _asarray(start), _asarray(stop)
    result = _core.linspace(start, stop, num, endpoint, _dtypes.code(dtype), axis)
    return tuple(result) if retstep else result[0]


linspace.__doc__ = _core.linspace.__doc__


def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    if indexing not in ("xy", "ij"):
        raise ValueError(f"Valid values for indexing are 'xy' and 'ij', got {indexing}")
    return _core.meshgrid([_asarray(x) for x in xi], sparse, indexing == "ij")


meshgrid.__doc__ = _core.meshgrid.__doc__


def indices(dimensions, dtype=None, sparse=False):
    if sparse:
        return tuple(_core.indices_list(_shape(dimensions), _dtypes.code(dtype)))
    return _core.indices(_shape(dimensions), _dtypes.code(dtype or int))


indices.__doc__ = _core.indices.__doc__


def tril_indices_from(arr, k=0):
    """The indices of the lower triangle of an array of this shape."""
    return tril_indices(arr.shape[-2], k, arr.shape[-1])  # noqa: F821


def triu_indices_from(arr, k=0):
    """The indices of the upper triangle of an array of this shape."""
    return triu_indices(arr.shape[-2], k, arr.shape[-1])  # noqa: F821


def diag_indices_from(arr):
    """The indices of the main diagonal of an array with equal axes."""
    if len(set(arr.shape)) != 1 or arr.ndim < 2:
        raise ValueError("All dimensions of input must be of equal length")
    return diag_indices(arr.shape[0], arr.ndim)  # noqa: F821


def fill_diagonal(a, val, wrap=False, *, inplace=True):
    """A copy of the array with its main diagonal replaced; `inplace` has to be False."""
    if inplace:
        raise ValueError("Arrays are immutable: pass inplace=False, and use the array that comes back.")
    if wrap:
        raise NotImplementedError("fill_diagonal with wrap=True")
    return _core.fill_diagonal(a, _asarray(val))


def fromfunction(function, shape, *, dtype=float, **kwargs):
    """The function of the index arrays of a grid, evaluated at all points at once through `vmap`."""
    from .._api import vmap

    shape = _shape(shape)
    for i in range(len(shape)):
        # The last axis is mapped innermost.
        axis = len(shape) - 1 - i
        function = vmap(function, in_axes=tuple(0 if j == axis else None for j in range(len(shape))))
    return function(*(arange(n, dtype=dtype) for n in shape), **kwargs)


def frombuffer(buffer, dtype=float, count=-1, offset=0):
    """An array with a copy of a buffer's data."""
    return _asarray(np.frombuffer(buffer, dtype=_dtypes.canonical(dtype), count=count, offset=offset))


def _grid(key, sparse):
    """Ranges of slices as `mgrid` and `ogrid` take them: a complex step is a number of points."""
    keys = key if isinstance(key, tuple) else (key,)
    axes = [_range(k) for k in keys]
    if not isinstance(key, tuple):
        return axes[0]
    grids = _core.meshgrid(axes, sparse, True)
    return grids if sparse else _core.stack(grids, 0)


def _range(key):
    start = 0 if key.start is None else key.start
    if isinstance(key.step, complex):
        return linspace(start, key.stop, int(abs(key.step)))
    return arange(start, key.stop, key.step)


class _Grid:
    def __init__(self, sparse):
        self.sparse = sparse

    def __getitem__(self, key):
        return _grid(key, self.sparse)


class _Joined:
    """`r_` and `c_`: arrays, numbers and ranges written as an index, joined along an axis."""

    def __init__(self, axis, rank):
        self.axis, self.rank = axis, rank

    def __getitem__(self, key):
        parts = [_range(k) if isinstance(k, slice) else _asarray(k) for k in (key if isinstance(key, tuple) else (key,))]
        if self.rank == 2:
            parts = [_core.reshape(p, p.shape + (1,) * (2 - p.ndim)) if p.ndim else _core.reshape(p, (1, 1)) for p in parts]
        return _core.concatenate([_core.atleast(p, 1) for p in parts], self.axis)


mgrid, ogrid = _Grid(sparse=False), _Grid(sparse=True)
r_, c_ = _Joined(0, 1), _Joined(-1, 2)
s_ = index_exp = np.s_
