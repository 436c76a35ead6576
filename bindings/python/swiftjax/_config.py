"""Configuration: process-wide defaults and scopes on one thread."""

import contextlib

from . import _core

_SETTINGS = {
    "jax_enable_x64": 0,
    "jax_threefry_partitionable": 1,
    "jax_disable_jit": 2,
    "jax_debug_nans": 3,
    "jax_debug_infs": 4,
    "jax_enable_checks": 5,
    "jax_log_compiles": 6,
    "jax_explain_cache_misses": 7,
    "jax_cpu_enable_async_dispatch": 8,
}


# Options of JAX that mean nothing here: a processor is all there is, and the engine does not do what they choose.
_IGNORED = {
    "jax_platforms": None, "jax_platform_name": "", "jax_default_matmul_precision": None, "jax_compilation_cache_dir": None,
    "jax_traceback_filtering": "auto", "jax_numpy_rank_promotion": "allow", "jax_numpy_dtype_promotion": "standard",
    "jax_default_device": None, "jax_default_prng_impl": "threefry2x32", "jax_check_tracer_leaks": False,
    "jax_transfer_guard": "allow", "jax_enable_custom_prng": False, "jax_debug_key_reuse": False,
}  # fmt: skip


class _Config:
    """`jax.config`: settings of the process, by JAX's names."""

    def update(self, name, value):
        """Changes the default of the process; AttributeError for a name that there is not."""
        if name in _SETTINGS:
            _core.config_set(_SETTINGS[name], int(bool(value)))
        elif name in _IGNORED:
            _IGNORED[name] = value
        else:
            raise AttributeError(f"Unrecognized config option: {name}")

    def read(self, name):
        return getattr(self, name)

    def __getattr__(self, name):
        if name in _SETTINGS:
            return bool(_core.config_get(_SETTINGS[name]))
        if name in _IGNORED:
            return _IGNORED[name]
        if f"jax_{name}" in _SETTINGS:
            return bool(_core.config_get(_SETTINGS[f"jax_{name}"]))
        raise AttributeError(f"Unrecognized config option: {name}")


config = _Config()


@contextlib.contextmanager
def _scope(name, value):
    _core.config_push(_SETTINGS[name], int(value))
    try:
        yield
    finally:
        _core.config_pop()


def enable_x64(new_val=True):
    return _scope("jax_enable_x64", new_val)


def threefry_partitionable(new_val=True):
    return _scope("jax_threefry_partitionable", new_val)


def disable_jit(disable=True):
    return _scope("jax_disable_jit", disable)


def debug_nans(new_val=True):
    return _scope("jax_debug_nans", new_val)


def debug_infs(new_val=True):
    return _scope("jax_debug_infs", new_val)


def log_compiles(new_val=True):
    return _scope("jax_log_compiles", new_val)


def explain_cache_misses(new_val=True):
    return _scope("jax_explain_cache_misses", new_val)


def enable_checks(new_val=True):
    """A scope in which the engine checks what its passes make."""
    return _scope("jax_enable_checks", new_val)


def check_tracer_leaks(new_val=True):
    """JAX's scope for finding tracers that escape; here every use of one is an error, in or out of the scope."""
    return contextlib.nullcontext()


def default_matmul_precision(new_val):
    """JAX's scope for the precision of products; here they always have the full precision of their dtype."""
    return contextlib.nullcontext()


def ensure_compile_time_eval():
    """A scope for operations on known values, which here are always evaluated while tracing goes on around them."""
    return contextlib.nullcontext()


def named_scope(name):
    """A name for the operations within; names do not show in jaxprs."""
    if not isinstance(name, str):
        raise TypeError("named_scope name argument must be a string.")
    return _Named()


def named_call(fun=None, *, name=None):
    """A function under a name."""
    if fun is None:
        return lambda f: named_call(f, name=name)
    return fun


class _Named(contextlib.ContextDecorator):
    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return False
