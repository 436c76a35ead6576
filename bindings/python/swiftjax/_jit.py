"""`jit` and `checkpoint`: functions that the engine calls like its own, without Python between."""

import functools
import inspect
from typing import NamedTuple

from . import _core
from ._functions import check_callable, flatten, leaf, name_of, unflatten, wrap, wrap_plain
from .ad_checkpoint import policy_arguments
from .tree_util import Static


def _signature(fun):
    try:
        return inspect.signature(fun)
    except (TypeError, ValueError):
        return None


def _numbers(value):
    if value is None:
        return ()
    return (value,) if isinstance(value, int) else tuple(value)


# Loading the compiler takes as long as compiling a small function.
_preload_compiler = functools.cache(_core.compiler_preload)


def _names(value):
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _check(fun, what, numbers, names, signature):
    """ValueError where numbers or names are none of the function's arguments."""
    kinds = [p.kind for p in signature.parameters.values()]
    positional = sum(kind in _POSITIONAL for kind in kinds)
    if numbers and inspect.Parameter.VAR_POSITIONAL not in kinds:
        if any(not -positional <= i < positional for i in numbers):
            raise ValueError(f"Jitted function has {what}_argnums={numbers}, but only accepts {positional} positional arguments.")
    unknown = [n for n in names if n not in signature.parameters]
    if unknown and inspect.Parameter.VAR_KEYWORD not in kinds:
        raise ValueError(f"Jitted function has invalid argnames {unknown} in {what}_argnames. Function does not take these args.")


def static_positions(fun, argnums, argnames, what="static"):
    """The numbers and the names of arguments that are given by one or the other."""
    numbers, names = _numbers(argnums), _names(argnames)
    signature = _signature(fun) if numbers or names else None
    if signature is None:
        return numbers, names
    _check(fun, what, numbers, names, signature)
    parameters = list(signature.parameters.values())
    positional = [p.name for p in parameters if p.kind in _POSITIONAL]
    if argnums is None:
        numbers = tuple(positional.index(n) for n in names if n in positional)
    elif argnames is None:
        both = inspect.Parameter.POSITIONAL_OR_KEYWORD
        count = len(positional)
        names = tuple(p.name for i, p in enumerate(parameters) if (i in numbers or i - count in numbers) and p.kind == both)
    return numbers, names


def _static(value):
    try:
        hash(value)
    except TypeError:
        raise ValueError(
            f"Non-hashable static arguments are used in a jit function. The value {value!r} of type {type(value)} is not hashable."
        ) from None
    return Static(value)


def marked(args, keywords, numbers, names):
    """Arguments with the static ones as nodes without leaves."""
    args = list(args)
    for i in numbers:
        if -len(args) <= i < len(args):
            args[i] = _static(args[i])
    return tuple(args), {k: _static(v) if k in names else v for k, v in keywords.items()}


def _by_position(signature, args, keywords):
    """The arguments of a call, by position where they can be: the engine knows donated ones by theirs."""
    try:
        bound = signature.bind(*args, **keywords)
    except TypeError:  # the call itself says why
        return args, keywords
    return bound.args, bound.kwargs


def _prepared(fun, numbers, names, donated):
    """What makes of a call's arguments those that the engine gets; None where that is nothing."""
    if not (numbers or names or donated):
        return None
    signature = _signature(fun) if donated else None

    def prepare(args, keywords):
        if keywords and signature:
            args, keywords = _by_position(signature, args, keywords)
        return marked(args, keywords, numbers, names)

    return prepare


def _attributes(compiled, fun, bodies):
    # Through these the collector of cycles sees a function that refers to what was made of it.
    compiled._bodies = bodies
    functools.update_wrapper(compiled, fun, updated=())
    if not hasattr(compiled, "__name__"):
        compiled.__name__ = compiled.__qualname__ = name_of(fun)
    return compiled


