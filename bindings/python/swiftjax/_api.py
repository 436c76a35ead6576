"""The transformations. The engine holds functions of flat leaves and a tree; Python's are wrapped."""

from . import _core, _dtypes
from ._array import Array
from ._functions import check_callable, derived, flat, flatten, indices, leaf, name_of, unflatten, wrap, wrap_plain
from .tree_util import Opaque, tree_map


def _positive(argnums, count):
    def one(i):
        return i + count if i < 0 else i

    return one(argnums) if isinstance(argnums, int) else tuple(map(one, argnums))


def _check_count(argnums, numbers, count):
    largest = numbers if isinstance(numbers, int) else max(numbers, default=0)
    if largest >= count:
        raise TypeError(
            f"differentiating with respect to argnums={argnums} requires at least {largest + 1} positional arguments to be "
            f"passed by the caller, but got only {count} positional arguments."
        )


def _passed(value):
    """What is not differentiated, an argument or part of aux, as it shall arrive: the object itself."""
    return value if type(value) is Array else Opaque(value)


def _with_aux(fun, has_aux):
    """The function itself or, if it gives (output, aux), one whose aux may hold objects of any kind."""
    if not has_aux:
        return fun

    def function(*args, **keywords):
        result = fun(*args, **keywords)
        is_pair = isinstance(result, tuple) and len(result) == 2
        return (result[0], tree_map(_passed, result[1])) if is_pair else result

    return function


def _gradient(make, what, fun, argnums, has_aux, *flags):
    function = wrap(_with_aux(fun, has_aux), name_of(fun))
    argnums = indices(argnums)
    cache = {}  # by the number of arguments, from the end of which negative argnums count

    @derived(fun, f"{what} of {{fun}} with respect to positional argument(s) {argnums}, which takes the same arguments as {{fun}}.")
    def gradient(*args, **keywords):
        count = len(args)
        if count not in cache:
            numbers = _positive(argnums, count)
            _check_count(argnums, numbers, count)
            chosen = numbers if isinstance(numbers, tuple) else (numbers,)
            cache[count] = make(function, numbers, has_aux, *flags), tuple(i for i in range(count) if i not in chosen)
        differentiated, others = cache[count]
        if others:
            args = list(args)
            for i in others:
                args[i] = _passed(args[i])
            args = tuple(args)
        if keywords:
            keywords = {name: _passed(value) for name, value in keywords.items()}
        return _core.invoke(differentiated, args, keywords)

    return gradient


def grad(fun, argnums=0, has_aux=False, holomorphic=False, allow_int=False, reduce_axes=()):
    """The gradient of a scalar function.

    The result has the tree, shapes and dtypes of the argument `argnums` (a tuple of such for several). With `has_aux`
    the function returns (value, aux), and the gradient function (gradient, aux). TypeError where the value is no
    scalar, or an argument is not of floats (unless `allow_int`: gradients are then of dtype float0).
    """
    return _gradient(_core.grad, "Gradient", fun, argnums, has_aux, holomorphic, allow_int)


def value_and_grad(fun, argnums=0, has_aux=False, holomorphic=False, allow_int=False, reduce_axes=()):
    """The value of a scalar function together with its gradient: (value, gradient), or ((value, aux), gradient)."""
    return _gradient(_core.value_and_grad, "Value and gradient", fun, argnums, has_aux, holomorphic, allow_int)


def jacfwd(fun, argnums=0, has_aux=False, holomorphic=False):
    """The Jacobian, column by column: leaves of shape output + input."""
    return _gradient(_core.jacfwd, "Jacobian", fun, argnums, has_aux, holomorphic)


def jacrev(fun, argnums=0, has_aux=False, holomorphic=False, allow_int=False):
    """The Jacobian, row by row: leaves of shape output + input."""
    return _gradient(_core.jacrev, "Jacobian", fun, argnums, has_aux, holomorphic, allow_int)


jacobian = jacrev


def hessian(fun, argnums=0, has_aux=False, holomorphic=False):
    """The Hessian, forward over reverse."""
    return _gradient(_core.hessian, "Hessian", fun, argnums, has_aux, holomorphic)


def _axes(spec):
    """A tree of axes, None being a value: (list, tree)."""
    return flatten(spec, lambda x: x is None)


