"""The methods of arrays that are not on a hot path, and conversion from host data."""

import numpy as np

from . import _core, _dtypes

Array = _core.Array


def _host(x, what="np.asarray"):
    """The array's data as a NumPy array of its own."""
    if x._is_tracer:
        from ._errors import TracerArrayConversionError

        try:
            data = x._tobytes()
        except TypeError as error:
            raise TracerArrayConversionError(
                f"The numpy.ndarray conversion method __array__() was called on a tracer: {error}"
            ) from None
    else:
        data = x._tobytes()
    dtype = x.dtype
    if dtype is _dtypes.key:
        raise TypeError("JAX array with PRNGKey dtype cannot be converted to a NumPy array. Use random.key_data(arr).")
    if isinstance(dtype, np.dtype):
        return np.frombuffer(data, dtype=dtype).reshape(x.shape)
    # bfloat16 without ml_dtypes: the same values as float32.
    words = np.frombuffer(data, dtype=np.uint16).astype(np.uint32) << 16
    return words.view(np.float32).reshape(x.shape)


def from_numpy(value, dtype=None):
    """An array with a copy of host data, in the dtype that the configuration allows."""
    code = _dtypes.code(value.dtype if dtype is None else dtype)
    target = _dtypes.dtype(code)
    if isinstance(target, np.dtype):
        value = value.astype(target, copy=False)
    shape = value.shape
    return _core.from_buffer(memoryview(np.ascontiguousarray(value)).cast("B") if value.size else b"", code, shape)


def asarray(value, dtype=None):
    """An array for anything array-like; Python scalars keep weak types."""
    if type(value) is Array:
        return value if dtype is None else _core.astype(value, _dtypes.code(dtype))
    if isinstance(value, (bool, int, float, complex)):
        if dtype is not None:
            return from_numpy(np.asarray(value), dtype)
        return _core.scalar(value)
    if isinstance(value, (list, tuple)):
        return _from_sequence(value, dtype)
    if hasattr(value, "__jax_array__"):
        return asarray(value.__jax_array__(), dtype)
    if isinstance(value, (np.ndarray, np.generic)) or hasattr(value, "__array__") or _is_buffer(value):
        host = np.asarray(value)
        if host.dtype == object:
            raise TypeError(f"Value {value!r} with dtype object is not a valid JAX array type. Only arrays of numeric types are supported.")
        return from_numpy(host, dtype)
    raise TypeError(f"Value {value!r} of type {type(value)} is not a valid JAX type")


def _is_buffer(value):
    return isinstance(value, (bytes, bytearray, memoryview))


def _contains_array(value):
    return type(value) is Array or (isinstance(value, (list, tuple)) and any(map(_contains_array, value)))


def _from_sequence(value, dtype):
    if _contains_array(value):
        items = [asarray(item) for item in value]
        result = _core.stack(items, 0)
        return result if dtype is None else _core.astype(result, _dtypes.code(dtype))
    host = np.array(value)
    if host.dtype == object:
        raise TypeError(f"Value {value!r} with dtype object is not a valid JAX array type. Only arrays of numeric types are supported.")
    if dtype is None and host.dtype == np.float64:
        dtype = float
    return from_numpy(host, dtype)


def _convert_operand(value):
    """What an operand of an operation becomes; lists are refused, as in JAX."""
    if isinstance(value, (list, tuple)):
        raise TypeError(f"operation requires ndarray or scalar arguments, got {type(value)}: {value!r}. Use jnp.array first.")
    return asarray(value)


_core.set_converter(_convert_operand)


# --- Printing -----------------------------------------------------------------


def _repr(x):
    if x._is_tracer:
        return f"Tracer<{x.dtype.name}[{','.join(map(str, x.shape))}]>"
    if x.dtype is _dtypes.key:
        return f"Array({x.shape}, dtype=key<fry>) overlaying:\n{_host(_core.random_key_data(x))}"
    suffix = f", dtype={x.dtype.name}" + (", weak_type=True" if x.weak_type else "") + ")"
    if x.size == 0:
        return f"Array([], shape={x.shape}{suffix}"
    body = np.array2string(_host(x), separator=", ", prefix="Array(", suffix=")" if x.ndim == 0 else ",")
    last = len(body) - body.rfind("\n")
    gap = suffix if last + len(suffix) <= np.get_printoptions()["linewidth"] - len("Array(") else suffix.replace(", ", ",\n      ", 1)
    return f"Array({body}{gap}"


def _str(x):
    return _repr(x) if x._is_tracer or x.dtype is _dtypes.key else str(_host(x))


def _format(x, spec):
    return format(_host(x)[()], spec) if x.ndim == 0 and spec else str(x)


# --- Conversions --------------------------------------------------------------


def _array_protocol(x, dtype=None, copy=None):
    host = _host(x)
    return host if dtype is None else host.astype(dtype)


def _item(x, *args):
    return _host(x).item(*args)


def _len(x):
    if not x.shape:
        raise TypeError("len() of unsized object")
    return x.shape[0]


def _iter(x):
    if not x.shape:
        raise TypeError("iteration over a 0-d array")
    return iter([x[i] for i in range(x.shape[0])])


def _reduce_pickle(x):
    return from_numpy, (_host(x),)


def attach(name, function):
    setattr(Array, name, function)


for _name, _function in {
    "dtype": property(lambda x: _dtypes.dtype(x._dtype_code), doc="The element type."),
    "itemsize": property(lambda x: x.dtype.itemsize),
    "device": property(lambda x: "cpu"),
    "__repr__": _repr,
    "__str__": _str,
    "__format__": _format,
    "__array__": _array_protocol,
    "__array_priority__": 100,
    "__len__": _len,
    "__iter__": _iter,
    "__complex__": lambda x: _core.item_complex(x),
    "__reduce__": _reduce_pickle,
    "__copy__": lambda x: x,
    "__deepcopy__": lambda x, memo: x,
    "item": _item,
    "tolist": lambda x: _host(x).tolist(),
    "__setitem__": lambda x, i, v: (_ for _ in ()).throw(
        TypeError(
            "JAX arrays are immutable and do not support in-place item assignment. Instead of x[idx] = y, use "
            "x = x.at[idx].set(y) or another .at[] method: https://docs.jax.dev/en/latest/_autosummary/jax.numpy.ndarray.at.html"
        )
    ),
}.items():
    attach(_name, _function)
