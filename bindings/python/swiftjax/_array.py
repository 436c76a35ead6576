"""The methods of arrays that are not on a hot path, and conversion from host data."""

import numpy as np

from . import _core, _dtypes, errors

Array = _core.Array


def _host(x, method="The numpy.ndarray conversion method __array__()", kind=None):
    """The array's data as a NumPy array of its own."""
    if x._is_tracer:
        data = _tracer_data(x, method, kind or errors.TracerArrayConversionError)
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


def _tracer_data(x, method, kind):
    """The data of a tracer whose value is known (under grad and jvp), else an error of some kind."""
    try:
        return x._tobytes()
    except errors.ConcretizationTypeError as error:
        text = f"{method} was called on traced array with shape {x.dtype.name}{list(x.shape)}. {error}"
    raise kind(text)


def from_numpy(value, dtype=None):
    """An array with a copy of host data, in the dtype that the configuration allows."""
    code = _dtypes.code(value.dtype if dtype is None else dtype)
    target = _dtypes.dtype(code)
    if target is _dtypes.bfloat16 and not isinstance(target, np.dtype) and value.dtype.name != "bfloat16":
        # Rounded by the engine: NumPy has no such type here.
        return _core.astype(from_numpy(value), code)
    if isinstance(target, np.dtype):
        value = value.astype(target, copy=False)
    shape = value.shape
    return _core.from_buffer(memoryview(np.ascontiguousarray(value)).cast("B") if value.size else b"", code, shape)


def asarray(value, dtype=None):
    """An array for anything array-like; Python scalars keep weak types."""
    if type(value) is Array:
        return value if dtype is None else _core.astype(value, _dtypes.code(dtype))
    if isinstance(value, np.generic):
        return from_numpy(np.asarray(value), dtype)
    if isinstance(value, (bool, int, float, complex)):
        return _scalar(value, dtype)
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


def _scalar(value, dtype):
    """A Python number: weakly typed unless a dtype is given. OverflowError where an integer does not fit."""
    if dtype is None:
        return _core.scalar(value if type(value) in (bool, int, float, complex) else _plain(value))
    code = _dtypes.code(dtype)
    target = _dtypes.dtype(code)
    if isinstance(value, int) and isinstance(target, np.dtype) and target.kind in "iu":
        limits = np.iinfo(target)
        if not limits.min <= value <= limits.max:
            raise OverflowError(f"Python integer {value} out of bounds for {target.name}")
    return from_numpy(np.asarray(value), dtype)


def _plain(value):
    """A number of a subclass, such as an enumeration's, as one of the class itself."""
    return int(value) if isinstance(value, int) else float(value) if isinstance(value, float) else complex(value)


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
        if any(item is None for item in host.flat):
            raise ValueError("None is not a valid value for jnp.array")
        raise TypeError(f"Value {value!r} with dtype object is not a valid JAX array type. Only arrays of numeric types are supported.")
    if dtype is None and host.dtype == np.float64:
        dtype = float
    if host.dtype.kind in "iu" and host.size:
        _check_range(host, _dtypes.dtype(_dtypes.code(int if dtype is None else dtype)))
    return from_numpy(host, dtype)


def _check_range(host, target):
    """OverflowError where an integer of a list does not fit the dtype."""
    if isinstance(target, np.dtype) and target.kind in "iu":
        limits = np.iinfo(target)
        for extreme in (host.min(), host.max()):
            if not limits.min <= extreme <= limits.max:
                raise OverflowError(f"Python integer {extreme} out of bounds for {target.name}")


def _convert_operand(value):
    """What an operand of an operation becomes; lists are refused, as in JAX."""
    if isinstance(value, (list, tuple)):
        raise TypeError(f"operation requires ndarray or scalar arguments, got {type(value)}: {value!r}. Use jnp.array first.")
    return asarray(value)


_core.set_converter(_convert_operand)


# --- Printing -----------------------------------------------------------------

# The engine prints in NumPy's default layout; where the user changed the options, NumPy prints.
_DEFAULT_OPTIONS = np.get_printoptions()


def _repr(x):
    if x._is_tracer or x.dtype is _dtypes.key or np.get_printoptions() == _DEFAULT_OPTIONS:
        return _core.array_repr(x)
    suffix = f", dtype={x.dtype.name}" + (", weak_type=True" if x.weak_type else "") + ")"
    if x.size == 0:
        return f"Array([], shape={x.shape}{suffix}"
    return f"Array({np.array2string(_host(x), separator=', ', prefix='Array(', suffix=',')}{suffix}"