def vmap(fun, in_axes=0, out_axes=0, axis_name=None, axis_size=None, spmd_axis_name=None):
    """A function over one more axis of its arguments.

    `in_axes` is an axis, None for an argument that is shared, or a tuple with a tree of these for each argument;
    `out_axes` a tree for the result. ValueError where mapped axes differ in size.
    """
    if isinstance(in_axes, list):
        in_axes = tuple(in_axes)
    if not isinstance(in_axes, (int, tuple, type(None))):
        raise TypeError(f"vmap in_axes must be an int, None, or a tuple of entries corresponding to the positional "
                        f"arguments passed to the function, but got {in_axes}.")  # fmt: skip
    function = wrap(fun)
    out, out_tree = _axes(out_axes)
    name = None if axis_name is None else str(axis_name)
    cache = {}

    @derived(fun, "{fun} over one more axis of its arguments, as `vmap` makes it.")
    def batched(*args, **keywords):
        count = len(args)
        if count not in cache:
            if isinstance(in_axes, tuple) and len(in_axes) != count:
                raise ValueError(
                    f"vmap in_axes must be an int, None, or a tuple of entries corresponding to the positional arguments "
                    f"passed to the function, but got len(in_axes)={len(in_axes)}, len(args)={count}"
                )
            each = in_axes if isinstance(in_axes, tuple) else (in_axes,) * count
            numbers, tree = _axes((*each, 0))
            cache[count] = _core.vmap(function, numbers, tree, out, out_tree, name, axis_size)
        return _core.invoke(cache[count], args, keywords)

    return batched


def _plain(fun, has_aux):
    return wrap_plain(_with_aux(fun, has_aux), name_of(fun))


def jvp(fun, primals, tangents, has_aux=False):
    """(output, tangent) of a function at `primals` in the direction `tangents`; with aux at the end if `has_aux`."""
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise TypeError(f"primal and tangent arguments to jax.jvp must be tuples or lists; found "
                        f"{type(primals).__name__} and {type(tangents).__name__}.")  # fmt: skip
    primals, tree = flat(tuple(primals))
    tangents, tangent_tree = flat(tuple(tangents))
    if tree != tangent_tree:
        raise TypeError(f"primal and tangent arguments to jax.jvp must have the same tree structure; primals have tree "
                        f"structure {tree} whereas tangents have tree structure {tangent_tree}.")  # fmt: skip
    output, tangent, out_tree = _core.jvp(_plain(fun, has_aux), primals, tangents, tree)
    output, tangent = unflatten(out_tree, output), unflatten(out_tree, tangent)
    # The auxiliary output is differentiated along; its tangent is left out.
    return (output[0], tangent[0], output[1]) if has_aux else (output, tangent)


def _linear(function, name, single):
    """The Python function of a linear function of the engine."""

    def apply(*arguments):
        if single and len(arguments) != 1:
            raise TypeError(f"The function returned by {name} applied to {len(arguments)} arguments, but it takes one.")
        return _core.invoke_flat(function, arguments)

    apply.__name__ = name
    return apply


def vjp(fun, *primals, has_aux=False, reduce_axes=()):
    """(output, pullback), and aux at the end if `has_aux`; the pullback gives a tuple of cotangents of the primals."""
    leaves, tree = flat(primals)
    output, out_tree, pullback, aux = _core.vjp(_plain(fun, has_aux), leaves, tree, has_aux)
    result = unflatten(out_tree, output), _linear(pullback, "vjp", True)
    return (*result, unflatten(aux[1], aux[0])) if has_aux else result


def linearize(fun, *primals, has_aux=False):
    """(output, linear function of tangents), and aux at the end if `has_aux`."""
    leaves, tree = flat(primals)
    (output, out_tree), linear = _core.linearize(_plain(fun, has_aux), leaves, tree)
    output, push = unflatten(out_tree, output), _linear(linear, "linearize", False)
    # The auxiliary output is linearised along; its tangent is left out.
    return (output[0], lambda *tangents: push(*tangents)[0], output[1]) if has_aux else (output, push)


def linear_transpose(fun, *primals, reduce_axes=()):
    """The transpose of a function that is linear in all arguments, of which only the types count."""
    leaves, tree = flatten(primals)
    function = _core.linear_transpose(wrap_plain(fun), [example(x) for x in leaves], tree)
    return _linear(function, "linear_transpose", True)


