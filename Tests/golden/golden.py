"""Reading, evaluating and comparing golden cases; needs NumPy and the package under test only.

A case is an expression over arrays, and what JAX made of it (README.md has the format).
Nothing here is particular to JAX: the package that evaluates a case is a parameter.
"""

import contextlib
import importlib
import json
import pathlib
import re
import warnings

import numpy as np

HERE = pathlib.Path(__file__).parent

FLOATS = {"float16": (10, -14), "bfloat16": (7, -126), "float32": (23, -126), "float64": (52, -1022)}
COMPLEX_PARTS = {"complex64": "float32", "complex128": "float64"}


def namespace(package):
    """The names an expression may use: jax, jnp, lax, random, np."""
    module = {
        name: importlib.import_module(f"{package}.{name}") for name in ("numpy", "lax", "random", "nn", "tree_util")
    }
    return {
        "jax": importlib.import_module(package),
        "jnp": module["numpy"],
        "lax": module["lax"],
        "random": module["random"],
        "np": np,
    }


@contextlib.contextmanager
def configured(names, config):
    """Sets what the case asks for (everything is off by default) and puts it back afterwards."""
    flags = {"x64": "jax_enable_x64", "partitionable": "jax_threefry_partitionable"}
    for key in config:
        names["jax"].config.update(flags[key], config[key])
    try:
        yield
    finally:
        for key in config:
            names["jax"].config.update(flags[key], False)


def decode(value, names):
    """An array of the package under test from its stored form."""
    raw, shape = bytes.fromhex(value["data"]), tuple(value["shape"])
    jnp = names["jnp"]
    if value["dtype"].startswith("key<"):
        return names["random"].wrap_key_data(jnp.asarray(np.frombuffer(raw, np.uint32).reshape(*shape, 2)))
    if value["dtype"] == "bfloat16":  # NumPy has no such type of its own
        return names["lax"].bitcast_convert_type(
            jnp.asarray(np.frombuffer(raw, np.uint16).reshape(shape)), jnp.bfloat16
        )
    array = np.frombuffer(raw, value["dtype"]).reshape(shape)
    return jnp.asarray(array.item() if value.get("weak") else array)


def leaves(tree):
    """The leaves of nested tuples, lists and dicts in JAX's order; None has none."""
    if tree is None:
        return []
    if isinstance(tree, dict):
        return [leaf for key in sorted(tree) for leaf in leaves(tree[key])]
    if isinstance(tree, (tuple, list)):
        return [leaf for child in tree for leaf in leaves(child)]
    return [tree]


def encode(leaf, names):
    """The stored form of one result: an array, a text (dtypes are texts) or a Python value."""
    if isinstance(leaf, str):
        return {"text": re.sub(r"0x[0-9a-f]+", "0x", leaf)}  # addresses differ from run to run
    if isinstance(leaf, (bool, int, float)):
        return {"py": leaf}
    if not hasattr(leaf, "shape") or isinstance(leaf, type):
        return {"text": getattr(leaf, "__name__", str(leaf))}
    if isinstance(leaf, np.dtype):
        return {"text": leaf.name}
    dtype = str(leaf.dtype)
    if "float0" in dtype or "'V'" in dtype:
        return {"dtype": "float0", "shape": list(leaf.shape), "data": ""}
    bits = leaf
    if dtype.startswith("key<"):
        bits = names["random"].key_data(leaf)
    elif dtype == "bfloat16":
        bits = names["lax"].bitcast_convert_type(leaf, names["jnp"].uint16)
    weak = {"weak": True} if getattr(leaf, "weak_type", False) else {}
    return {"dtype": dtype, "shape": list(leaf.shape), **weak, "data": np.ascontiguousarray(bits).tobytes().hex()}


def evaluate(case, names):
    """The encoded results of a case."""
    with configured(names, case.get("config", {})), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scope = dict(names)
        scope.update((f"x{i}", decode(value, names)) for i, value in enumerate(case["inputs"]))
        exec(case.get("code", ""), scope)
        return [encode(leaf, names) for leaf in leaves(eval(case["expr"], scope))]


def raised(case, names):
    """The exception a case of the table of errors ends with, or None."""
    with configured(names, case.get("config", {})), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(case["code"], dict(names))
        except Exception as error:
            return error
    return None


