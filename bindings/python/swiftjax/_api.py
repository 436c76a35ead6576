"""The transformations. The engine holds functions of flat leaves and a tree; Python's are wrapped."""

import functools
import inspect

from . import _core
from ._array import Array, asarray
from .tree_util import Static, _core as _tree_core, tree_flatten, tree_structure, tree_unflatten, _NONE

_NO_KEYWORDS = _core.dict_tree([], [])


def _name(f):
    return getattr(f, "__name__", None) or type(f).__name__


def _leaf(value):
    return value if type(value) is Array else asarray(value)


def _flatten_result(result):
    leaves, tree = tree_flatten(result)
    try:
        return [_leaf(x) for x in leaves], tree
    except TypeError as error:
        raise TypeError(f"a function gave a value that is not an array: {error}") from None


def _wrap(f, name=None):
    """The engine's function for a Python function of (args…, keywords)."""

    def body(leaves, tree):
        *args, keywords = tree_unflatten(tree, leaves)
        args = [a.value if type(a) is Static else a for a in args]
        keywords = {k: v.value if type(v) is Static else v for k, v in keywords.items()}
        return _flatten_result(f(*args, **keywords))

    return _core.function(name or _name(f), body)


def _wrap_plain(f, name=None):
    """The engine's function for a Python function of positional arguments only."""

    def body(leaves, tree):
        return _flatten_result(f(*tree_unflatten(tree, leaves)))

    return _core.function(name or _name(f), body)


def _call(function, args, keywords):
    leaves, tree = tree_flatten((*args, keywords))
    leaves, tree = _core.call(function, [_leaf(x) for x in leaves], tree)
    return tree_unflatten(tree, leaves)


def _axis_tuple(argnums):
    return argnums if isinstance(argnums, int) else tuple(argnums)


def _positive(argnums, count):
    def one(i):
        return i + count if i < 0 else i

    return one(argnums) if isinstance(argnums, int) else tuple(map(one, argnums))


def _gradient(make, fun, argnums, *flags):
    function = _wrap(fun)
    cache = {}

    @functools.wraps(fun, assigned=("__name__", "__doc__", "__module__", "__qualname__"))
    def derived(*args, **keywords):
        numbers = _positive(_axis_tuple(argnums), len(args))
        largest = max(numbers, default=0) if isinstance(numbers, tuple) else numbers
        if largest >= len(args):
            raise TypeError(f"differentiating with respect to argnums={argnums} requires at least {largest + 1} "
                            f"positional arguments to be passed by the caller, but got only {len(args)} positional arguments.")
        if numbers not in cache:
            cache[numbers] = make(function, numbers, *flags)
        return _call(cache[numbers], args, keywords)

    return derived


def grad(fun, argnums=0, has_aux=False, holomorphic=False, allow_int=False, reduce_axes=()):
    """The gradient of a scalar function."""
    return _gradient(_core.grad, fun, argnums, has_aux, holomorphic, allow_int)


def value_and_grad(fun, argnums=0, has_aux=False, holomorphic=False, allow_int=False, reduce_axes=()):
    """The value of a scalar function together with its gradient."""
    return _gradient(_core.value_and_grad, fun, argnums, has_aux, holomorphic, allow_int)


def jacfwd(fun, argnums=0, has_aux=False, holomorphic=False):
    """The Jacobian, column by column."""
    return _gradient(_core.jacfwd, fun, argnums, has_aux, holomorphic)


def jacrev(fun, argnums=0, has_aux=False, holomorphic=False, allow_int=False):
    """The Jacobian, row by row."""
    return _gradient(_core.jacrev, fun, argnums, has_aux, holomorphic, allow_int)


jacobian = jacrev


def hessian(fun, argnums=0, has_aux=False, holomorphic=False):
    """The Hessian, forward over reverse."""
    return _gradient(_core.hessian, fun, argnums, has_aux, holomorphic)


def _static_positions(fun, static_argnums, static_argnames):
    numbers = (static_argnums,) if isinstance(static_argnums, int) else tuple(static_argnums or ())
    names = (static_argnames,) if isinstance(static_argnames, str) else tuple(static_argnames or ())
    if (numbers or names) and callable(fun):
        try:
            parameters = list(inspect.signature(fun).parameters)
        except (TypeError, ValueError):
            return numbers, names
        if names:
            numbers += tuple(parameters.index(n) for n in names if n in parameters)
        if numbers:
            names += tuple(parameters[i] for i in numbers if -len(parameters) <= i < len(parameters))
    return numbers, names


def _checked_static(value):
    try:
        hash(value)
    except TypeError:
        raise ValueError(f"Non-hashable static arguments are used in a jit function: {value!r} of type {type(value)}") from None
    return Static(value)


