"""Tests of what the binding itself does: trees, callbacks, exceptions, reference counts, threads, processes.

    python test_binding.py
"""

import collections
import contextlib
import dataclasses
import gc
import io
import os
import pickle
import resource
import subprocess
import sys
import threading
import traceback
import weakref

import numpy as np

import swiftjax as jax
import swiftjax.numpy as jnp
from swiftjax import grad, jit, lax, random, tree_util, vmap
from test_swiftjax import check, raises, run

Point = collections.namedtuple("Point", "x y")


def printed(function):
    """What a function prints."""
    target = io.StringIO()
    with contextlib.redirect_stdout(target):
        function()
    return target.getvalue()


# --- Trees --------------------------------------------------------------------


def test_containers_of_all_kinds():
    tree = {
        "tuple": (1, [2, None]), "named": Point(3, {"z": 4}), "ordered": collections.OrderedDict([("b", 5), ("a", 6)]),
        "default": collections.defaultdict(list, {"k": 7}), "keys": {2: 8, 1: 9}, "empty": ((), [], {}),
    }  # fmt: skip
    same = jax.tree.map(lambda x: x, tree)
    check(same == tree and type(same["named"]) is Point and list(same["ordered"]) == ["b", "a"], "round trip")
    check(same["default"].default_factory is list, "default_factory")
    check(sorted(jax.tree.leaves(tree)) == list(range(1, 10)), "leaves")
    raises(ValueError, lambda: jax.tree.leaves({1: 0, "a": 1}), "sorting pytree dictionary keys")
    raises(ValueError, lambda: jax.tree.unflatten(jax.tree.structure((1, 2)), [1]), "Too few leaves")


def test_registered_types():
    @tree_util.register_pytree_node_class
    class Pair:
        def __init__(self, first, second, tag):
            self.first, self.second, self.tag = first, second, tag

        def tree_flatten(self):
            return (self.first, self.second), self.tag

        @classmethod
        def tree_unflatten(cls, tag, children):
            return cls(*children, tag)

    @tree_util.register_dataclass
    @dataclasses.dataclass
    class Layer:
        weight: object
        size: int = dataclasses.field(metadata={"static": True})

    gradient = grad(lambda p: p.first * p.second)(Pair(2.0, 3.0, "t"))
    check((float(gradient.first), float(gradient.second), gradient.tag) == (3, 2, "t"), "gradient of a class")
    result = jit(lambda layer: Layer(layer.weight * layer.size, layer.size))(Layer(jnp.ones(2), 4))
    check(result.weight.tolist() == [4, 4] and result.size == 4, "a dataclass through jit")
    raises(ValueError, lambda: tree_util.register_pytree_node(Pair, None, None), "Duplicate")
    partial = tree_util.Partial(lambda a, b: a * b, 2.0)
    check(float(jit(lambda f, x: f(x))(partial, 5.0)) == 10, "Partial as an argument")


def test_key_paths():
    tree = {"a": [1, (2, 3)], "p": Point(4, 5)}
    paths = [tree_util.keystr(path) for path, _ in jax.tree.leaves_with_path(tree)]
    check(paths == ["['a'][0]", "['a'][1][0]", "['a'][1][1]", "['p'].x", "['p'].y"], paths)
    doubled = jax.tree.map_with_path(lambda path, x: (len(path), 2 * x), tree)
    check(doubled["a"][1][0] == (3, 4), "map_with_path")
    raises(ValueError, lambda: jax.tree.map(lambda x, y: x, {"a": (1, 2)}, {"a": (1,)}), "['a']")
    outer, inner = jax.tree.structure([0, 0]), jax.tree.structure({"u": 0, "v": 0})
    check(jax.tree.transpose(outer, inner, [{"u": 1, "v": 2}, {"u": 3, "v": 4}]) == {"u": [1, 3], "v": [2, 4]}, "transpose")


# --- Callbacks ----------------------------------------------------------------


def test_debug_print():
    @jit
    def function(x):
        jax.debug.print("x is {} and {total:.1f}", x, total=x.sum())
        return x + 1

    check(printed(lambda: function(jnp.ones(2))) == "x is [1. 1.] and 2.0\n", "under jit")
    check(printed(lambda: function(jnp.zeros(2))) == "x is [0. 0.] and 0.0\n", "again, without tracing")
    check(printed(lambda: vmap(lambda x: jax.debug.print("{}", x))(jnp.arange(2))) == "0\n1\n", "under vmap")
    check(printed(lambda: grad(lambda x: (jax.debug.print("{}", x), x * x)[1])(3.0)) == "3.0\n", "under grad")
    ordered = jit(lambda: [jax.debug.print("{}", i, ordered=True) for i in range(4)] and None)
    check(printed(ordered) == "0\n1\n2\n3\n", "ordered")
    raises(ValueError, lambda: jax.debug.print("text", 1), "Unused arguments")
    raises(IndexError, lambda: jax.debug.print("{} {}", 1))