def numbers(value):
    """The stored array as NumPy's nearest type (bfloat16 exactly as float32)."""
    raw, dtype = bytes.fromhex(value["data"]), value["dtype"]
    if dtype.startswith("key<"):
        return np.frombuffer(raw, np.uint32)
    if dtype == "bfloat16":
        return (np.frombuffer(raw, np.uint16).astype(np.uint32) << 16).view(np.float32)
    return np.frombuffer(raw, dtype)


def ordinals(value):
    """Maps floats to unsigned integers so that neighbours differ by one; -0.0 and +0.0 are neighbours."""
    dtype = COMPLEX_PARTS.get(value["dtype"], value["dtype"])
    unsigned = {"float16": np.uint16, "bfloat16": np.uint16, "float32": np.uint32, "float64": np.uint64}[dtype]
    bits = np.frombuffer(bytes.fromhex(value["data"]), unsigned)
    sign = unsigned(1) << unsigned(8 * bits.itemsize - 1)
    return np.where(bits & sign, ~bits, bits | sign)


def distance(got, want):
    """Distance in units in the last place, element by element; two NaNs are at distance 0.

    Complex values count as pairs of reals. Both values below the smallest normal number are
    at most 1 apart: JAX's CPU backend flushes subnormal numbers, an engine need not.
    """
    a, b = ordinals(got), ordinals(want)
    ulps = (np.maximum(a, b) - np.minimum(a, b)).astype(np.float64)
    x, y = (parts(numbers(v)) for v in (got, want))
    ulps = np.where(np.isnan(x) | np.isnan(y), np.where(np.isnan(x) & np.isnan(y), 0, np.inf), ulps)
    tiny = 2.0 ** FLOATS[COMPLEX_PARTS.get(want["dtype"], want["dtype"])][1]
    return np.where((abs(x) <= tiny) & (abs(y) <= tiny), np.minimum(ulps, 1), ulps)


def parts(array):
    """Real numbers in float64; a complex array becomes pairs."""
    if array.dtype.kind == "c":
        array = array.view(array.real.dtype)
    return array.astype(np.float64)


def mismatch(got, want, ulp=0, atol=0.0):
    """None if `got` is as near to `want` as allowed, otherwise what differs."""
    if "data" not in want or "data" not in got:
        return None if got == want else f"got {got}, want {want}"
    types = [(v["dtype"], v["shape"], "weak" if v.get("weak") else "strong") for v in (got, want)]
    if types[0] != types[1]:
        return f"got {types[0]}, want {types[1]}"
    if got["data"] == want["data"]:
        return None
    if want["dtype"] not in FLOATS and want["dtype"] not in COMPLEX_PARTS:
        return f"got {numbers(got).tolist()[:8]}, want {numbers(want).tolist()[:8]}"
    ulps = distance(got, want)
    with np.errstate(invalid="ignore"):
        gap = abs(parts(numbers(got)) - parts(numbers(want)))
    bad = ~((ulps <= ulp) | (gap <= atol))
    if not bad.any():
        return None
    i = int(np.argmax(bad))
    return (
        f"element {i}: got {parts(numbers(got))[i]!r}, want {parts(numbers(want))[i]!r} "
        f"({ulps[i]:.0f} ulp, allowed {ulp}; atol {atol:g}; {int(bad.sum())} of {bad.size} differ)"
    )


def check(case, names):
    """None if the package under test agrees with the case, otherwise a one-line reason."""
    if "error" in case:
        error = raised(case, names)
        kinds = [kind.__name__ for kind in type(error).__mro__]
        return None if case["error"]["type"] in kinds else f"raised {error!r:.200}, want {case['error']['type']}"
    try:
        results = evaluate(case, names)
    except Exception as error:
        return f"{type(error).__name__}: {str(error):.300}"
    if len(results) != len(case["outputs"]):
        return f"{len(results)} results, want {len(case['outputs'])}"
    reasons = (mismatch(got, want, case["ulp"], case.get("atol", 0.0)) for got, want in zip(results, case["outputs"]))
    return next((reason for reason in reasons if reason), None)


def load(path):
    return json.loads(pathlib.Path(path).read_text())
