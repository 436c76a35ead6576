"""`jax.lax`: the operations beneath `numpy`, and control flow."""

from . import _core, _dtypes
from ._api import _leaf, _wrap_plain
from .tree_util import tree_flatten, tree_unflatten

# Elementwise and other operations that take arrays alone.
_SAME = {
    "abs": "abs", "acos": "arccos", "acosh": "arccosh", "add": "add", "asin": "arcsin", "asinh": "arcsinh",
    "atan": "arctan", "atan2": "arctan2", "atanh": "arctanh", "bessel_i0e": "bessel_i0e", "bessel_i1e": "bessel_i1e",
    "bitwise_and": "bitwise_and", "bitwise_not": "bitwise_not", "bitwise_or": "bitwise_or",
    "bitwise_xor": "bitwise_xor", "cbrt": "cbrt", "ceil": "ceil", "clamp": "clamp", "clz": "clz", "complex": "complex",
    "conj": "conj", "cos": "cos", "cosh": "cosh", "digamma": "digamma", "div": "divide", "eq": "equal", "erf": "erf",
    "erf_inv": "erf_inv", "erfc": "erfc", "exp": "exp", "exp2": "exp2", "expm1": "expm1", "floor": "floor",
    "ge": "greater_equal", "gt": "greater", "imag": "imag", "is_finite": "isfinite", "le": "less_equal",
    "lgamma": "lgamma", "log": "log", "log1p": "log1p", "logistic": "nn_sigmoid", "lt": "less", "max": "maximum",
    "min": "minimum", "mul": "multiply", "ne": "not_equal", "neg": "negative", "nextafter": "nextafter",
    "population_count": "population_count", "pow": "power", "real": "real", "rem": "fmod", "rsqrt": "rsqrt",
    "select": "select", "shift_left": "left_shift", "sign": "sign", "sin": "sin", "sinh": "sinh", "sqrt": "sqrt",
    "square": "square", "stop_gradient": "stop_gradient", "sub": "subtract", "tan": "tan", "tanh": "tanh",
    "integer_pow": "integer_pow", "slice": "slice", "transpose": "transpose", "reshape": "reshape",
    "broadcast_in_dim": "broadcast_in_dim", "expand_dims": "expand_dims", "squeeze": "squeeze",
    "shift_right_arithmetic": "right_shift", "rev": "flip",
}  # fmt: skip


def _forward(name, target):
    operation = getattr(_core, target, None)
    if operation is None:
        return

    def function(*operands):
        return operation(*operands)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = operation.__doc__
    globals()[name] = function


for _name, _target in _SAME.items():
    _forward(_name, _target)


def select_n(which, *cases):
    return _core.select_n(which, cases)


def convert_element_type(operand, new_dtype):
    return _core.convert_element_type(operand, _dtypes.code(new_dtype), False)


def bitcast_convert_type(operand, new_dtype):
    return _core.bitcast_convert_type(operand, _dtypes.code(new_dtype))


def full(shape, fill_value, dtype=None):
    return _core.full(shape, fill_value, _dtypes.code(dtype))


def iota(dtype, size):
    return _core.iota(_dtypes.code(dtype), (size,), 0)


def broadcasted_iota(dtype, shape, dimension):
    return _core.iota(_dtypes.code(dtype), shape, dimension)


def concatenate(operands, dimension):
    return _core.concatenate(operands, dimension)


def dynamic_slice(operand, start_indices, slice_sizes):
    return _core.dynamic_slice(operand, [_leaf(i) for i in start_indices], slice_sizes)


def dynamic_update_slice(operand, update, start_indices):
    starts = [start_indices] if not isinstance(start_indices, (list, tuple)) else start_indices
    return _core.dynamic_update_slice(operand, update, [_leaf(i) for i in starts])


def dot_general(lhs, rhs, dimension_numbers, precision=None, preferred_element_type=None):
    (lhs_contracting, rhs_contracting), (lhs_batch, rhs_batch) = dimension_numbers
    return _core.dot_general(
        lhs, rhs, tuple(lhs_contracting), tuple(rhs_contracting), tuple(lhs_batch), tuple(rhs_batch),
        _dtypes.code(preferred_element_type))  # fmt: skip


def dot(lhs, rhs, precision=None, preferred_element_type=None):
    return _core.dot(lhs, rhs)


def pad(operand, padding_value, padding_config):
    return _core.pad_lax(operand, padding_value, [n for triple in padding_config for n in triple])