def test_pure_and_io_callbacks():
    shape = jax.ShapeDtypeStruct((3,), jnp.float32)
    double = lambda x: jax.pure_callback(lambda v: 2 * np.asarray(v), shape, x)  # noqa: E731
    check(double(jnp.ones(3)).tolist() == jit(double)(jnp.ones(3)).tolist() == [2, 2, 2], "pure_callback")
    raises(NotImplementedError, lambda: vmap(double)(jnp.ones((2, 3))), "vmap_method")
    scalar = jax.ShapeDtypeStruct((), jnp.float32)
    each = lambda x: jax.pure_callback(lambda v: np.float32(v) + 1, scalar, x, vmap_method="sequential")  # noqa: E731
    check(vmap(each)(jnp.arange(3.0)).tolist() == [1, 2, 3], "sequential")
    wrong = jit(lambda x: jax.pure_callback(lambda v: np.zeros(2, np.float32), shape, x))
    raises(jax.errors.JaxRuntimeError, lambda: wrong(jnp.ones(3)), "float32[2]", "float32[3]")
    seen = []
    jit(lambda x: jax.experimental.io_callback(lambda v: seen.append(float(v)), None, x, ordered=True))(4.0)
    check(seen == [4.0], "io_callback")


def test_exceptions_in_callbacks():
    def fail(kind):
        def raising(_):
            raise kind("stop")

        return jit(lambda x: jax.debug.callback(raising, x))

    for kind in (KeyboardInterrupt, SystemExit, ZeroDivisionError):
        raises(kind, lambda kind=kind: fail(kind)(1.0), "stop")


# --- Errors -------------------------------------------------------------------


def test_errors_show_the_users_line():
    def inner(x):
        return jnp.dot(x, jnp.ones(5))  # this line

    try:
        jit(grad(lambda x: inner(x)))(jnp.ones(3))
    except TypeError as error:
        lines = [frame.line for frame in traceback.extract_tb(error.__traceback__)]
        check("return jnp.dot(x, jnp.ones(5))  # this line" in lines, lines)
    else:
        raise AssertionError("no error")


def test_tracer_errors_name_function_and_line():
    def choose(x):
        return 1 if x > 0 else 2

    line = choose.__code__.co_firstlineno
    raises(jax.errors.TracerBoolConversionError, lambda: jit(choose)(1.0), f"choose at {__file__}:{line}", f"{__file__}:{line + 1}")
    raises(jax.errors.TracerIntegerConversionError, lambda: jit(lambda x: range(x))(1), "jit of <lambda>")
    raises(jax.errors.TracerArrayConversionError, lambda: jit(np.sin)(1.0), "__array__()")
    raises(jax.errors.ConcretizationTypeError, lambda: jit(lambda x: x.item())(1.0), "item()")


def test_checks_of_arguments():
    raises(TypeError, lambda: jit(3), "callable")
    raises(ValueError, lambda: jit(lambda x: x, static_argnums=3), "only accepts 1")
    raises(ValueError, lambda: jit(lambda x: x, static_argnames="y"), "invalid argnames")
    raises(ValueError, lambda: jit(lambda x, y: x, static_argnums=1)(1.0, []), "hashable")
    raises(TypeError, lambda: lax.add(jnp.ones(2), jnp.arange(2)), "same dtypes", "float32", "int32", "jnp.add")
    raises(TypeError, lambda: lax.sin(jnp.arange(2)), "sin does not accept dtype int32")
    raises(OverflowError, lambda: jnp.uint8(-1), "out of bounds for uint8")


# --- Functions ----------------------------------------------------------------


def test_jitted_methods():
    class Model:
        def __init__(self):
            self.scale = 2.0

        @jit
        def static(x):
            return x + 1

        @lambda f: jit(f, static_argnums=0)
        def apply(self, x):
            return self.scale * x

    check(float(Model().apply(3.0)) == 6 and float(Model.static(1.0)) == 2, "methods")
    check(Model.apply.__name__ == "apply" and "PjitFunction" in repr(Model.apply), "metadata")


def test_bodies_are_traced_once():
    traces = []

    def body(carry, x):
        traces.append(1)
        return carry + x, carry

    for _ in range(3):
        lax.scan(body, jnp.zeros(()), jnp.ones(3))
    check(len(traces) == 1, f"traced {len(traces)} times")
    # What closes over a tracer belongs to its trace.
    total = jit(lambda w: lax.fori_loop(0, 3, lambda i, s: s + w, 0.0))
    check(float(total(2.0)) == 6 and float(total(3.0)) == 9, "closures over tracers")