class Jaxpr:
    """A traced function: its text, and the types of its inputs and outputs."""

    def __init__(self, text, inputs, outputs):
        self._text, self._inputs, self._outputs = text, inputs, outputs

    in_avals = property(lambda self: [typeof(x) for x in self._inputs])
    out_avals = property(lambda self: [ShapedArray(x.shape, x.dtype, x.weak_type) for x in self._outputs()])

    def __repr__(self):
        return self._text


def make_jaxpr(fun, static_argnums=(), axis_env=None, return_shape=False):
    """The function that gives the jaxpr of `fun` for some arguments, of which only the types count."""
    check_callable(fun)
    from ._jit import marked, static_positions

    numbers, names = static_positions(fun, static_argnums, None)

    @derived(fun, "The jaxpr of {fun} for some arguments.", "make_jaxpr({fun})")
    def traced(*args, **keywords):
        statics = marked(args, keywords, numbers, names) if numbers else (args, keywords)
        leaves, tree = flatten((*statics[0], statics[1]))
        leaves, function = [example(x) for x in leaves], wrap(fun)
        text = _core.make_jaxpr(function, leaves, tree)
        jaxpr = Jaxpr(text, leaves, lambda: _core.eval_shape(function, leaves, tree)[0])
        return (jaxpr, eval_shape(fun, *args, **keywords)) if return_shape else jaxpr

    return traced


class ShapeDtypeStruct:
    """A shape and a dtype without data."""

    __slots__ = ("shape", "dtype", "weak_type")

    def __init__(self, shape, dtype, *, sharding=None, weak_type=False, vma=None):
        if dtype is None:
            raise ValueError("ShapeDtypeStruct: dtype must be specified.")
        self.shape, self.dtype, self.weak_type = tuple(shape), _dtypes.canonical(dtype), weak_type

    ndim = property(lambda self: len(self.shape))
    sharding = property(lambda self: None)

    @property
    def size(self):
        count = 1
        for n in self.shape:
            count *= n
        return count

    def __len__(self):
        if not self.shape:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __repr__(self):
        weak = ", weak_type=True" if self.weak_type else ""
        return f"ShapeDtypeStruct(shape={self.shape}, dtype={self.dtype.name}{weak})"

    def _key(self):
        return self.shape, self.dtype.name, self.weak_type

    def __eq__(self, other):
        return isinstance(other, ShapeDtypeStruct) and self._key() == other._key()

    def __hash__(self):
        return hash(self._key())


def example(x):
    """An array of the type of a leaf, which may have only a shape and a dtype."""
    if type(x) is not Array and hasattr(x, "shape") and hasattr(x, "dtype"):
        return _core.shape_dtype_struct(tuple(x.shape), _dtypes.code(x.dtype))
    return leaf(x)


def eval_shape(fun, *args, **keywords):
    """The types of the outputs as `ShapeDtypeStruct`s, without computing them."""
    leaves, tree = flatten((*args, keywords))
    leaves, tree = _core.eval_shape(wrap(fun), [example(x) for x in leaves], tree)
    return unflatten(tree, [ShapeDtypeStruct(x.shape, x.dtype, weak_type=x.weak_type) for x in leaves])


class ShapedArray:
    """The type of an array, as `typeof` gives it and jaxprs print it."""

    def __init__(self, shape, dtype, weak_type=False):
        self.shape, self.dtype, self.weak_type = tuple(shape), dtype, weak_type

    ndim = property(lambda self: len(self.shape))

    def str_short(self, short_dtypes=False):
        name = _dtypes.short_name(self.dtype) if short_dtypes else self.dtype.name
        return f"{name}[{','.join(map(str, self.shape))}]"

    def __str__(self):
        return ("~" if self.weak_type else "") + self.str_short()

    def __repr__(self):
        return f"ShapedArray({self.str_short()}{', weak_type=True' if self.weak_type else ''})"

    def __eq__(self, other):
        return isinstance(other, ShapedArray) and repr(self) == repr(other)

    def __hash__(self):
        return hash(repr(self))


def typeof(x):
    """The type of anything that can be an array."""
    x = leaf(x)
    return ShapedArray(x.shape, x.dtype, x.weak_type)
