"""Tests of donated arguments: results in their memory, what prevents that, and how much memory calls take.

    python test_donation.py
"""

import resource
import sys
import time

import numpy as np
import swiftjax as jax
import swiftjax.numpy as jnp
from swiftjax import lax
from test_swiftjax import check, raises, run


def address(x):
    return x.unsafe_buffer_pointer()


def donated(function, *args, argnums=0):
    """The function's results, and for each the position of the donated argument that it is written over."""
    numbers = (argnums,) if isinstance(argnums, int) else argnums
    before = [address(args[i]) for i in numbers]
    results = jax.tree.leaves(jax.jit(function, donate_argnums=argnums)(*args))
    check(all(args[i].is_deleted() for i in numbers), "donated arguments are deleted")
    return results, [before.index(address(y)) if address(y) in before else None for y in results]


def test_updates_in_place():
    x = jnp.arange(6.0)
    (y,), places = donated(lambda x: x * 2 + 1, x)
    check(places == [0] and y.tolist() == [1, 3, 5, 7, 9, 11], "elementwise")
    raises(RuntimeError, lambda: x + 1, "donated")
    (y,), places = donated(lambda x: x.at[2].set(7), jnp.arange(4.0))
    check(places == [0] and y.tolist() == [0, 1, 7, 3], "x.at[i].set")
    (y,), places = donated(lambda x, i: x.at[i].add(5), jnp.arange(4.0), 1)
    check(places == [0] and y.tolist() == [0, 6, 2, 3], "x.at[i].add at a computed index")
    (y,), places = donated(lambda x, i: x.at[i].set(x[i - 1] * 10), jnp.arange(4.0), 3)
    check(places == [0] and y.tolist() == [0, 1, 2, 20], "x.at[i].set of another element")
    (y,), places = donated(lambda x, u: lax.dynamic_update_slice(x, u, (1,)), jnp.arange(4.0), jnp.ones(2))
    check(places == [0] and y.tolist() == [0, 1, 1, 3], "dynamic_update_slice")
    (y,), places = donated(lambda x: lax.fori_loop(0, 5, lambda i, x: x.at[i].set(x[i] * i), x), jnp.ones(6))
    check(places == [0] and y.tolist() == [0, 1, 2, 3, 4, 1], "a loop that updates")
    (y,), places = donated(lambda x: lax.fori_loop(0, 5, lambda i, x: x * 2 + jnp.roll(x, 1), x), jnp.ones(6))
    check(places == [0] and y.tolist() == [243.0] * 6, "a loop that computes")
    (y,), places = donated(lambda x: jnp.zeros(3) + x.sum(), jnp.arange(3.0))
    check(places == [0] and y.tolist() == [3, 3, 3], "a result made of what is needed no more")
    (y,), places = donated(lambda x: x @ x, jnp.eye(3) * 2)
    check(places == [None] and y[1].tolist() == [0, 4, 0], "a product reads what it would overwrite")
    (y,), places = donated(lambda x: x[::-1] - x, jnp.arange(3.0))
    check(places == [None] and y.tolist() == [2, 0, -2], "other elements are read")
    (y, s), places = donated(lambda x: (x.at[0].set(9), x.sum()), jnp.arange(3.0))
    check(places == [0, None] and y.tolist() == [9, 1, 2] and s == 3, "what reads the old values comes first")
    (y, z), places = donated(lambda x: (x.at[0].set(9), x.at[1].set(9)), jnp.arange(3.0))
    check(y.tolist() == [9, 1, 2] and z.tolist() == [0, 9, 2] and places.count(0) <= 1, "two updates of one array")


def test_arguments_that_are_results():
    x, y = jnp.arange(3.0), jnp.ones(3)
    (a, b), places = donated(lambda x, y: (y, x), x, y, argnums=(0, 1))
    check(places == [1, 0] and a.tolist() == [1, 1, 1] and b.tolist() == [0, 1, 2], "swapped")
    (a,), places = donated(lambda x: x, jnp.arange(3.0))
    check(places == [0] and a.tolist() == [0, 1, 2], "unchanged")
    (a, b), places = donated(lambda x: (x, x + 1), jnp.arange(3.0))
    check(places == [0, None] and a.tolist() == [0, 1, 2] and b.tolist() == [1, 2, 3], "unchanged, and changed")
    (a, b), places = donated(lambda x, y: (x + y, x - y), jnp.arange(3.0), jnp.ones(3), argnums=(0, 1))
    check(sorted(places) == [0, 1] and a.tolist() == [1, 2, 3] and b.tolist() == [-1, 0, 1], "each of both")
    (a, b), places = donated(lambda x, y, w: (y * w, x * w), jnp.ones(3), jnp.arange(3.0), jnp.full(3, 2.0), argnums=(0, 1))
    check(sorted(places) == [0, 1] and a.tolist() == [0, 2, 4] and b.tolist() == [2, 2, 2], "each over the other's")
    tree = {"w": jnp.ones((2, 2)), "b": jnp.zeros(2)}
    before = {k: address(v) for k, v in tree.items()}
    new = jax.jit(lambda t: jax.tree.map(lambda x: x + 1, t), donate_argnums=0)(tree)
    check({k: address(v) for k, v in new.items()} == before, "the leaves of a tree")


