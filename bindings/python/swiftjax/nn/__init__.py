"""`jax.nn`: activation functions and what goes with them."""

from .. import _core, _dtypes


def _unary(name):
    operation = getattr(_core, "nn_" + name)

    def function(x):
        return operation(x)

    function.__name__ = name
    function.__doc__ = operation.__doc__
    return function


for _name in ("relu", "relu6", "sigmoid", "softplus", "log_sigmoid", "silu", "soft_sign", "selu"):
    globals()[_name] = _unary(_name)
swish = globals()["silu"]


def elu(x, alpha=1.0):
    return _core.nn_elu(x, alpha)


def celu(x, alpha=1.0):
    return _core.nn_celu(x, alpha)


def leaky_relu(x, negative_slope=1e-2):
    return _core.nn_leaky_relu(x, negative_slope)


def gelu(x, approximate=True):
    return _core.nn_gelu(x, approximate)


def tanh(x):
    return _core.tanh(x)


def softmax(x, axis=-1):
    return _core.nn_softmax(x, axis)


def log_softmax(x, axis=-1):
    return _core.nn_log_softmax(x, axis)


def logsumexp(a, axis=None, keepdims=False):
    return _core.nn_logsumexp(a, axis, keepdims)


def one_hot(x, num_classes, *, dtype=None, axis=-1):
    return _core.nn_one_hot(x, num_classes, _dtypes.code(dtype), axis)


def standardize(x, axis=-1, epsilon=1e-5):
    return _core.nn_standardize(x, axis, epsilon)