def jit(fun=None, /, *, static_argnums=None, static_argnames=None, donate_argnums=None, donate_argnames=None,
        keep_unused=False, device=None, backend=None, inline=False, abstracted_axes=None, compiler_options=None,
        in_shardings=None, out_shardings=None):  # fmt: skip
    """A function that is traced once for each kind of arguments and then runs compiled.

    Static arguments, by number or name, are known while tracing, must be hashable, and each value of them makes a trace
    of its own. Donated arguments are deleted by the call, which writes results into their memory where it can: where a result
    has the type of an argument that is needed no longer, and nobody else sees that memory.
    """
    options = {k: v for k, v in locals().items() if k != "fun"}
    if fun is None:
        return functools.partial(jit, **options)
    check_callable(fun)
    _preload_compiler()
    numbers, names = static_positions(fun, static_argnums, static_argnames)
    donated, _ = static_positions(fun, donate_argnums, donate_argnames, "donate")
    donated = donated or None
    prepare = _prepared(fun, numbers, names, donated)
    bodies = wrap(fun), wrap_plain(fun)
    compiled = _attributes(_core.Callable(*[_core.jit(body, donated) for body in bodies], prepare), fun, bodies)
    compiled._prepare, compiled._donated = prepare, donated
    compiled._static = numbers, names
    return compiled


def lower(compiled, *args, **keywords):
    """A jitted function for some arguments, of which only the types count: its method `lower`."""
    return Lowered(compiled, args, keywords)


def eval_shape(compiled, *args, **keywords):
    """The types of a jitted function's results: its method `eval_shape`."""
    from . import _api

    return _api.eval_shape(compiled.__wrapped__, *args, **keywords)


_STAGES = ("jaxpr", "loops", "fused_loops", "llvm", "assembly")


class Lowered:
    """A jitted function with the types of its arguments settled."""

    def __init__(self, compiled, args, keywords):
        self._compiled, self._args, self._keywords = compiled, args, keywords

    @property
    def jaxpr(self):
        from ._api import make_jaxpr

        return make_jaxpr(self._compiled.__wrapped__)(*self._args, **self._keywords)

    def as_text(self, dialect="loops"):
        """What the function becomes at one stage: `jaxpr`, `loops`, `fused_loops`, `llvm` or `assembly`; the last two
        need the compiler."""
        if dialect not in _STAGES:
            raise ValueError(f"dialect must be one of {', '.join(_STAGES)}, got {dialect!r}")
        return _core.lower_text(*self._flat(), _STAGES.index(dialect))

    def compile(self):
        """Traces the function and makes its machine code now, which calls then find."""
        compiled, named = self._compiled, bool(self._keywords)
        leaves, tree = self._leaves(named)
        _core.compile(compiled._function if named else compiled._positional, leaves, tree)
        return Compiled(self)

    def cost_analysis(self):
        """What a call costs before fusion: `flops`, `transcendentals` and `bytes accessed`."""
        return self._costs("loops")

    def _costs(self, stage):
        flops, transcendentals, bytes_accessed = _core.cost_analysis(*self._flat(), _STAGES.index(stage))
        return {"flops": flops, "transcendentals": transcendentals, "bytes accessed": bytes_accessed}

    def _flat(self):
        """The function and its arguments, for the engine."""
        return wrap(self._compiled.__wrapped__), *self._leaves(named=True)

    def _leaves(self, named):
        """The arguments as leaves and their tree, at the end of which is the dict of keywords if `named`."""
        from ._api import example

        prepare = self._compiled._prepare
        args, keywords = prepare(self._args, self._keywords) if prepare else (self._args, self._keywords)
        leaves, tree = flatten((*args, keywords) if named else args)
        return [example(x) for x in leaves], tree