def test_shared_memory_is_not_written():
    double = jax.jit(lambda x: x * 2, donate_argnums=0)
    x = jnp.arange(3.0)
    view = np.from_dlpack(x)
    y = double(x)
    check(x.is_deleted() and view.tolist() == [0, 1, 2] and y.tolist() == [0, 2, 4], "a view of NumPy's")
    host = np.arange(3, dtype=np.float32)
    x = jax.dlpack.from_dlpack(host)
    y = double(x)
    check(x.is_deleted() and host.tolist() == [0, 1, 2] and y.tolist() == [0, 2, 4], "memory of NumPy's")
    y = double(host)
    check(host.tolist() == [0, 1, 2] and y.tolist() == [0, 2, 4], "an array of NumPy's")
    x = jnp.arange(3.0)
    view = x.reshape(3, 1)
    check(double(x).tolist() == [0, 2, 4] and view.tolist() == [[0], [1], [2]], "a reshaped array")
    x = jnp.arange(3.0)
    y = jax.jit(lambda x, y: x * 2 + y, donate_argnums=(0, 1))(x, x)
    check(x.is_deleted() and y.tolist() == [0, 3, 6], "one array as two arguments")
    kept = jnp.arange(3.0)
    closing = jax.jit(lambda x: x * 2 + kept, donate_argnums=0)
    check(closing(kept).tolist() == [0, 3, 6], "what the function closes over too")


def test_keywords():
    def check_deleted(arguments, deleted, **options):
        x, y = jnp.ones(3), jnp.ones(3)
        jax.jit(lambda x, y: x + y, **options)(*[x, y][:arguments], **dict(list(zip("xy", (x, y)))[arguments:]))
        check((x.is_deleted(), y.is_deleted()) == deleted, f"{options}, {arguments} by position")

    for count in (0, 1, 2):
        check_deleted(count, (True, False), donate_argnums=0)
        check_deleted(count, (False, True), donate_argnames="y")
        check_deleted(count, (True, True), donate_argnums=(0, 1))


def test_other_traces():
    double = jax.jit(lambda x: jnp.sum(x * 2), donate_argnums=0)
    x = jnp.arange(3.0)
    check(jax.grad(double)(x).tolist() == [2, 2, 2] and not x.is_deleted(), "derivatives need their arguments")
    check(jax.jit(double)(x) == 6 and not x.is_deleted(), "calls inside of others")


def test_memory_analysis():
    def step(w, m, g):
        m = 0.9 * m + g
        return w - 0.1 * m, m

    args = [jnp.ones(1000)] * 3
    memory = jax.jit(step, donate_argnums=(0, 1)).lower(*args).compile().memory_analysis()
    check(memory.alias_size_in_bytes == 8000 and memory.temp_size_in_bytes == 0, "aliases")
    check(memory.peak_memory_in_bytes == 12000, "peak")
    memory = jax.jit(step).lower(*args).compile().memory_analysis()
    check(memory.alias_size_in_bytes == 0 and memory.peak_memory_in_bytes == 20000, "without donation")


def test_time_is_that_of_the_update():
    update = jax.jit(lambda x, i: x.at[i].set(1.0), donate_argnums=0)

    def fastest(count):
        x, best = jnp.zeros(count).block_until_ready(), 1.0
        for i in range(50):
            start = time.perf_counter()
            x = update(x, i).block_until_ready()
            best = min(best, time.perf_counter() - start)
        check(float(x[49]) == 1 and float(x[50]) == 0, "updated")
        return best

    # A copy of 64 MB takes milliseconds.
    check(fastest(1 << 24) < 100 * fastest(1 << 10), "the size of the array does not matter")


def test_training_step_needs_little_more_than_its_state():
    sizes = [1024] * 9  # 8 layers: 32 MB of parameters, thrice with Adam's moments

    def loss(params, x):
        for w in params:
            x = jnp.tanh(x @ w)
        return jnp.mean(x * x)

    def step(params, m, v, x):
        grads = jax.grad(loss)(params, x)
        m = [0.9 * m + 0.1 * g for m, g in zip(m, grads)]
        v = [0.99 * v + 0.01 * g * g for v, g in zip(v, grads)]
        params = [w - 1e-3 * m / (jnp.sqrt(v) + 1e-8) for w, m, v in zip(params, m, v)]
        return params, m, v

    def initial():
        return [[jnp.full((a, b), value) for a, b in zip(sizes, sizes[1:])] for value in (0.01, 0.0, 0.0)]

    state, x = initial(), jnp.ones((64, 1024))
    size = sum(y.nbytes for y in jax.tree.leaves(state))
    before = sorted(address(y) for y in jax.tree.leaves(state))
    donating = jax.jit(step, donate_argnums=(0, 1, 2))
    memory = donating.lower(*state, x).compile().memory_analysis()
    check(memory.alias_size_in_bytes == size, f"all of the state is updated in place: {memory}")
    check(memory.peak_memory_in_bytes < 1.2 * size, f"peak {memory.peak_memory_in_bytes / size} of the state")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(3):
        state = jax.block_until_ready(donating(*state, x))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak
    check(grown * 1024 < 0.3 * size, f"the steps take {grown} KB more")
    check(sorted(address(y) for y in jax.tree.leaves(state)) == before, "the state stays where it is")
    expected = initial()
    for _ in range(3):
        expected = jax.jit(step)(*expected, x)
    same = all(bool((a == b).all()) for a, b in zip(jax.tree.leaves(expected), jax.tree.leaves(state)))
    check(same, "and has the same bits")


if __name__ == "__main__":
    sys.exit(run(globals()))