def jit(fun=None, /, *, static_argnums=None, static_argnames=None, donate_argnums=None, donate_argnames=None,
        keep_unused=False, device=None, backend=None, inline=False):
    """A function that is traced once for each kind of arguments and then runs compiled."""
    if fun is None:
        return functools.partial(jit, static_argnums=static_argnums, static_argnames=static_argnames, donate_argnums=donate_argnums)
    donated = (donate_argnums,) if isinstance(donate_argnums, int) else donate_argnums
    numbers, names = _static_positions(fun, static_argnums, static_argnames)
    function = _core.jit(_wrap(fun), donated)

    @functools.wraps(fun)
    def compiled(*args, **keywords):
        if numbers or names:
            args = list(args)
            for i in numbers:
                if -len(args) <= i < len(args):
                    args[i] = _checked_static(args[i])
            keywords = {k: _checked_static(v) if k in names else v for k, v in keywords.items()}
        return _call(function, args, keywords)

    compiled.__wrapped__ = fun
    return compiled


def _axes(spec):
    """A tree of axes, None being a value: (list, tree)."""
    return tree_flatten(spec, is_leaf=lambda x: x is None)


def vmap(fun, in_axes=0, out_axes=0, axis_name=None, axis_size=None, spmd_axis_name=None):
    """A function over one more axis of its arguments."""
    if isinstance(in_axes, list):
        in_axes = tuple(in_axes)
    if not isinstance(in_axes, (int, tuple, type(None))):
        raise TypeError(f"vmap in_axes must be an int, None, or a tuple of entries corresponding to the positional arguments passed to the function, but got {in_axes}.")
    function = _wrap(fun)
    out, out_tree = _axes(out_axes)
    cache = {}

    @functools.wraps(fun, assigned=("__name__", "__doc__", "__module__", "__qualname__"))
    def batched(*args, **keywords):
        if isinstance(in_axes, tuple) and len(in_axes) != len(args):
            raise ValueError(f"vmap in_axes must be an int, None, or a tuple of entries corresponding to the positional "
                             f"arguments passed to the function, but got len(in_axes)={len(in_axes)}, len(args)={len(args)}")
        count = len(args)
        if count not in cache:
            each = in_axes if isinstance(in_axes, tuple) else (in_axes,) * count
            numbers, tree = _axes((*each, 0))
            cache[count] = _core.vmap(function, numbers, tree, out, out_tree, axis_name, axis_size)
        return _call(cache[count], args, keywords)

    return batched


def jvp(fun, primals, tangents, has_aux=False):
    """The output and its tangent."""
    leaves, tree = tree_flatten(tuple(primals))
    directions, tangent_tree = tree_flatten(tuple(tangents))
    if tree != tangent_tree:
        raise TypeError(f"primal and tangent arguments to jax.jvp must have the same tree structure; primals have tree structure {tree} whereas tangents have tree structure {tangent_tree}.")
    if has_aux:
        aux = []

        def first(*args):
            output, extra = fun(*args)
            aux.append(extra)
            return output

        output, tangent = jvp(first, primals, tangents)
        return output, tangent, aux[0]
    leaves, directions = [_leaf(x) for x in leaves], [_leaf(x) for x in directions]
    output, tangent, out_tree = _core.jvp(_wrap_plain(fun), leaves, directions, tree)
    return tree_unflatten(out_tree, output), tree_unflatten(out_tree, tangent)


def vjp(fun, *primals, has_aux=False, reduce_axes=()):
    """The output and its pullback."""
    leaves, tree = tree_flatten(primals)
    output, out_tree, pullback, aux = _core.vjp(_wrap_plain(fun), [_leaf(x) for x in leaves], tree, has_aux)

    def pull(cotangent):
        given, given_tree = tree_flatten((cotangent,))
        results, tree = _core.call(pullback, [_leaf(x) for x in given], given_tree)
        return tree_unflatten(tree, results)

    result = tree_unflatten(out_tree, output)
    return (result, pull, tree_unflatten(aux[1], aux[0])) if has_aux else (result, pull)


def linearize(fun, *primals):
    """The output and the linear function of tangents."""
    leaves, tree = tree_flatten(primals)
    (output, out_tree), linear = _core.linearize(_wrap_plain(fun), [_leaf(x) for x in leaves], tree)

    def push(*tangents):
        given, given_tree = tree_flatten(tangents)
        results, tree = _core.call(linear, [_leaf(x) for x in given], given_tree)
        return tree_unflatten(tree, results)

    return tree_unflatten(out_tree, output), push


def linear_transpose(fun, *primals):
    leaves, tree = tree_flatten(primals)
    function = _core.linear_transpose(_wrap_plain(fun), [_leaf(x) for x in leaves], tree)

    def transposed(cotangent):
        given, given_tree = tree_flatten((cotangent,))
        results, tree = _core.call(function, [_leaf(x) for x in given], given_tree)
        return tree_unflatten(tree, results)

    return transposed


class _Jaxpr:
    """A traced function as text."""

    def __init__(self, text):
        self._text = text

    def __repr__(self):
        return self._text


def make_jaxpr(fun, static_argnums=()):
    """The function that gives the jaxpr of `fun` for some arguments."""

    def traced(*args, **keywords):
        leaves, tree = tree_flatten((*args, keywords))
        return _Jaxpr(_core.make_jaxpr(_wrap(fun), [_leaf(x) for x in leaves], tree))

    return traced