def _str(x):
    if x._is_tracer or x.dtype is _dtypes.key or np.get_printoptions() == _DEFAULT_OPTIONS:
        return _core.array_str(x)
    return str(_host(x))


def _format(x, spec):
    if x.ndim or x._is_tracer or x.dtype is _dtypes.key:
        if not spec:
            return str(x)
        raise TypeError(f"unsupported format string passed to {type(x).__name__}.__format__")
    # As a NumPy scalar of rank 0, whose own text is that of the Python number.
    return format(_item(x), spec)


# --- Conversions --------------------------------------------------------------


def _array_protocol(x, dtype=None, copy=None):
    host = _host(x)
    # Writing to what looks like the array would not change it.
    host.flags.writeable = copy is True
    return host if dtype is None else host.astype(dtype, copy=False)


def _item(x, *args):
    return _host(x, "The item() method", errors.ConcretizationTypeError).item(*args)


def _tolist(x):
    return _host(x, "The tolist() method", errors.ConcretizationTypeError).tolist()


def _len(x):
    if not x.shape:
        raise TypeError("len() of unsized object")
    return x.shape[0]


def _iter(x):
    if not x.shape:
        raise TypeError("iteration over a 0-d array")
    return iter([x[i] for i in range(x.shape[0])])


def _reduce_pickle(x):
    """Pickles hold NumPy arrays and the name of the dtype, which NumPy may not have."""
    if x.dtype is _dtypes.key:
        return _unpickled_key, (_host(_core.random_key_data(x)),)
    return _unpickled, (_host(x), x.dtype.name, x.weak_type)


def _unpickled(host, dtype, weak_type):
    return _core.convert_element_type(from_numpy(host), _dtypes.code(dtype), weak_type)


def _unpickled_key(data):
    return _core.random_wrap_key_data(from_numpy(data))


def _device():
    from ._devices import devices

    return devices()[0]


def _addressable(x, index):
    """The part of the array on a device, of which there is one."""
    if index:
        raise IndexError(f"there is one device, 0, not {index}")
    return x


def _aval(x):
    from ._api import typeof

    return typeof(x)


# --- DLPack -------------------------------------------------------------------


def _dlpack(x, *, stream=None, max_version=None, dl_device=None, copy=None):
    """A capsule of the array's memory, versioned for consumers that know DLPack 1.0."""
    if dl_device is not None and tuple(dl_device) != (1, 0):
        raise BufferError(f"arrays are on the processor, device (1, 0), not on {dl_device}")
    return _core.to_dlpack(_core.copy(x) if copy else x, max_version is not None and max_version[0] >= 1)


def from_dlpack(external_array, device=None, copy=None):
    """An array on the memory of another library's, without a copy where that is possible."""
    if not hasattr(external_array, "__dlpack__"):
        return _core.from_dlpack(external_array)
    try:
        capsule = external_array.__dlpack__(max_version=(1, 0))
    except TypeError:  # of before DLPack 1.0
        capsule = external_array.__dlpack__()
    result = _core.from_dlpack(capsule)
    return _core.copy(result) if copy else result


def attach(name, function):
    setattr(Array, name, function)


for _name, _function in {
    "dtype": property(lambda x: _dtypes.dtype(x._dtype_code), doc="The element type."),
    "itemsize": property(lambda x: x.dtype.itemsize),
    "device": property(lambda x: _device()),
    "devices": lambda x: {_device()},
    "committed": property(lambda x: False),
    "is_fully_addressable": property(lambda x: True),
    "is_fully_replicated": property(lambda x: True),
    "addressable_data": _addressable,
    "on_device_size_in_bytes": lambda x: x.nbytes,
    "copy_to_host_async": lambda x: None,
    "aval": property(_aval),
    "__dlpack__": _dlpack,
    "__dlpack_device__": lambda x: (1, 0),
    "__reversed__": lambda x: iter([x[i] for i in range(_len(x) - 1, -1, -1)]),
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
    "tolist": _tolist,
    "__setitem__": lambda x, i, v: (_ for _ in ()).throw(
        TypeError(
            "JAX arrays are immutable and do not support in-place item assignment. Instead of x[idx] = y, use "
            "x = x.at[idx].set(y) or another .at[] method: https://docs.jax.dev/en/latest/_autosummary/jax.numpy.ndarray.at.html"
        )
    ),
}.items():
    attach(_name, _function)
