"""`jax.nn`: activation functions and what goes with them."""

import math

from .. import _core
from .._array import asarray
from .._declare import declare
from . import initializers  # noqa: F401

declare(
    globals(),
    """
    celu(x, alpha=1.0) = core.nn_celu(x, alpha)
    elu(x, alpha=1.0) = core.nn_elu(x, alpha)
    gelu(x, approximate=True) = core.nn_gelu(x, approximate)
    glu(x, axis=-1) = core.nn_glu(x, axis)
    hard_sigmoid(x) = core.nn_hard_sigmoid(x)
    hard_silu(x) = core.nn_hard_silu(x)
    hard_tanh(x) = core.nn_hard_tanh(x)
    leaky_relu(x, negative_slope=0.01) = core.nn_leaky_relu(x, negative_slope)
    log1mexp(x) = core.nn_log1mexp(x)
    log_sigmoid(x) = core.nn_log_sigmoid(x)
    log_softmax(x, axis=-1, where=None) = core.nn_log_softmax(x, axis, where)
    logmeanexp(x, axis=None, where=None, keepdims=False) = core.nn_logmeanexp(x, axis, keepdims, where)
    mish(x) = core.nn_mish(x)
    one_hot(x, num_classes, *, dtype=None, axis=-1) = core.nn_one_hot(asarray(x), num_classes, code(dtype), axis)
    relu(x) = core.nn_relu(x)
    relu6(x) = core.nn_relu6(x)
    selu(x) = core.nn_selu(x)
    sigmoid(x) = core.nn_sigmoid(x)
    silu(x) = core.nn_silu(x)
    soft_sign(x) = core.nn_soft_sign(x)
    softmax(x, axis=-1, where=None) = core.nn_softmax(x, axis, where)
    softplus(x) = core.nn_softplus(x)
    sparse_plus(x) = core.nn_sparse_plus(x)
    sparse_sigmoid(x) = core.nn_sparse_sigmoid(x)
    squareplus(x, b=4) = core.nn_squareplus(x, b)
    standardize(x, axis=-1, mean=None, variance=None, epsilon=1e-05, where=None, *, algorithm='fast') = core.nn_standardize(x, axis, epsilon, mean, variance, where, algorithm == 'stable')
    tanh(x, /) = core.tanh(x)
    """,
)
swish, hard_swish = silu, hard_silu  # noqa: F821


def identity(x):
    """The operand as an array."""
    return asarray(x)


def logsumexp(a, axis=None, b=None, keepdims=False, return_sign=False, where=None):
    if return_sign:
        return tuple(_core.nn_logsumexp_sign(a, axis, b, keepdims, where))
    return _core.nn_logsumexp(a, axis, keepdims, b, where)


logsumexp.__doc__ = _core.nn_logsumexp.__doc__


def dot_product_attention(
    query, key, value, bias=None, mask=None, *, scale=None, is_causal=False, query_seq_lengths=None,
    key_value_seq_lengths=None, local_window_size=None, implementation=None, return_residual=False,
):  # fmt: skip
    if return_residual or any(x is not None for x in (query_seq_lengths, key_value_seq_lengths, local_window_size)):
        raise NotImplementedError("dot_product_attention: sequence lengths, windows and residuals are not there yet; use mask")
    return _core.nn_dot_product_attention(query, key, value, bias, mask, math.nan if scale is None else scale, is_causal)


dot_product_attention.__doc__ = _core.nn_dot_product_attention.__doc__
