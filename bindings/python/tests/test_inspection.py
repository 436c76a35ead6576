"""Tests of what functions tell about themselves: costs, memory, logs, names in profiles; and of names in messages.

    python test_inspection.py
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import swiftjax as jax
import swiftjax.numpy as jnp
from swiftjax import _core, lax
from test_swiftjax import check, raises, run


def compiled(function, *args):
    return jax.jit(function).lower(*args).compile()


def test_costs():
    x, w = jnp.ones((64, 32)), jnp.ones((32, 16))
    costs = compiled(lambda x, w: jnp.sin(x @ w), x, w).cost_analysis()
    # The product reads both operands and writes 64 × 16 elements, which the sine reads and writes.
    moved = 4.0 * (64 * 32 + 32 * 16 + 3 * 64 * 16)
    check(costs == {"flops": 2.0 * 64 * 16 * 32, "transcendentals": 64.0 * 16, "bytes accessed": moved}, costs)
    lowered = jax.jit(lambda x: jnp.exp(jnp.sin(x)) * jnp.cos(jnp.sin(x))).lower(x)
    check(lowered.cost_analysis()["flops"] == 2048, "costs before fusion")

    def steps(c):
        return lax.scan(lambda c, _: (c * 1.5 + 1, None), c, None, length=10)[0]

    check(compiled(steps, jnp.ones(8)).cost_analysis()["flops"] == 10 * 8 * 2, "all steps of a scan")


def test_compiled_ahead_of_time():
    traces = []

    def f(x, *, scale=1.0, flag=True):
        traces.append(flag)
        return x * scale if flag else x

    jitted = jax.jit(f, static_argnames="flag")
    x = jnp.ones(5)
    calls = [((x,), {}), ((x,), {"scale": 2.0}), ((x,), {"flag": False}), ((jax.ShapeDtypeStruct((2, 3), jnp.float32),), {})]
    for i, (args, keywords) in enumerate(calls):
        jitted.lower(*args, **keywords).compile()
        check(len(traces) == i + 1, f"compile traces: {keywords}")
        result = jitted(*(jnp.ones(a.shape) for a in args), **keywords)
        check(len(traces) == i + 1 and result.shape == args[0].shape, f"calls find the trace: {keywords}")


def test_memory():
    memory = compiled(lambda x, unused: (x, jnp.sum(x * x)), jnp.ones(1000), jnp.ones(5)).memory_analysis()
    check(memory.argument_size_in_bytes == 4000, "arguments that are used")
    check(memory.output_size_in_bytes == 4004 and memory.alias_size_in_bytes == 4000, "outputs")
    check(memory.temp_size_in_bytes == 0 and memory.peak_memory_in_bytes == 4004, "peak")
    check(memory.generated_code_size_in_bytes >= 0 and memory.host_temp_size_in_bytes == 0, "the others")
    product = compiled(lambda x: x @ x @ x, jnp.ones((32, 32))).memory_analysis()
    check(product.temp_size_in_bytes == 4096 and product.peak_memory_in_bytes == 3 * 4096, "a temporary")


def test_static_arguments():
    lowered = jax.jit(lambda x, n: x * n, static_argnums=1).lower(jnp.ones(4), 3)
    check(lowered.compile().cost_analysis()["flops"] == 4, "a static argument")


def output(program, **environment):
    """What a process prints, on both channels."""
    path = str(pathlib.Path(__file__).resolve().parent)
    result = subprocess.run(
        [sys.executable, "-c", "import swiftjax as jax, swiftjax.numpy as jnp, os\n" + program], cwd=path, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **environment})  # fmt: skip
    check(result.returncode == 0, result.stdout)
    return result.stdout


def test_explanations():
    text = output("""