class Compiled:
    """A function compiled for some types of arguments, which calls it for these alone. Static arguments are left out."""

    def __init__(self, lowered):
        from ._api import example

        self._lowered = lowered
        args, keywords = lowered._args, lowered._keywords
        numbers, self._static_names = lowered._compiled._static
        self._static_places = {i % len(args) for i in numbers if -len(args) <= i < len(args)}
        args = tuple(x for i, x in enumerate(args) if i not in self._static_places)
        keywords = {name: x for name, x in keywords.items() if name not in self._static_names}
        leaves, self._tree = flatten((args, keywords))
        examples = [example(x) for x in leaves]
        self._types = [(x.shape, x._dtype_code, x.weak_type) for x in examples]
        self._avals = [x.aval for x in examples]

    def __call__(self, *args, **keywords):
        leaves, tree = flatten((args, keywords))
        if tree != self._tree:
            raise TypeError(f"Function compiled with input pytree does not match the input pytree it was called with: compiled with "
                            f"(args, kwargs) = {self._tree}, called with {tree}.")  # fmt: skip
        is_converted = False
        for i, (x, (shape, code, weak)) in enumerate(zip(leaves, self._types)):
            x = leaf(x)
            if x.shape != shape or x._dtype_code != code or x._is_tracer:
                raise self._refusal(x, i)
            if x.weak_type != weak:
                leaves[i], is_converted = _core.convert_element_type(x, code, weak), True
        if is_converted:
            args, keywords = unflatten(tree, leaves)
        if self._static_places or self._static_names:
            args, keywords = self._with_static(args, keywords)
        return self._lowered._compiled(*args, **keywords)

    def _refusal(self, x, i):
        """The exception for an argument that is not what the function was compiled for."""
        if x._is_tracer:
            return TypeError(f"Cannot apply JAX transformations to a function lowered and compiled for a particular signature. "
                             f"Detected argument of Tracer type {x!r}.")  # fmt: skip
        return TypeError(f"Argument types differ from the types for which this computation was compiled: leaf {i} of the arguments "
                         f"was compiled with {self._avals[i]} and called with {x.aval}.")  # fmt: skip

    def _with_static(self, args, keywords):
        """Arguments with the static ones of the lowering in their places."""
        rest, lowered = iter(args), self._lowered
        args = [x if i in self._static_places else next(rest) for i, x in enumerate(lowered._args)]
        return args, keywords | {name: x for name, x in lowered._keywords.items() if name in self._static_names}

    def as_text(self, dialect="fused_loops"):
        """As `Lowered.as_text`, after fusion."""
        return self._lowered.as_text(dialect)

    def cost_analysis(self):
        """What a call costs after fusion: `flops`, `transcendentals` and `bytes accessed`."""
        return self._lowered._costs("fused_loops")

    def memory_analysis(self):
        """The memory that a call takes."""
        fn, leaves, tree = self._lowered._flat()
        donating = _core.jit(fn, self._lowered._compiled._donated)
        return CompiledMemoryStats(*_core.memory_analysis(donating, leaves, tree))


class CompiledMemoryStats(NamedTuple):
    """The memory that a call of a compiled function takes, by JAX's names; all of it is the host's."""

    argument_size_in_bytes: int
    output_size_in_bytes: int
    alias_size_in_bytes: int
    temp_size_in_bytes: int
    generated_code_size_in_bytes: int
    peak_memory_in_bytes: int
    host_argument_size_in_bytes: int = 0
    host_output_size_in_bytes: int = 0
    host_alias_size_in_bytes: int = 0
    host_temp_size_in_bytes: int = 0
    host_generated_code_size_in_bytes: int = 0


def checkpoint(fun=None, *, prevent_cse=True, policy=None, static_argnums=(), static_argnames=(), concrete=False):
    """The function with its intermediate values computed again in reverse mode instead of kept.

    `policy`, one of `jax.checkpoint_policies`, says which values are kept all the same.
    """
    options = {k: v for k, v in locals().items() if k != "fun"}
    if fun is None:
        return functools.partial(checkpoint, **options)
    check_callable(fun)
    kept = policy_arguments(policy)
    numbers, names = static_positions(fun, static_argnums or None, static_argnames or None)
    prepare = (lambda args, keywords: marked(args, keywords, numbers, names)) if numbers or names else None
    bodies = wrap(fun), wrap_plain(fun)
    functions = [_core.checkpoint(body, *kept, bool(prevent_cse)) for body in bodies]
    return _attributes(_core.Callable(*functions, prepare), fun, bodies)


remat = checkpoint
