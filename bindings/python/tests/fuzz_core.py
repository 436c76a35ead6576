"""Calls every function of the extension with arguments of all kinds: errors are fine, crashes are not.

    python -X dev fuzz_core.py [rounds]
"""

import faulthandler
import random
import sys

import numpy as np

import swiftjax as jax
import swiftjax.numpy as jnp
from swiftjax import _core

# What would change the process for those that follow, or hand memory over by address; and `round`, which takes powers of ten
# of Python integers, as JAX does.
LEFT_OUT = {
    "config_set", "config_push", "config_pop", "set_exceptions", "set_converter", "set_tree_hooks", "set_traceback_filter",
    "from_npy", "delete", "round", "__round__", "__init_subclass__", "__subclasshook__", "__class__",
}  # fmt: skip


def values():
    """One value of each kind that a caller may pass by mistake. Sizes are small, or more than there is memory."""
    leaves, tree = _core.flatten((jnp.ones(3), {"a": 1}))
    function = _core.function("f", lambda *xs: xs[0] if xs else 1.0, 0)
    deleted = jnp.ones(2)
    deleted.delete()
    escaped = []
    jax.jit(lambda x: escaped.append(x) or x)(1.0)
    return [
        None, True, False, 0, 1, -1, 7, 2**50, 2**63 - 1, -(2**63), 2**70, 0.5, float("nan"), 1j, "", "x", "float32", b"abc",
        (), [], (0,), (1, 2), [-1], (2**40,), (2**62, 2**62), [None], ["a"], {}, {"a": 1}, object(), int, np.float32,
        np.ones(3), np.ones((2, 2), dtype=object), np.array("text"), jnp.ones(3), jnp.ones((2, 2)), jnp.zeros((0, 3)),
        jnp.arange(4), jnp.asarray(True), 3.0 + jnp.ones(()), [jnp.ones(2), jnp.ones(2)], (jnp.ones(2), jnp.arange(3)),
        [2.0, "b"], leaves, tree, function, [function, function], [tree], deleted, escaped[0], [escaped[0]],
        slice(None), ..., [slice(1, None), ..., None], lambda: 1, lambda x: x, random.Random, iter([1, 2]),
    ]  # fmt: skip


def attempt(call, arguments):
    try:
        call(*arguments)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001
        pass


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    faulthandler.enable()
    generator = random.Random(0)
    pool = values()
    functions = sorted(n for n in dir(_core) if not n.startswith("_") and n not in LEFT_OUT and callable(getattr(_core, n)))
    calls = 0
    for name in functions:
        call = getattr(_core, name)
        for count in range(12):
            for _ in range(rounds // 4 if count < 5 else rounds // 12):
                arguments = [generator.choice(pool) for _ in range(count)]
                attempt(call, arguments)
                calls += 1
    array = jnp.ones((2, 3))
    for name in sorted(dir(array)):
        method = getattr(type(array), name, None)
        if not callable(method) or name in LEFT_OUT:
            continue
        for count in range(4):
            for _ in range(rounds // 12):
                attempt(method, [array, *[generator.choice(pool) for _ in range(count)]])
                calls += 1
    print(f"{len(functions)} functions, {calls} calls, no crash")


if __name__ == "__main__":
    main()