def test_custom_derivatives():
    @jax.custom_jvp
    def product(x, y):
        return x * y

    product.defjvps(lambda t, answer, x, y: 10 * t * y, None)
    check(float(grad(product)(2.0, 3.0)) == 30 and float(grad(product, 1)(2.0, 3.0)) == 0, "defjvps")

    @lambda f: jax.custom_vjp(f, nondiff_argnums=(0,))
    def apply(f, x):
        return f(x)

    apply.defvjp(lambda f, x: (f(x), x), lambda f, x, ct: (ct * f(x) * 100,))
    check(float(grad(lambda x: apply(lambda v: v + 1, x))(1.0)) == 200, "nondiff_argnums")
    raises(AttributeError, lambda: jax.custom_vjp(lambda x: x)(1.0), "defvjp")
    halved = jax.custom_gradient(lambda x: (x * x, lambda ct: ct * x))
    check(float(grad(halved)(3.0)) == 3, "custom_gradient")


def test_vmap_of_collectives():
    result = vmap(vmap(lambda x: lax.psum(x, ("i", "j")), axis_name="j"), axis_name="i")(jnp.ones((2, 3)))
    check(result.tolist() == [[6] * 3] * 2, "psum over two axes")
    check(vmap(lambda x: lax.all_gather(x, "i"), axis_name="i")(jnp.arange(2)).tolist() == [[0, 1]] * 2, "all_gather")


# --- Memory, threads, processes -----------------------------------------------


def test_dlpack():
    x = jnp.arange(6.0).reshape(2, 3)
    check(np.from_dlpack(x).tolist() == x.tolist(), "to NumPy")
    host = np.arange(4, dtype=np.float32)
    check(jax.dlpack.from_dlpack(host).tolist() == host.tolist(), "from NumPy")
    before = jax._core.live_handles()
    for _ in range(10):
        x.__dlpack__()  # deleted without being taken
    check(jax._core.live_handles() - before < 5, "capsules give back what nobody took")


class Callable:
    """A function that can be referred to weakly."""

    def __call__(self, x):
        return x + 1


def test_functions_are_released():
    body = Callable()
    reference = weakref.ref(body)
    compiled = jit(body)
    compiled(1.0)
    del compiled, body
    gc.collect()
    check(reference() is None, "a jitted function keeps what it was made of")

    def step(c, x):
        return c + x, None

    reference = weakref.ref(step)
    lax.scan(step, 0.0, jnp.ones(2))
    del step
    gc.collect()
    check(reference() is None, "a body is kept by its traces")


def test_cycles_are_collected():
    def recursive(transform):
        def body(x):
            return x if keep else transformed(x)

        keep = True
        transformed = transform(body)
        transformed(1.0)
        return weakref.ref(body)

    shared = lambda f: vmap(f, in_axes=None, axis_size=2)  # noqa: E731
    gc.disable()
    used = [weakref.ref(transform(Callable())) for transform in (jit, grad, vmap, jax.checkpoint)]
    check(not any(reference() for reference in used), "no cycles of our own making")
    gc.enable()
    for transform in (jit, grad, shared, jax.checkpoint, lambda f: jit(grad(f))):
        reference = recursive(transform)
        gc.collect()
        check(reference() is None, f"{transform} keeps a function that refers to it")


def test_no_reference_leaks():
    function = jit(lambda p: {"y": p["x"] * 2})
    argument = {"x": jnp.ones(3)}

    def use():
        function(argument)
        grad(lambda x: jnp.sum(x * x))(argument["x"])
        jax.tree.map(lambda x: x, [argument, Point(1, None)])
        with contextlib.suppress(TypeError):
            jnp.ones(2) + jnp.ones(3)
        with contextlib.suppress(ZeroDivisionError):
            jit(lambda x: 1 / 0)(1.0)

    for _ in range(20):
        use()
    gc.collect()
    handles, objects = jax._core.live_handles(), len(gc.get_objects())
    blocks = sys.getallocatedblocks()
    for _ in range(200):
        use()
    gc.collect()
    grown = jax._core.live_handles() - handles, len(gc.get_objects()) - objects, sys.getallocatedblocks() - blocks
    check(grown[0] <= 4 and grown[1] <= 20 and grown[2] <= 100, f"handles, objects, blocks grew by {grown}")


def test_threads():
    function = jit(lambda x: jax.pure_callback(lambda v: np.asarray(v) + 1, jax.ShapeDtypeStruct((4,), jnp.float32), jnp.sin(x)))
    wanted = function(jnp.ones(4)).tolist()
    wrong = []

    def work():
        for _ in range(50):
            if function(jnp.ones(4)).tolist() != wanted or float(grad(lambda x: x * x)(3.0)) != 6:
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(not wrong, f"{len(wrong)} wrong results")