class ShapeDtypeStruct:
    """A shape and a dtype without data."""

    def __init__(self, shape, dtype):
        from . import _dtypes

        self.shape, self.dtype = tuple(shape), _dtypes.canonical(dtype)

    ndim = property(lambda self: len(self.shape))

    def __repr__(self):
        return f"ShapeDtypeStruct(shape={self.shape}, dtype={self.dtype.name})"

    def __eq__(self, other):
        return isinstance(other, ShapeDtypeStruct) and (self.shape, self.dtype) == (other.shape, other.dtype)


def eval_shape(fun, *args, **keywords):
    """The types of the outputs, without computing them."""
    from . import numpy as jnp

    def example(x):
        return jnp.zeros(x.shape, x.dtype) if isinstance(x, ShapeDtypeStruct) else _leaf(x)

    leaves, tree = tree_flatten((*args, keywords))
    leaves, tree = _core.eval_shape(_wrap(fun), [example(x) for x in leaves], tree)
    return tree_unflatten(tree, [ShapeDtypeStruct(x.shape, x.dtype) for x in leaves])


def checkpoint(fun, *, prevent_cse=True, policy=None, static_argnums=()):
    """The function with its intermediate values recomputed in reverse mode."""
    function = _core.checkpoint(_wrap(fun))

    @functools.wraps(fun, assigned=("__name__", "__doc__", "__module__", "__qualname__"))
    def rematerialized(*args, **keywords):
        return _call(function, args, keywords)

    return rematerialized


remat = checkpoint


def _positional(fun, args, keywords):
    if not keywords:
        return args
    bound = inspect.signature(fun).bind(*args, **keywords)
    bound.apply_defaults()
    return bound.args


class custom_jvp:
    """A function with its own forward derivative."""

    def __init__(self, fun, nondiff_argnums=()):
        self.fun, self.rule = fun, None
        self.nondiff_argnums = tuple(nondiff_argnums)
        functools.update_wrapper(self, fun, updated=())

    def defjvp(self, jvp, symbolic_zeros=False):
        self.rule = jvp
        return jvp

    def defjvps(self, *rules):
        def jvp(primals, tangents):
            output = self(*primals)
            parts = [rule(t, output, *primals) for rule, t in zip(rules, tangents) if rule is not None]
            return output, functools.reduce(lambda a, b: a + b, parts)

        self.rule = jvp

    def __call__(self, *args, **keywords):
        if self.rule is None:
            raise AttributeError(f"No JVP defined for custom_jvp function {_name(self.fun)} using defjvp.")
        args = _positional(self.fun, args, keywords)
        fixed = {i: args[i] for i in self.nondiff_argnums}
        rest = [a for i, a in enumerate(args) if i not in fixed]

        def merge(values):
            values = iter(values)
            return [fixed[i] if i in fixed else next(values) for i in range(len(args))]

        def rule(primals, tangents):
            return self.rule(*fixed.values(), primals, tangents)

        function = _core.custom_jvp(_wrap_plain(lambda *xs: self.fun(*merge(xs)), _name(self.fun)), _wrap_plain(rule, "jvp"))
        leaves, tree = tree_flatten(tuple(rest))
        leaves, tree = _core.call(function, [_leaf(x) for x in leaves], tree)
        return tree_unflatten(tree, leaves)


class custom_vjp:
    """A function with its own reverse derivative."""

    def __init__(self, fun, nondiff_argnums=()):
        self.fun, self.fwd, self.bwd = fun, None, None
        self.nondiff_argnums = tuple(nondiff_argnums)
        functools.update_wrapper(self, fun, updated=())

    def defvjp(self, fwd, bwd, symbolic_zeros=False, optimize_remat=False):
        self.fwd, self.bwd = fwd, bwd

    def __call__(self, *args, **keywords):
        if self.fwd is None:
            raise AttributeError(f"No VJP defined for custom_vjp function {_name(self.fun)} using defvjp.")
        args = _positional(self.fun, args, keywords)
        fixed = {i: args[i] for i in self.nondiff_argnums}
        rest = [a for i, a in enumerate(args) if i not in fixed]

        def merge(values):
            values = iter(values)
            return [fixed[i] if i in fixed else next(values) for i in range(len(args))]

        def backward(residuals, cotangent):
            return self.bwd(*fixed.values(), residuals, cotangent)

        function = _core.custom_vjp(
            _wrap_plain(lambda *xs: self.fun(*merge(xs)), _name(self.fun)),
            _wrap_plain(lambda *xs: self.fwd(*merge(xs)), "fwd"),
            _wrap_plain(backward, "bwd"),
        )
        leaves, tree = tree_flatten(tuple(rest))
        leaves, tree = _core.call(function, [_leaf(x) for x in leaves], tree)
        return tree_unflatten(tree, leaves)


def block_until_ready(x):
    for leaf in tree_flatten(x)[0]:
        if type(leaf) is Array:
            leaf.block_until_ready()
    return x


def device_put(x, device=None):
    leaves, tree = tree_flatten(x)
    return tree_unflatten(tree, [_leaf(leaf) for leaf in leaves])


def device_get(x):
    import numpy as np

    leaves, tree = tree_flatten(x)
    return tree_unflatten(tree, [np.asarray(leaf) for leaf in leaves])
