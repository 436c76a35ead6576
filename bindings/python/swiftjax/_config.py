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
}


class _Config:
    def update(self, name, value):
        if name not in _SETTINGS:
            raise AttributeError(f"Unrecognized config option: {name}")
        _core.config_set(_SETTINGS[name], int(value))

    def __getattr__(self, name):
        if name in _SETTINGS:
            return bool(_core.config_get(_SETTINGS[name]))
        raise AttributeError(name)


config = _Config()


@contextlib.contextmanager
def _scope(setting, value):
    _core.config_push(setting, int(value))
    try:
        yield
    finally:
        _core.config_pop()


def enable_x64(new_val=True):
    return _scope(0, new_val)


def threefry_partitionable(new_val=True):
    return _scope(1, new_val)


def disable_jit(disable=True):
    return _scope(2, disable)


def debug_nans(new_val=True):
    return _scope(3, new_val)


def debug_infs(new_val=True):
    return _scope(4, new_val)


def log_compiles(new_val=True):
    return _scope(6, new_val)