def test_fork():
    x = jnp.ones((200, 200))
    (x @ x).block_until_ready()
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if float((x @ x)[0, 0]) == 200 else 1)
        except BaseException:  # noqa: BLE001
            os._exit(2)
    check(os.waitpid(child, 0)[1] == 0, "the child computes")


def long_work(x, times=4):
    for _ in range(times):
        x = x @ x * 1e-3
    return x


def test_asynchronous_dispatch():
    x = jnp.ones((1000, 1000)).block_until_ready()
    y = long_work(x)
    corner = y[0, 0]
    check(not y.is_ready() and not corner.is_ready() and y.shape == (1000, 1000), "calls return before the work is done")
    ticks, stop = [], threading.Event()

    def tick():
        while not stop.wait(1e-3):
            ticks.append(1)

    thread = threading.Thread(target=tick)
    thread.start()
    check(float(corner) == 1 and y.is_ready(), "reading waits")
    stop.set()
    thread.join()
    check(len(ticks) > 3, "others run while a thread waits")
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    try:
        check(long_work(x).is_ready(), "synchronous dispatch")
    finally:
        jax.config.update("jax_cpu_enable_async_dispatch", True)
    y = long_work(x)
    jax.effects_barrier()
    check(y.is_ready(), "effects_barrier")


def test_callbacks_on_pending_arrays():
    class Mine(Exception):
        pass

    mine = Mine("mine")

    def fail(value):
        seen.append(float(value))
        raise mine

    seen = []
    f = jit(lambda x: jax.pure_callback(fail, jax.ShapeDtypeStruct((), jnp.float32), x))
    pending = long_work(jnp.ones((1000, 1000)))[0, 0]
    try:
        f(pending)
        check(False, "nothing was raised")
    except Mine as error:
        check(error is mine and seen == [1], f"{error!r} {seen}")


