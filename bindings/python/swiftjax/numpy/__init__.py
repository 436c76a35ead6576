"""`jax.numpy`: NumPy's functions on the engine's arrays."""

import builtins

import numpy as _np

from .. import _core, _dtypes
from .._array import Array, asarray as _asarray, attach

ndarray = Array
pi, e, inf, nan, newaxis = _np.pi, _np.e, _np.inf, _np.nan, None
euler_gamma = _np.euler_gamma



class _ScalarType:
    """A dtype that converts when called, as `jnp.float32(x)`."""

    def __init__(self, dtype):
        self.dtype = dtype
        self.__name__ = dtype.name

    def __call__(self, value=0):
        return _asarray(value, self.dtype)

    def __repr__(self):
        return f"<class 'swiftjax.numpy.{self.__name__}'>"

    def __eq__(self, other):
        try:
            return _dtypes.name(self) == _dtypes.name(other)
        except TypeError:
            return False

    def __hash__(self):
        return hash(self.dtype)


bool_ = _ScalarType(_np.dtype(bool))
(int8, int16, int32, int64, uint8, uint16, uint32, uint64, float16, float32, float64, complex64, complex128) = (
    _ScalarType(_np.dtype(_name))
    for _name in "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128".split()
)
bfloat16 = _ScalarType(_dtypes.bfloat16)
dtype = _np.dtype


def finfo(kind):
    return _np.finfo(_dtypes.canonical(kind) if not hasattr(kind, "dtype") else kind.dtype)


def iinfo(kind):
    return _np.iinfo(kind if not hasattr(kind, "dtype") else kind.dtype)


def issubdtype(arg1, arg2):
    arg1, arg2 = (a.dtype if isinstance(a, _ScalarType) else a for a in (arg1, arg2))
    return _np.issubdtype(arg1, arg2)


floating, integer, inexact, complexfloating = _np.floating, _np.integer, _np.inexact, _np.complexfloating

_UFUNCS = """
add subtract multiply divide floor_divide remainder fmod power maximum minimum arctan2 negative positive abs sign
square reciprocal sqrt cbrt exp exp2 expm1 log log1p log2 log10 sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh
arccosh arctanh floor ceil trunc rint isfinite isnan isinf equal not_equal less less_equal greater greater_equal
logical_and logical_or logical_xor logical_not bitwise_and bitwise_or bitwise_xor bitwise_not left_shift right_shift
real imag conj divmod nextafter logaddexp dot matmul inner vdot outer ravel
""".split()


def _operation(name):
    operation = getattr(_core, name)

    def function(*operands):
        return operation(*operands)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = operation.__doc__
    return function


for _name in _UFUNCS:
    globals()[_name] = _operation(_name)
true_divide, mod, absolute, invert, conjugate = divide, remainder, abs, bitwise_not, conj  # noqa: F821
acos, acosh, asin, asinh, atan, atanh, atan2, pow = arccos, arccosh, arcsin, arcsinh, arctan, arctanh, arctan2, power  # noqa: F821

_code = _dtypes.code


def array(object, dtype=None, copy=True, order="K", ndmin=0):
    """An array with a copy of the data. Python numbers keep their weak type."""
    result = _asarray(object, dtype)
    return _core.expand_dims(result, tuple(range(ndmin - result.ndim))) if ndmin > result.ndim else result


def asarray(a, dtype=None, order=None, *, copy=None):
    return _asarray(a, dtype)


def result_type(*arrays_and_dtypes):
    """The dtype that an operation on these has."""
    total = None
    for item in arrays_and_dtypes:
        if item in (builtins.bool, int, float, complex) if isinstance(item, type) else False:
            operand = _core.scalar(item(0))
        elif isinstance(item, (str, type, _np.dtype, _ScalarType)):
            operand = zeros((), item)
        else:
            operand = _asarray(item)
        total = operand if total is None else _core.where(_TRUE, total, operand)
    return total.dtype


def promote_types(a, b):
    return result_type(a, b)


_TRUE = _core.scalar(True)