@jax.jit
def f(x, y): return x["w"] * y
with jax.explain_cache_misses():
    f({"w": jnp.ones(3)}, 1.0)
    f({"w": jnp.ones(3)}, jnp.float32(1))
    f({"w": jnp.ones(4)}, 1.0)
    f({"w": jnp.ones(4)}, 2.0)
    f({"w": jnp.ones(4), "b": 1}, 1.0)
    with jax.enable_x64(): f({"w": jnp.ones(4, "float32")}, jnp.float32(1))
    g = jax.jit(lambda x, n: x * n, static_argnums=1)
    g(jnp.ones(3), 2)
    g(jnp.ones(3), 3)
    for i in range(2): jax.jit(lambda x: x + 1)(jnp.ones(3))
""")
    misses = text.split("TRACING CACHE MISS of ")[1:]
    wanted = [
        ("f: ", "not called before\n"),
        ("args[1]: now float32[] of a type that is not weak, before float32[] of weak type",),
        ("nearest of 2", "args[0]['w']: now float32[4], before float32[3]"),
        ("args[0]: now a dict with keys ['b', 'w'], before a dict with keys ['w']",),
        ("configuration: enable_x64 is now true",),
        ("<lambda>: ", "not called before\n"),
        ("args[1]: a static value that is not equal",),
        ("not called before\n",),
        ("another one of the same name and content",),
    ]
    check(len(misses) == len(wanted), text)
    for miss, texts in zip(misses, wanted):
        for part in texts:
            check(part in miss, f"{part!r} is not in {miss!r}")


def test_logs_of_compilations():
    text = output("""
with jax.log_compiles():
    jax.jit(lambda x: jnp.sin(x) * x)(jnp.ones(5))