def stored_error():
    """In a process of its own: 1 GB cannot be had, which is known when it is written."""
    with open("/proc/self/statm") as file:
        limit = int(file.read().split()[0]) * resource.getpagesize() + (64 << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    x = jnp.zeros(1 << 28)
    y = jnp.sin(x).sum()
    for value in (y, x, y):
        raises(MemoryError, value.block_until_ready, "1073741824 bytes")
        raises(MemoryError, lambda: float(y), "1073741824 bytes")


def test_errors_stay_with_values():
    child = os.fork()
    if child == 0:
        try:
            stored_error()
            os._exit(0)
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
            os._exit(1)
    check(os.waitpid(child, 0)[1] == 0, "the error comes from every wait")


def test_exit_with_work_left():
    program = """
import numpy as np, swiftjax
x = swiftjax.dlpack.from_dlpack(np.ones((1000, 1000), np.float32))
results = [x @ x for _ in range(20)]
del x
"""
    check(subprocess.run([sys.executable, "-c", program]).returncode == 0, "the process ends well")


def test_text_of_tracers():
    seen = []
    note = lambda x: seen.append(repr(x)) or x  # noqa: E731
    jit(note)(1.0), grad(note)(1.0), vmap(note)(jnp.ones(3)), jax.jvp(note, (1.0,), (2.0,))
    check(seen == ["JitTracer(~float32[])", "GradTracer(primal=1.0, typeof(tangent)=f32[])",
                   "VmapTracer(aval=float32[], batched=float32[3])", "JVPTracer(primal=1.0, tangent=2.0)"], seen)  # fmt: skip


def test_methods_and_protocols():
    x = jnp.arange(3.0)
    raises(TypeError, lambda: hash(x), "unhashable")
    raises(ValueError, lambda: bool(x), "truth value")
    raises(ValueError, lambda: bool(x), "float32[3]")
    raises(TypeError, lambda: random.normal(x), "normal: unexpected type")
    raises(TypeError, lambda: len(jnp.ones(())), "unsized")
    raises(TypeError, lambda: [1, 2][jnp.float32(1)], "integer")
    check([1, 2][jnp.int32(1)] == 2 and list(reversed(x)) == [2, 1, 0] and f"{jnp.float32(3.14159):.2f}" == "3.14", "protocols")
    check(x.nbytes == 12 and x.itemsize == 4 and x.devices() == {jax.devices()[0]} and str(x.aval) == "float32[3]", "attributes")


def test_loops_without_tracing():
    seen = []
    with jax.disable_jit():
        total = jax.lax.fori_loop(0, 3, lambda i, c: seen.append(int(i)) or c + int(i), 0)
        none = jax.lax.fori_loop(3, 3, lambda i, c: c + 1, jnp.float32(7))
        last = jax.lax.while_loop(lambda c: c < 5, lambda c: c + int(c), jnp.int32(1))
        carry, ys = jax.lax.scan(lambda c, x: (c + float(x), {"y": c}), 0.0, jnp.arange(3.0), reverse=True)
    check(int(total) == 3 and seen == [0, 1, 2] and float(none) == 7 and int(last) == 8, "fori_loop and while_loop")
    check(float(carry) == 3 and ys["y"].tolist() == [3, 2, 0], "scan")


def test_kinds_of_errors():
    """What JAX 0.10.2 raises: its functions differ where axes do not exist."""
    x = jnp.ones((2, 3))
    for kind, calls in {
        IndexError: (lambda: jnp.mean(x, axis=5), lambda: jnp.var(x, axis=5), lambda: jnp.argmax(x, axis=2),
                     lambda: jnp.swapaxes(x, 0, 5), lambda: jnp.split(x, 2, axis=5),
                     lambda: random.categorical(random.key(0), x, axis=5)),
        ValueError: (lambda: jnp.sum(x, axis=5), lambda: jnp.transpose(x, (0, 5)), lambda: lax.argmax(x, 5, jnp.int32),
                     lambda: lax.argmax(x, -1, jnp.int32), lambda: lax.reduce_sum(x, (-1,)), lambda: lax.cumsum(x, axis=-1),
                     lambda: lax.sort(x, num_keys=0), lambda: jax.device_put(1.0, "foo"), lambda: lax.reshape(x, (4,)),
                     lambda: jnp.array([1, None]), lambda: jnp.concatenate(jnp.ones(3)), lambda: jnp.take(x, jnp.ones(1)),
                     lambda: jax.linearize(jnp.sin, jnp.ones(3))[1](jnp.ones(2)), lambda: jax.linearize(jnp.sin, 1.0)[1](2)),
        TypeError: (lambda: jnp.transpose(x, (0,)), lambda: jnp.transpose(x, (0, 0)), lambda: lax.rev(x, (-1,)),
                    lambda: lax.concatenate([x, x], 5), lambda: lax.concatenate([x, jnp.ones((2, 3), int)], 0),
                    lambda: lax.dot_general(x, x, (((5,), (5,)), ((), ()))), lambda: lax.argmax(x, 0, jnp.float32),
                    lambda: jnp.zeros(2.5), lambda: jnp.ones((2, 1.5)), lambda: random.normal(random.key(0), (2.5,)),
                    lambda: random.permutation(random.key(0), jnp.float32(3)), lambda: jnp.array(2) ** -1,
                    lambda: jnp.arange(3) ** jnp.int32(-1), lambda: jnp.where(True, 1), lambda: float(jnp.ones(1)),
                    lambda: int(jnp.ones(1)), lambda: complex(jnp.ones(1)), lambda: jax.grad(jnp.add, (0, -2))(1.0, 2.0),
                    lambda: jax.linearize(jnp.sin, 1.0)[1](1.0, 2.0), lambda: jax.linearize(jnp.sin, 1.0)[1]((1.0,)),
                    lambda: lax.reshape(x, (-1,)), lambda: jnp.full(2, [1, 2]), lambda: random.PRNGKey(jnp.arange(2)), lambda: jax.jit(jnp.zeros)(3)),
        OverflowError: (lambda: random.fold_in(random.key(0), -3), lambda: random.fold_in(random.key(0), 2**32)),
        ZeroDivisionError: (lambda: jnp.arange(0, 1, 0), lambda: jnp.arange(0.0, 1.0, 0.0)),
        jax.errors.ConcretizationTypeError: (lambda: jax.jit(jnp.arange)(3), lambda: jax.jit(lambda n: jnp.arange(0, n, 0.5))(3)),
    }.items():  # fmt: skip
        for call in calls:
            raises(kind, call)


def test_arguments_that_are_no_arrays_are_located():
    """By key path, where the argument is one of a transformed function; what a body raises stays as it is."""
    raises(TypeError, lambda: jax.jit(lambda p: p["a"])({"b": 1.0, "a": ["text"]}), "args[0]['a'][0]")
    raises(TypeError, lambda: jax.jit(lambda p, q: p)(1.0, q=(2.0, object())), "q[1]")
    raises(TypeError, lambda: jax.grad(lambda p: p["a"])({"a": "text"}), "args[0]['a']")

    def body(x):
        raise TypeError("of the body")

    try:
        jax.jit(body)(1.0)
    except TypeError as error:
        check(str(error).startswith("of the body") and "args[0]" not in str(error), str(error))


def test_arguments_that_are_not_differentiated():
    """They reach the function as the objects that they are, as in JAX."""
    seen = []

    def body(x, n, options, *, mode):
        seen.append((type(n), type(options["rates"]), mode))
        return x**n * options["rates"][0]

    for derivative in (jax.grad, jax.value_and_grad, jax.jacfwd, jax.jacrev, jax.hessian):
        got = derivative(body)(3.0, 2, {"rates": [2.0]}, mode="text")
        check(float(got[1] if derivative is jax.value_and_grad else got) == (4 if derivative is jax.hessian else 12), f"{got}")
    check(set(seen) == {(int, list, "text")}, f"{seen}")
    check(jax.grad(body, argnums=-2)(3.0, 2.0, {"rates": [1.0]}, mode=None) > 9.8, "a negative argnum")
    raises(TypeError, lambda: jax.grad(lambda name: 1.0)("text"), "args[0]")


def test_checkpoint_policies():
    """What is computed again is what JAX 0.10.2 computes again."""
    policies, named = jax.checkpoint_policies, jax.ad_checkpoint.checkpoint_name

    @jax.jit
    def layer(w, x):
        return jnp.sin(w @ x)

    def loss(w, x, policy):
        def body(w, x):
            return jnp.sum(layer(w, named(layer(w, x), "hidden")) ** 2)

        return jax.checkpoint(body, policy=policy)(w, x)

    w, x = jnp.arange(9.0).reshape(3, 3) / 9, jnp.arange(6.0).reshape(3, 2)
    plain = jax.grad(lambda w, x: jnp.sum(layer(w, layer(w, x)) ** 2))(w, x)
    for policy, products, sines in (
        (None, 7, 4), (policies.nothing_saveable, 7, 4), (policies.dots_saveable, 5, 4), (policies.everything_saveable, 5, 2),
        (policies.save_only_these_names("hidden"), 7, 3), (policies.save_only_these_names("other"), 7, 4),
        (policies.save_any_names_but_these("hidden"), 7, 4),
        (policies.save_from_both_policies(policies.dots_saveable, policies.save_only_these_names("hidden")), 5, 3),
    ):  # fmt: skip
        gradient = jax.grad(lambda w, x: loss(w, x, policy))
        text = str(jax.make_jaxpr(gradient)(w, x))
        got = text.count("dot_general["), text.count("= sin ")
        check(got == (products, sines), f"{policy}: {got} products and sines, not {(products, sines)}")
        check(np.allclose(jax.jit(gradient)(w, x), plain, rtol=1e-6), f"{policy}")
        mapped = jax.jit(jax.vmap(gradient, in_axes=(None, 0)))(w, jnp.stack([x, 2 * x]))
        check(np.allclose(mapped[0], plain, rtol=1e-6), f"{policy}")
        hessian = [jax.jacfwd(f)(w, x) for f in (gradient, jax.grad(lambda w, x: jnp.sum(layer(w, layer(w, x)) ** 2)))]
        check(np.allclose(*hessian, rtol=1e-5), f"{policy}")
    raises(TypeError, lambda: jax.checkpoint(jnp.sin, policy=lambda *args, **params: True), "checkpoint_policies")


def test_what_programs_of_numpy_expect():
    """Values and errors of JAX 0.10.2, found by running the same programs on both."""
    x = jnp.arange(6.0).reshape(2, 3)
    check(x[[0, 1], [1, 2]].tolist() == [1.0, 5.0], "lists in a tuple of indices")
    check(x.at[0].set([1, 2, 3])[0].tolist() == [1.0, 2.0, 3.0], "a list of values")
    check((jnp.array([5, -5]) % 0).tolist() == [0, 0] and int(jnp.fmod(jnp.array(5), 0)) == 0, "remainders of divisions by zero")
    check(not lax.while_loop(lambda c: c < 3, lambda c: c + 1.0, 0).weak_type, "a weak carry that gives way is weak no more")
    check(not jnp.isclose(1.0, 1.0).weak_type, "choices between weak booleans are strong")
    check(not (2.0 ** jnp.arange(3)).weak_type and (2.0 ** jnp.arange(3)).tolist() == [1, 2, 4], "floats to integer powers")
    half = jnp.ones((2, 2), jnp.bfloat16)
    check(lax.dot(half, half, preferred_element_type=jnp.float32).dtype == jnp.float32, "lax.dot in another dtype")
    check(repr(jax.errors.JaxRuntimeError).endswith("errors.JaxRuntimeError'>"), repr(jax.errors.JaxRuntimeError))
    with jax.default_matmul_precision("highest"):
        check((x @ x.T).shape == (2, 2), "default_matmul_precision")
    check(jnp.zeros(2, jnp.bool).dtype == jnp.bool_ and jnp.array_repr(x[0]) == repr(x[0]), "names that are NumPy's")
    check(jnp.argpartition(jnp.array([3.0, 1.0, 4.0, 1.0, 5.0]), 1).tolist() == [1, 3, 0, 2, 4], "argpartition")
    for kind, calls in {
        ValueError: (lambda: jnp.array(None), lambda: jnp.matmul(1, 2), lambda: lax.dot(x, x), lambda: lax.dynamic_slice(x, (0,), (1,))),
        TypeError: (lambda: x[[0, 1]], lambda: jnp.interp(1.0, [0, 1], [0, 2]), lambda: jnp.sin(None),
                    lambda: random.bernoulli(random.key(0), 2)),
    }.items():  # fmt: skip
        for call in calls:
            raises(kind, call)


def test_pickles():
    for x in (jnp.arange(3.0), jnp.asarray(1.0), jnp.ones(2, jnp.bfloat16), jnp.asarray([1 + 2j]), jnp.zeros((0, 2), jnp.int8)):
        y = pickle.loads(pickle.dumps(x))
        check((y.dtype, y.shape, y.weak_type) == (x.dtype, x.shape, x.weak_type) and bool((x == y).all()), f"{x!r}")
    key = pickle.loads(pickle.dumps(random.key(7)))
    check(key.dtype == random.key(7).dtype and random.key_data(key).tolist() == [0, 7], "a typed key")


def test_full_of_keys():
    key = random.key(7)
    keys = jax.lax.full((2,), 3, key.dtype)
    check(keys.dtype == key.dtype and random.key_data(keys).tolist() == [[3, 3], [3, 3]], "keys of the same words, as in JAX")


def test_integers_that_do_not_fit():
    raises(OverflowError, lambda: jnp.array([2**31]), "int32")
    raises(OverflowError, lambda: jnp.array([300], jnp.uint8), "uint8")
    check(jnp.array([2**31 - 1, -(2**31)]).tolist() == [2**31 - 1, -(2**31)], "those that do")


def test_scatters_to_places_known_when_compiled():
    x, y = np.arange(300.0, dtype=np.float32), np.arange(120.0, dtype=np.float32).reshape(10, 12)
    known = ((x, np.s_[1:-1]), (x, np.s_[::-3]), (x, np.s_[-200:]), (y, np.s_[1:-1, 2:-3]), (y, np.s_[::2, 5]), (y, np.s_[:, ::-1]))
    for array, place in known:
        expected = array.copy()
        expected[place] = 7.0 + array[place]
        function = jit(lambda a: a.at[place].set(7.0 + a[place]))  # noqa: B023
        check(np.array_equal(function(array), expected), f"{place}")
        check("sequential" not in function.lower(array).as_text("fused_loops"), f"{place} has an order")
    # Indices that wrap, repeat or lie outside, some of them.
    wrap = lambda a: a.at[jnp.arange(100, dtype=jnp.int8) + jnp.int8(100)].add(1.0)  # noqa: E731
    check(np.array_equal(jit(wrap)(x[:100]), wrap(jnp.asarray(x[:100]))), "an int8 that wraps")
    repeating = jit(lambda a: a.at[lax.iota(jnp.int32, 40) * 0 + 3].add(1.0))
    check(repeating(x).tolist() == [v + 40 * (i == 3) for i, v in enumerate(x)], "one place, many times")
    outside = jit(lambda a: a.at[lax.iota(jnp.int32, 40) + 280].set(-1.0))
    check(outside(x).tolist() == [v if i < 280 else -1 for i, v in enumerate(x)], "beyond the end")


def test_stages_of_compilation():
    lowered = jax.jit(lambda x, n: jnp.sum(x * n), static_argnums=1).lower(jnp.ones((4, 8)), 3)
    check("lambda" in lowered.as_text("jaxpr") and 'kernel "reduce_sum"' in lowered.as_text(), "as_text")
    check('kernel "reduce_sum"' in lowered.compile().as_text(), "the compiled function's text")
    raises(ValueError, lambda: lowered.as_text("hlo"), "fused_loops")


def test_calls_of_what_was_compiled():
    """For the types and the tree that it was compiled for, static arguments left out."""
    compiled = jax.jit(lambda x, n, *, p: jnp.sum(x * n) + p["a"], static_argnums=1).lower(jnp.ones((4, 8)), 3, p={"a": 1.0}).compile()
    x, p = jnp.ones((4, 8)), {"a": 1.0}
    check(float(compiled(x, p=p)) == 97 and not compiled(x, p=p).weak_type, "calling what was compiled")
    raises(TypeError, lambda: compiled(x, 3, p=p), "input pytree")
    raises(TypeError, lambda: compiled(x, p={"b": 1.0}), "input pytree")
    raises(TypeError, lambda: compiled(jnp.ones(8), p=p), "float32[4,8]")
    raises(TypeError, lambda: compiled(x.astype(int), p=p), "int32[4,8]")
    raises(TypeError, lambda: jax.vmap(lambda x: compiled(x, p=p))(jnp.ones((2, 4, 8))), "Cannot apply JAX transformations")
    weak = jax.jit(lambda x: x + 1).lower(1.0).compile()
    check(weak(jnp.float32(2)).weak_type and float(weak(2.0)) == 3, "types are those that were compiled, weak ones too")


def test_aux_of_any_kind():
    """What a function gives besides its value need not be arrays."""
    for name in ("grad", "value_and_grad", "jacfwd", "jacrev", "hessian"):
        aux = getattr(jax, name)(lambda x: (x**2, {"kind": "text", "count": 3, "x": x}), has_aux=True)(3.0)
        aux = aux[0][1] if name == "value_and_grad" else aux[1]
        check(aux["kind"] == "text" and aux["count"] == 3 and float(aux["x"]) == 3, f"{name}: {aux}")
    check(jax.vjp(lambda x: (x**2, "text"), 3.0, has_aux=True)[2] == "text", "vjp")
    check(jax.jvp(lambda x: (x**2, "text"), (3.0,), (1.0,), has_aux=True)[2] == "text", "jvp")
    _, push, aux = jax.linearize(lambda x: (x**2, "text"), 3.0, has_aux=True)
    check(float(push(1.0)) == 6 and aux == "text", "linearize")
    raises(TypeError, lambda: jax.grad(lambda x: x**2, has_aux=True)(3.0), "has_aux")


def test_ravel_pytree():
    ravel = jax.flatten_util.ravel_pytree
    vector, unravel = ravel({"a": 1, "b": jnp.ones((2, 2), jnp.bfloat16)})
    check(vector.tolist() == [1.0] * 5 and vector.dtype == jnp.bfloat16, f"{vector!r}")
    tree = unravel(2 * vector)
    check(int(tree["a"]) == 2 and tree["a"].dtype == jnp.int32 and tree["b"].shape == (2, 2), f"{tree}")
    check(ravel(())[0].shape == (0,) and ravel({})[1](jnp.zeros(0)) == {}, "no leaves")
    raises(ValueError, lambda: unravel(jnp.ones(3)), "(5,)")


def test_names_of_transformed_functions():
    def slope(x):
        return x

    for transformed in (jax.grad(slope), jax.value_and_grad(slope), jax.hessian(slope), jax.vmap(slope), jax.jit(slope)):
        check(transformed.__name__ == "slope" and "slope" in repr(transformed), repr(transformed))
    check("argument(s) (0, 1)" in jax.grad(slope, (0, 1)).__doc__, jax.grad(slope, (0, 1)).__doc__)
    check(jax.make_jaxpr(slope).__name__ == "make_jaxpr(slope)", "make_jaxpr")


def test_classes_of_dtypes():
    key, f16, kinds = random.key(0).dtype, jnp.bfloat16, jax.dtypes
    for dtype, kind, expected in (
        (key, kinds.prng_key, True), (key, kinds.extended, True), (key, np.generic, True), (key, jnp.number, False), (key, key, True),
        (kinds.prng_key, kinds.extended, True), (f16, jnp.floating, True), (f16, jnp.float32, False), ("bfloat16", f16, True),
        (jnp.float32, f16, False), (jnp.float32, kinds.extended, False), (jnp.float16, float, False), (jnp.float64, float, True),
        (kinds.float0, np.void, True), (bool, jnp.integer, False), (jnp.inexact, jnp.number, True), (jnp.floating, jnp.float32, False),
    ):  # fmt: skip
        for issubdtype in (jnp.issubdtype, kinds.issubdtype):
            check(issubdtype(dtype, kind) is expected, f"issubdtype({dtype}, {kind})")
    check(repr(jnp.finfo(f16)).startswith("finfo(resolution=0.01"), repr(jnp.finfo(f16)))



def test_blocks_of_rows_in_loops():
    """A step that updates its carry in place, between chains of products in blocks of rows, one of which reads what the carry was."""
    n = 640
    w1, w2, x, p = (jax.random.normal(jax.random.PRNGKey(i), (n, n)) * (0.1 if i < 2 else 0.3) for i in range(4))

    def step(carry, _):
        x, p = carry
        h = jnp.tanh(x)
        a = jnp.tanh(p @ w1) @ w2
        return (lax.dynamic_update_slice(x, a[:8], (0, 0)), h @ p), None

    for length in (1, 3):
        looped = jax.jit(lambda x, p: lax.scan(step, (x, p), None, length=length)[0])(x, p)
        expected = (x, p)
        with jax.disable_jit():
            for _ in range(length):
                expected = step(expected, None)[0]
        for a, b in zip(looped, expected):
            check(np.array_equal(np.asarray(a), np.asarray(b)), f"{length} steps")


def test_axes_without_extent():
    for shape in [(4, 0, 64), (0, 4, 64), (4, 8, 0), (3, 2, 0, 64), (3, 0, 2, 64)]:
        x = jnp.zeros(shape)
        check(jax.jit(lambda x: jnp.exp(x) - jnp.sum(x, axis=-1, keepdims=True))(x).shape == shape, shape)
        check(not np.any(np.asarray(jax.jit(lambda x: jnp.sum(x, axis=1))(x))), shape)


if __name__ == "__main__":
    sys.exit(run(globals()))
