"""Functions with derivatives of their own."""

import functools
import inspect

from . import _core
from ._functions import call, check_callable, indices, name_of, wrap_plain


def _positional(fun, args, keywords):
    if not keywords:
        return args
    bound = inspect.signature(fun).bind(*args, **keywords)
    bound.apply_defaults()
    if bound.kwargs:
        raise TypeError(f"keyword-only arguments of {name_of(fun)} could not be made positional: {sorted(bound.kwargs)}")
    return bound.args


class _Custom:
    """What both kinds share: arguments that are not differentiated are closed over, by value.

    Traces and pullbacks hold the functions and rules, and may outlive this object. The collector of cycles must hence take them
    for reachable: a rule that refers to its own function is freed at the end of the process only.
    """

    def __init__(self, fun, nondiff_argnums=(), nondiff_argnames=()):
        check_callable(fun)
        self.fun = fun
        numbers = indices(nondiff_argnums)
        numbers = (numbers,) if isinstance(numbers, int) else numbers
        if nondiff_argnames:
            parameters = list(inspect.signature(fun).parameters)
            numbers += tuple(parameters.index(n) for n in nondiff_argnames)
        self.nondiff_argnums = numbers
        self._function = None
        functools.update_wrapper(self, fun, updated=())

    def __get__(self, instance, owner=None):
        return self if instance is None else functools.partial(self, instance)

    def __repr__(self):
        return f"<{type(self).__name__} of {name_of(self.fun)}>"

    def _split(self, args):
        """The values of the arguments that are not differentiated by their place, and the others."""
        fixed = {i % len(args): args[i] for i in self.nondiff_argnums} if args else {}
        return dict(sorted(fixed.items())), [a for i, a in enumerate(args) if i not in fixed]

    def __call__(self, *args, **keywords):
        self._check()
        args = _positional(self.fun, args, keywords)
        if self.nondiff_argnums:
            fixed, rest = self._split(args)
            return call(self._make(fixed, len(args)), *rest)
        if self._function is None:
            self._function = self._make({}, 0)
        return call(self._function, *args)

    def _merged(self, function, fixed, count):
        """A function of the differentiated arguments alone."""
        if not fixed:
            return function

        def merged(*values):
            values = iter(values)
            return function(*[fixed[i] if i in fixed else next(values) for i in range(count)])

        return merged

    def _make(self, fixed, count):
        raise NotImplementedError


class custom_jvp(_Custom):
    """A function with its own forward derivative, which `defjvp` gives: `rule(primals, tangents)`, after the values of
    `nondiff_argnums`, gives (output, output tangent)."""

    rule = None

    def defjvp(self, jvp, symbolic_zeros=False):
        self.rule, self._function = jvp, None
        return jvp

    def defjvps(self, *rules):
        """One rule for each argument, of (tangent, output, *primals), or None where the derivative is zero."""
        if self.nondiff_argnums:
            raise TypeError("Can't use ``defjvps`` with ``nondiff_argnums``.")

        def jvp(primals, tangents):
            output = self(*primals)
            parts = [rule(t, output, *primals) for rule, t in zip(rules, tangents) if rule is not None]
            return output, functools.reduce(lambda a, b: a + b, parts) if parts else output * 0

        self.defjvp(jvp)

    def _check(self):
        if self.rule is None:
            raise AttributeError(f"No JVP defined for custom_jvp function {name_of(self.fun)} using defjvp.")

    def _make(self, fixed, count):
        rule = functools.partial(self.rule, *fixed.values()) if fixed else self.rule
        name = name_of(self.fun)
        return _core.custom_jvp(wrap_plain(self._merged(self.fun, fixed, count), name), wrap_plain(rule))


class custom_vjp(_Custom):
    """A function with its own reverse derivative, which `defvjp` gives: `fwd(*args)` gives (output, residuals), and
    `bwd(residuals, cotangent)`, after the values of `nondiff_argnums`, the tuple of cotangents of the arguments."""

    fwd = bwd = None

    def defvjp(self, fwd, bwd, symbolic_zeros=False, optimize_remat=False):
        self.fwd, self.bwd, self._function = fwd, bwd, None

    def _check(self):
        if self.fwd is None:
            raise AttributeError(f"No VJP defined for custom_vjp function {name_of(self.fun)} using defvjp.")

    def _make(self, fixed, count):
        bwd = functools.partial(self.bwd, *fixed.values()) if fixed else self.bwd
        name = name_of(self.fun)
        return _core.custom_vjp(
            wrap_plain(self._merged(self.fun, fixed, count), name),
            wrap_plain(self._merged(self.fwd, fixed, count), name_of(self.fwd)),
            wrap_plain(bwd),
        )


def custom_gradient(fun):
    """A function from one that gives (output, gradient function of the cotangent)."""

    def value(*args):
        return fun(*args)[0]

    def backward(args, cotangent):
        # The function runs again, so that what its gradient closes over belongs to the trace of the backward pass.
        cotangents = fun(*args)[1](cotangent)
        return tuple(cotangents) if isinstance(cotangents, (tuple, list)) else (cotangents,)

    function = custom_vjp(value)
    functools.update_wrapper(function, fun, updated=())
    function.defvjp(lambda *args: (value(*args), args), backward)
    return function