""", SWIFTJAX_COMPILER="always")  # fmt: skip
    for stage in ("tracing <lambda>", "lowering <lambda>"):
        check(re.search(rf"Finished {stage} in \d+\.\d\d\d ms", text), text)
    if "assembly" in available_stages():
        check(re.search(r"Finished compiling jit\(<lambda>\)/sin_mul to machine code in \d", text), text)


def available_stages():
    try:
        jax.jit(lambda x: x + 1).lower(jnp.ones(3)).as_text("assembly")
    except (OSError, NotImplementedError):
        return ()
    return ("assembly",)


def test_the_compiler():
    available, description = jax.compiler.available(), jax.compiler.description()
    check(available == bool(available_stages()), "it compiles if it says so")
    check(("LLVM 19." if available else "make compiler") in description or "SWIFTJAX_COMPILER" in description, description)
    ask = "print(jax.compiler.available(), jax.compiler.description())"
    check(output(ask, SWIFTJAX_COMPILER="off").startswith("False SWIFTJAX_COMPILER=off"), "forbidden")
    with tempfile.NamedTemporaryFile(suffix=".so") as garbage:
        garbage.write(b"no library")
        garbage.flush()
        text = output("print(jax.jit(lambda x: x + 1)(jnp.ones(2)))\n" + ask, SWIFTJAX_COMPILER="always",
                      SWIFTJAX_COMPILER_LIBRARY=garbage.name)  # fmt: skip
    for part in ("[2. 2.]", "everything is interpreted", f"False no compiler library: {garbage.name} cannot be loaded", "make compiler"):
        check(part in text, text)


BITS = """
import hashlib
keys = jax.random.split(jax.random.PRNGKey(3), 3)
x, y = jax.random.normal(keys[0], (33, 65)), jax.random.normal(keys[1], (65, 33))
def loss(x): return jnp.sum(jax.nn.softmax(jnp.tanh(x @ y), axis=-1) ** 2) + jnp.sum(jnp.exp(jnp.sin(x)) * jax.nn.gelu(x))
def steps(x): return jax.lax.scan(lambda c, a: (jnp.sin(c @ c.T @ c) * 0.1 + a, jnp.max(c)), x, jnp.arange(9.0))
results = [jax.jit(jax.value_and_grad(loss))(x), jax.jit(steps)(x), jax.jit(lambda x: (jnp.cumsum(x, 1), jnp.argmax(x, 0)))(x)]
results.append(jax.jit(lambda x: (x.astype("bfloat16") * 3 + 1, x.astype("float16") / 7, jnp.sort(x, 1), x.astype(int) // 3))(x))
print(hashlib.sha256(b"".join(a.tobytes() for a in map(np.asarray, jax.tree_util.tree_leaves(results)))).hexdigest())
"""


def test_all_compilers_and_none_give_the_same_bits():
    """Each library beside the engine, in a process of its own, and the interpreter."""
    package = pathlib.Path(jax.__file__).parent
    bits = {"none": output("import numpy as np" + BITS, SWIFTJAX_COMPILER="off")}
    for path in sorted(package.glob("libswiftjax-compiler*.so")):
        environment = dict(SWIFTJAX_COMPILER="always", SWIFTJAX_CACHE="off", SWIFTJAX_COMPILER_LIBRARY=str(path))
        if output("print(jax.compiler.available())", **environment).endswith("True\n"):
            bits[path.name] = output("import numpy as np" + BITS, **environment)
    check(len(set(bits.values())) == 1, bits)
    check(len(bits) > jax.compiler.available(), "at least the one in use is among them")


def test_a_compiler_that_does_not_load_gives_way_to_the_next():
    package = pathlib.Path(jax.__file__).parent
    second = package / "libswiftjax-compiler-system.so"
    if not second.exists():
        return
    with tempfile.TemporaryDirectory() as directory:
        copy = pathlib.Path(directory) / "swiftjax"
        shutil.copytree(package, copy, ignore=shutil.ignore_patterns("libswiftjax-compiler.so", "__pycache__"))
        (copy / "libswiftjax-compiler.so").write_bytes(b"no library")
        text = output("print(jax.compiler.available(), jax.compiler.description())", PYTHONPATH=directory)
        for part in ("libswiftjax-compiler.so cannot be loaded", "serves instead", "True LLVM 19.", "(system)", str(copy / second.name)):
            check(part in text, text)
        (copy / second.name).write_bytes(b"no library")
        text = output("print(jax.compiler.available(), jax.compiler.description())", PYTHONPATH=directory)
        for part in ("False no compiler library", "compiler.so cannot be loaded", "compiler-system.so cannot be loaded"):
            check(part in text, text)


def test_names_in_profiles():
    if not available_stages():
        return
    program = """
def update(w): return jnp.tanh(w) * 2
jax.jit(update)(jnp.ones(1000))
jax.jit(lambda x: jax.lax.scan(lambda c, a: (jnp.sin(c @ c + a), None), x, jnp.ones(3))[0])(jnp.ones((20, 20)))
path = f"/tmp/perf-{os.getpid()}.map"
print(open(path).read())
os.remove(path)
"""
    for cache in ("off", "on"):
        text = output(program, SWIFTJAX_COMPILER="always", SWIFTJAX_PERF="map", SWIFTJAX_CACHE=cache)
        check(re.search(r"^[0-9a-f]+ [0-9a-f]+ jit\(update\)/tanh_mul$", text, re.M), text)
        check(re.search(r"^[0-9a-f]+ [0-9a-f]+ jit\(<lambda>\)/scan", text, re.M), text)
    check("neither map nor jitdump" in output("jax.jit(lambda x: x + 1)(jnp.ones(9))",
                                              SWIFTJAX_COMPILER="always", SWIFTJAX_PERF="flames"), "a misspelt form")


def test_messages_name_what_python_knows():
    raises(OverflowError, lambda: jnp.ones(3, jnp.int32) + 3000000000, "jax_enable_x64")
    for function, *args in [(_core.tree_child, jax.tree_util.tree_structure((1, 2)), 7), (_core.config_get, 99)]:
        try:
            function(*args)
        except ValueError as error:
            check(not re.search(r"\b(sj|SJ)_", str(error)), str(error))
        else:
            raise AssertionError("no error")


if __name__ == "__main__":
    sys.exit(run(globals()))
