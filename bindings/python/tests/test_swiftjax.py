"""Tests of the Python binding: the golden tables, with the list of known gaps, and what no table can hold.

    python test_swiftjax.py [--write-gaps]
"""

import os
import pathlib
import pickle
import subprocess
import sys
from collections import Counter

import numpy as np

import swiftjax as jax
import swiftjax.numpy as jnp
from swiftjax import grad, jit, lax, random, vmap

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE.parents[2] / "Tests" / "golden"
GAPS = HERE / "known-gaps.txt"
TABLES = """tutorial jaxpr printing errors random_keys random_distributions indexing nn lax_elementwise lax_shape lax_reduce transforms promotion
numpy_math numpy_reductions numpy_shape numpy_products numpy_creation""".split()


def check(condition, text):
    if not condition:
        raise AssertionError(text)


def raises(kind, function, *texts):
    try:
        function()
    except kind as error:
        for text in texts:
            check(text in str(error), f"{text!r} is not in {error}")
        return
    raise AssertionError(f"no {kind.__name__} was raised")


def test_users_exception_comes_back():
    class Mine(Exception):
        pass

    def body(x):
        raise Mine("mine")

    for function in (grad(body), jit(body), vmap(body), jit(grad(body))):
        raises(Mine, lambda: function(jnp.ones(3)), "mine")


def test_python_if_on_a_tracer():
    def body(x):
        return 1.0 if x > 0 else 2.0

    raises(jax.errors.ConcretizationTypeError, lambda: jit(body)(1.0), "jit of body")
    raises(jax.errors.ConcretizationTypeError, lambda: vmap(body)(jnp.ones(2)), "vmap of body")
    check(grad(lambda x: x * 3 if x > 0 else x)(1.0) == 3.0, "grad keeps values concrete")


def test_immutability_and_at():
    x = jnp.zeros((2, 2))

    def assign():
        x[0, 0] = 3

    raises(TypeError, assign, "immutable")
    check(x.at[0, 0].set(3).tolist() == [[3, 0], [0, 0]] and x.tolist() == [[0, 0], [0, 0]], "at copies")


def test_numpy_interchange():
    x = jnp.arange(6.0).reshape(2, 3)
    host = np.array(x)
    host[0, 0] = 9  # a copy of its own
    check(float(x[0, 0]) == 0, "NumPy gets a copy")
    raises(ValueError, lambda: np.asarray(x).fill(9), "read-only")
    check(type(np.ones(3) + x) is type(x) and type(x + np.ones(3)) is type(x), "operators with NumPy on either side")
    check(np.array_equal(pickle.loads(pickle.dumps(x)), x), "pickling")
    check(np.array_equal(np.sin(np.asarray(x, dtype=np.float64)), np.sin(np.arange(6.0).reshape(2, 3))), "dtype=")


def test_pytrees():
    params = {"w": jnp.ones(3), "b": (jnp.zeros(()), None)}
    gradient = grad(lambda p: jnp.sum(p["w"] * 2) + p["b"][0])(params)
    check(gradient["w"].tolist() == [2, 2, 2] and float(gradient["b"][0]) == 1, "grad of a tree")
    raises(TypeError, lambda: lax.cond(True, lambda: (1, 2), lambda: {"a": 1}), "cond branch outputs")


def test_static_arguments_and_keywords():
    traces = []

    @jax.jit
    def plain(x, *, scale=2.0):
        traces.append(1)
        return x * scale

    check(float(plain(3.0)) == 6 and float(plain(3.0, scale=4.0)) == 12, "keywords")
    power = jit(lambda x, n: x**n, static_argnums=1)
    check(float(power(3.0, 2)) == 9 and float(power(3.0, 3)) == 27, "static_argnums")


def test_retracing():
    traces = []

    @jit
    def function(x):
        traces.append(x.shape)
        return x + 1

    for x in (jnp.ones(3), jnp.zeros(3), jnp.ones(4), 1.0):
        function(x)
    check(len(traces) == 3, f"traced {len(traces)} times")


def test_escaped_tracer():
    kept = []
    jit(lambda x: kept.append(x) or x)(1.0)
    raises(jax.errors.UnexpectedTracerError, lambda: kept[0] + 1, "unexpected tracer")


def test_configuration_scopes():
    with jax.enable_x64(True):
        check(jnp.ones(2).dtype == np.float64, "x64")
    check(jnp.ones(2).dtype == np.float32, "x64 left")
    with jax.threefry_partitionable(True):
        check(abs(float(random.normal(random.PRNGKey(0), (1,))[0]) - 1.6226422) < 1e-6, "partitionable")


def test_nothing_leaks():
    function = jit(lambda x: jnp.sin(x) * 2)
    x = jnp.ones(10)
    function(x)
    before = jax._core.live_handles()
    for _ in range(100):
        function(x) + 1
        grad(lambda v: jnp.sum(v * v))(x)
    check(jax._core.live_handles() - before < 20, f"{jax._core.live_handles() - before} handles more")


def golden_failures():
    """The names of the failing cases, table by table."""
    command = [sys.executable, str(GOLDEN / "run_python.py"), "--package", "swiftjax", "--limit", "100000", *TABLES]
    finished = subprocess.run(command, capture_output=True, text=True, cwd=GOLDEN, env=os.environ)
    output = finished.stdout
    check("FAIL" in output or "passed" in output, f"the tables did not run: {finished.stderr[-2000:]}")
    lines = [line[len("FAIL ") :] for line in output.splitlines() if line.startswith("FAIL ")]
    # Names repeat within a table, so that the expression belongs to a case's identity, and cases are counted.
    return Counter(": ".join(line.split(": ")[:3]) for line in lines), output.strip().splitlines()[-1]


def test_golden_tables():
    failures, summary = golden_failures()
    known = Counter(GAPS.read_text().splitlines())
    fresh, closed = sorted((failures - known).elements()), sorted((known - failures).elements())
    print("golden tables:", summary, f"({known.total()} known gaps)")
    check(not fresh, "cases that passed before fail:\n  " + "\n  ".join(fresh[:40]))
    if closed:
        print(f"{len(closed)} known gaps are closed; run with --write-gaps:\n  " + "\n  ".join(closed[:20]))


def run(names):
    """Runs the tests among some names; the number of failures."""
    tests = [value for name, value in names.items() if name.startswith("test_")]
    failed = 0
    for test in tests:
        try:
            test()
        except Exception as error:  # noqa: BLE001
            failed += 1
            print(f"FAIL {test.__name__}: {type(error).__name__}: {error}")
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed else 0


def main():
    if "--write-gaps" in sys.argv:
        failures, summary = golden_failures()
        GAPS.write_text("".join(f"{name}\n" for name in sorted(failures.elements())))
        print(summary)
        return 0
    return run(globals())


if __name__ == "__main__":
    sys.exit(main())