def _shape(shape):
    return (shape,) if isinstance(shape, (int, _np.integer)) else tuple(int(n) for n in shape)


def zeros(shape, dtype=None):
    return _core.zeros(_shape(shape), _code(dtype))


def ones(shape, dtype=None):
    return _core.ones(_shape(shape), _code(dtype))


empty = zeros


def full(shape, fill_value, dtype=None):
    return _core.full(_shape(shape), fill_value, _code(dtype))


def zeros_like(a, dtype=None, shape=None):
    return _core.zeros_like(a, _code(dtype), None if shape is None else _shape(shape))


def ones_like(a, dtype=None, shape=None):
    return _core.ones_like(a, _code(dtype), None if shape is None else _shape(shape))


def full_like(a, fill_value, dtype=None, shape=None):
    return _core.full_like(a, fill_value, _code(dtype), None if shape is None else _shape(shape))


def arange(start, stop=None, step=None, dtype=None):
    if stop is None:
        start, stop = 0, start
    step = 1 if step is None else step
    if builtins.all(isinstance(v, (int, _np.integer)) for v in (start, stop, step)):
        return _core.arange(start, stop, step, _code(dtype))
    return _asarray(_np.arange(start, stop, step, dtype=_dtypes.canonical(dtype or float)))


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    dtype = _dtypes.canonical(dtype or float)
    divisions = num - 1 if endpoint else num
    start, stop = array(start, dtype), array(stop, dtype)
    if divisions <= 0:
        result = _core.full((num,) + start.shape, start)
        step = nan
    else:
        steps = _core.reshape(_core.arange(0, num, 1, _code(dtype)), (num,) + (1,) * start.ndim) / divisions
        result = start * (1 - steps) + stop * steps
        if endpoint:
            result = concatenate([result[:-1], _core.reshape(stop, (1,) + stop.shape)])
        step = (stop - start) / divisions
    result = moveaxis(result, 0, axis)
    return (result, step) if retstep else result


def eye(N, M=None, k=0, dtype=None):
    return _core.eye(N, M, k, _code(dtype))


identity = eye


# --- Reductions ---------------------------------------------------------------


def sum(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None):
    return _core.sum(a, axis, _code(dtype), keepdims, initial, where)


def prod(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None):
    return _core.prod(a, axis, _code(dtype), keepdims, initial, where)


def max(a, axis=None, out=None, keepdims=False, initial=None, where=None):
    return _core.max(a, axis, keepdims, initial, where)


def min(a, axis=None, out=None, keepdims=False, initial=None, where=None):
    return _core.min(a, axis, keepdims, initial, where)


amax, amin = max, min


def all(a, axis=None, out=None, keepdims=False, *, where=None):
    return _core.all(a, axis, keepdims, where)


def any(a, axis=None, out=None, keepdims=False, *, where=None):
    return _core.any(a, axis, keepdims, where)


def mean(a, axis=None, dtype=None, out=None, keepdims=False, *, where=None):
    return _core.mean(a, axis, _code(dtype), keepdims, where)


def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    return _core.var(a, axis, _code(dtype), ddof, keepdims)


def std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=None):
    return _core.std(a, axis, _code(dtype), ddof, keepdims, where)


def argmax(a, axis=None, out=None, keepdims=False):
    return _core.argmax(a, axis, keepdims)


def argmin(a, axis=None, out=None, keepdims=False):
    return _core.argmin(a, axis, keepdims)


def cumsum(a, axis=None, dtype=None, out=None):
    return _core.cumsum(a, axis, _code(dtype))


def cumprod(a, axis=None, dtype=None, out=None):
    return _core.cumprod(a, axis, _code(dtype))


def sort(a, axis=-1, *, descending=False):
    result = _core.sort_multi([a], axis, 1)[0]
    return _core.flip(result, axis) if descending else result


def argsort(a, axis=-1, *, stable=True, descending=False):
    a = _asarray(a)
    positions = _core.iota(_code(int), a.shape, axis % a.ndim)
    return _core.sort_multi([a, positions], axis, 1)[1]