def cumsum(operand, axis=0, reverse=False):
    flipped = _core.flip(operand, axis) if reverse else operand
    result = _core.cumsum(flipped, axis)
    return _core.flip(result, axis) if reverse else result


def cummax(operand, axis=0, reverse=False):
    return _core.cummax(operand, axis, reverse)


def cummin(operand, axis=0, reverse=False):
    return _core.cummin(operand, axis, reverse)


def cumlogsumexp(operand, axis=0, reverse=False):
    return _core.cumlogsumexp(operand, axis, reverse)


def top_k(operand, k, *, axis=-1):
    return list(_core.top_k(operand, k, axis))


def sort(operand, dimension=-1, is_stable=True, num_keys=1):
    if isinstance(operand, (tuple, list)):
        return tuple(_core.sort_multi(operand, dimension, num_keys))
    return _core.sort_multi([operand], dimension, 1)[0]


def cumprod(operand, axis=0, reverse=False):
    flipped = _core.flip(operand, axis) if reverse else operand
    result = _core.cumprod(flipped, axis)
    return _core.flip(result, axis) if reverse else result


def reduce_sum(operand, axes):
    return _core.sum(operand, tuple(axes), operand._dtype_code)


def reduce_prod(operand, axes):
    return _core.prod(operand, tuple(axes), operand._dtype_code)


def reduce_max(operand, axes):
    return _core.max(operand, tuple(axes))


def reduce_min(operand, axes):
    return _core.min(operand, tuple(axes))


def reduce_and(operand, axes):
    return _core.all(operand, tuple(axes))


def reduce_or(operand, axes):
    return _core.any(operand, tuple(axes))


def argmax(operand, axis, index_dtype):
    return _core.astype(_core.argmax(operand, axis), _dtypes.code(index_dtype))


def argmin(operand, axis, index_dtype):
    return _core.astype(_core.argmin(operand, axis), _dtypes.code(index_dtype))


def reciprocal(x):
    return _core.reciprocal(x)


def psum(x, axis_name):
    return _over(_core.psum, x, axis_name)


def pmean(x, axis_name):
    return _over(_core.pmean, x, axis_name)


def pmax(x, axis_name):
    return _over(_core.pmax, x, axis_name)


def pmin(x, axis_name):
    return _over(_core.pmin, x, axis_name)


def _over(operation, x, axis_name):
    leaves, tree = tree_flatten(x)
    return tree_unflatten(tree, [operation(leaf, axis_name) for leaf in leaves])


def axis_index(axis_name):
    return _core.axis_index(axis_name)


# --- Control flow -------------------------------------------------------------


def _flat(values):
    leaves, tree = tree_flatten(values)
    return [_leaf(x) for x in leaves], tree


def cond(pred, true_fun, false_fun, *operands):
    leaves, tree = _flat(operands)
    results, out = _core.cond(_leaf(pred), _wrap_plain(true_fun), _wrap_plain(false_fun), leaves, tree)
    return tree_unflatten(out, results)


def switch(index, branches, *operands):
    leaves, tree = _flat(operands)
    results, out = _core.switch(_leaf(index), [_wrap_plain(f) for f in branches], leaves, tree)
    return tree_unflatten(out, results)


def while_loop(cond_fun, body_fun, init_val):
    leaves, tree = _flat(init_val)
    results = _core.while_loop(_wrap_plain(cond_fun), _wrap_plain(body_fun), leaves, tree)
    return tree_unflatten(tree, results)


def fori_loop(lower, upper, body_fun, init_val, *, unroll=None):
    leaves, tree = _flat(init_val)
    results = _core.fori_loop(_leaf(lower), _leaf(upper), _wrap_plain(body_fun), leaves, tree)
    return tree_unflatten(tree, results)


def scan(f, init, xs=None, length=None, reverse=False, unroll=1):
    leaves, tree = _flat(init)
    inputs, inputs_tree = _flat(xs)
    unroll = int(unroll) if not isinstance(unroll, bool) else 1
    carry, ys, ys_tree = _core.scan(_wrap_plain(f), leaves, tree, inputs, inputs_tree, length, reverse, unroll)
    return tree_unflatten(tree, carry), tree_unflatten(ys_tree, ys)


def map(f, xs):
    leaves, tree = _flat(xs)
    results, out = _core.map(_wrap_plain(f), leaves, tree)
    return tree_unflatten(out, results)


from ._windows import (  # noqa: E402, F401
    ConvDimensionNumbers, conv, conv_dimension_numbers, conv_general_dilated, conv_with_general_padding, reduce_window,
)  # fmt: skip