# --- Shapes -------------------------------------------------------------------


def reshape(a, shape, order="C"):
    return _core.reshape(a, _shape(shape))


def transpose(a, axes=None):
    return _core.transpose(a, axes)


permute_dims = transpose


def swapaxes(a, axis1, axis2):
    return _core.swapaxes(a, axis1, axis2)


def moveaxis(a, source, destination):
    return _core.moveaxis(a, source, destination)


def expand_dims(a, axis):
    return _core.expand_dims(a, axis)


def squeeze(a, axis=None):
    return _core.squeeze(a, axis)


def broadcast_to(array, shape):
    return _core.broadcast_to(array, _shape(shape))


def concatenate(arrays, axis=0, dtype=None):
    if isinstance(arrays, Array):
        arrays = list(arrays)
    return _core.concatenate([_asarray(a) for a in arrays], axis, _code(dtype))


def stack(arrays, axis=0, out=None, dtype=None):
    return _core.stack([_asarray(a) for a in arrays], axis, _code(dtype))


def split(ary, indices_or_sections, axis=0):
    """Parts along an axis: equal ones, or cut at the given positions."""
    ary = _asarray(ary)
    size = ary.shape[axis]
    if isinstance(indices_or_sections, (int, _np.integer)):
        if size % indices_or_sections:
            raise ValueError("array split does not result in an equal division")
        sizes = [size // indices_or_sections] * int(indices_or_sections)
    else:
        cuts = [0, *(builtins.min(int(i), size) for i in indices_or_sections), size]
        sizes = [b - a for a, b in zip(cuts, cuts[1:])]
    return _core.split_sizes(ary, sizes, axis % ary.ndim)


def vstack(tup, dtype=None):
    return concatenate([atleast_2d(a) for a in tup], 0, dtype)


def hstack(tup, dtype=None):
    arrays = [atleast_1d(a) for a in tup]
    return concatenate(arrays, 0 if arrays[0].ndim == 1 else 1, dtype)


def atleast_1d(a):
    a = _asarray(a)
    return a if a.ndim else _core.reshape(a, (1,))


def atleast_2d(a):
    a = atleast_1d(a)
    return a if a.ndim > 1 else _core.expand_dims(a, 0)


def flip(m, axis=None):
    return _core.flip(m, axis)


def where(condition, x, y):
    return _core.where(condition, x, y)


def clip(arr, min=None, max=None):
    return _core.clip(arr, min, max)


def take(a, indices, axis=None):
    return _core.take(a, indices, axis)


def searchsorted(a, v, side="left"):
    return _core.searchsorted(a, v, side == "right")


def tensordot(a, b, axes=2):
    if isinstance(axes, int):
        a, b = _asarray(a), _asarray(b)
        axes = tuple(range(a.ndim - axes, a.ndim)), tuple(range(axes))
    return _core.tensordot(a, b, axes[0], axes[1])


def trace(a, offset=0, axis1=0, axis2=1, dtype=None):
    return _core.trace(a, offset, axis1, axis2, _code(dtype))


def astype(x, dtype):
    return _core.astype(x, _code(dtype))


def round(a, decimals=0):
    a = _asarray(a)
    if not issubdtype(a.dtype, inexact):
        return a
    if decimals == 0:
        return _core.rint(a)
    factor = 10.0**decimals
    return _core.divide(_core.rint(_core.multiply(a, factor)), factor)


def shape(a):
    return _asarray(a).shape


def ndim(a):
    return _asarray(a).ndim


def size(a):
    return _asarray(a).size


def array_equal(a1, a2):
    a1, a2 = _asarray(a1), _asarray(a2)
    return all(equal(a1, a2)) if a1.shape == a2.shape else _asarray(False)  # noqa: F821


def isclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    a, b = _asarray(a), _asarray(b)
    near = less_equal(abs(subtract(a, b)), add(atol, multiply(rtol, abs(b))))  # noqa: F821
    close = where(logical_and(isfinite(a), isfinite(b)), near, equal(a, b))  # noqa: F821
    return logical_or(close, logical_and(isnan(a), isnan(b))) if equal_nan else close  # noqa: F821


def allclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    return all(isclose(a, b, rtol, atol, equal_nan))


def save(file, arr):
    _np.save(file, _np.asarray(arr))


def load(file):
    return _asarray(_np.load(file))


# --- Indexing -----------------------------------------------------------------


def _index_item(item):
    if isinstance(item, (list, _np.ndarray)):
        return _asarray(_np.asarray(item)) if not builtins.any(isinstance(i, Array) for i in item) else _asarray(item)
    if isinstance(item, _np.integer):
        return int(item)
    if isinstance(item, _np.bool_):
        return _asarray(item)
    if isinstance(item, builtins.bool):
        return _asarray(_np.bool_(item))
    if isinstance(item, float):
        raise TypeError(f"Indexer must have integer or boolean type, got indexer with type float: {item!r}")
    return item


def _items(index):
    return [_index_item(i) for i in (index if isinstance(index, tuple) else (index,))]


class _IndexUpdate:
    """`x.at[index]`: functional updates."""

    __slots__ = ("array", "items")

    def __init__(self, array, items):
        self.array, self.items = array, items

    def get(self, *, mode=None, fill_value=None, indices_are_sorted=False, unique_indices=False):
        mode = _mode("fill" if mode is None and fill_value is not None else mode)
        return _core.at_get(self.array, self.items, mode, nan if fill_value is None else fill_value)

    def _update(self, operation, values, mode, indices_are_sorted, unique_indices):
        return operation(self.array, self.items, values, _mode(mode), indices_are_sorted, unique_indices)

    def subtract(self, values, **options):
        return self.add(_core.negative(values), **options)

    def apply(self, function, **options):
        return self.set(function(self.get()), **options)


def _updater(name):
    operation = getattr(_core, "at_" + name)

    def update(self, values, *, mode=None, indices_are_sorted=False, unique_indices=False):
        return self._update(operation, values, mode, indices_are_sorted, unique_indices)

    update.__name__ = name
    update.__doc__ = operation.__doc__
    return update


for _name in ("set", "add", "multiply", "divide", "power", "min", "max"):
    setattr(_IndexUpdate, _name, _updater(_name))
_IndexUpdate.mul = _IndexUpdate.multiply

_MODES = {None: None, "clip": 0, "fill": 1, "drop": 1, "promise_in_bounds": 2}


def _mode(mode):
    if mode not in _MODES:
        raise ValueError(f"Invalid mode={mode!r}; expected one of clip, drop, fill, promise_in_bounds")
    return _MODES[mode]


class _At:
    __slots__ = ("array",)

    def __init__(self, array):
        self.array = array

    def __getitem__(self, index):
        return _IndexUpdate(self.array, _items(index))


attach("__getitem__", lambda x, index: _core.index(x, _items(index)))
attach("at", property(_At, doc="Functional updates: x.at[index].set(y)."))


# --- Methods ------------------------------------------------------------------

for _name in "sum prod max min all any mean var std argmax argmin cumsum cumprod squeeze swapaxes clip dot trace round take sort argsort astype".split():
    attach(_name, globals()[_name])
attach("reshape", lambda x, *shape, order="C": reshape(x, shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape))
attach("transpose", lambda x, *axes: transpose(x, None if not axes else axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes))
attach("ravel", lambda x, order="C": _core.ravel(x))
attach("flatten", lambda x, order="C": _core.ravel(x))
attach("copy", lambda x: _core.reshape(x, x.shape))
attach("conj", lambda x: _core.conj(x))
attach("view", lambda x, dtype: _core.bitcast_convert_type(x, _code(dtype)))
attach("T", property(lambda x: _core.transpose(x)))
attach("mT", property(lambda x: _core.swapaxes(x, -1, -2)))
attach("real", property(lambda x: _core.real(x)))
attach("imag", property(lambda x: _core.imag(x)))
