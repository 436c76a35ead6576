"""What the make_*.py scripts share: inputs, cases, tolerances and the files. Needs JAX 0.10.2."""

import ast
import inspect
import json
import logging
import math

import jax
import numpy as np

import golden

logging.disable(logging.WARNING)
jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_threefry_partitionable", False)  # our default, and the tutorial's

NAMES = golden.namespace("jax")
WIDER = {"float16": "float32", "bfloat16": "float32", "float32": "float64", "complex64": "complex128"}

# Real JAX is within a few units of the true value almost everywhere, and we promise two of our own.
BASE_ULP = 4
# Where JAX itself is further off than this, the element says nothing about us.
WORST_ULP = 32


def lcg(count, seed):
    """The 32-bit linear congruential generator of Numerical Recipes (section 7.1), as floats in [0, 1)."""
    state, values = seed & 0xFFFFFFFF, []
    for _ in range(count):
        state = (1664525 * state + 1013904223) & 0xFFFFFFFF
        values.append((state >> 8) / 2**24)
    return np.array(values)


def uniform(dtype, shape, seed=1, low=None, high=None):
    """Deterministic values of any dtype between low and high; shapes may be empty or ()."""
    count, dtype = math.prod(shape), np.dtype(dtype)
    if dtype.kind == "b":
        return (lcg(count, seed) < 0.5).reshape(shape)
    if dtype.kind == "c":
        low, high = (-2, 2) if low is None else (low, high)
        re, im = (low + (high - low) * lcg(count, s) for s in (seed, seed + 77))
        return (re + 1j * im).astype(dtype).reshape(shape)
    if low is None:
        low, high = {"i": (-9, 10), "u": (0, 10)}.get(dtype.kind, (-2, 2))
    values = low + (high - low) * lcg(count, seed)
    return (np.floor(values) if dtype.kind in "iu" else values).astype(dtype).reshape(shape)


def jnp_dtype(name):
    return np.dtype(getattr(jax.numpy, "bool_" if name == "bool" else name))


def encode_input(value):
    """NumPy arrays are strong; a Python scalar or an array of JAX's keeps its weak type."""
    if isinstance(value, np.ndarray) or isinstance(value, np.generic):
        return {
            "dtype": value.dtype.name,
            "shape": list(value.shape),
            "data": np.ascontiguousarray(value).tobytes().hex(),
        }
    return golden.encode(jax.numpy.asarray(value), NAMES)


def widen(value):
    """The same numbers in the next wider type."""
    if value["dtype"] not in WIDER or value.get("weak"):
        return value
    return encode_input(golden.numbers(value).astype(WIDER[value["dtype"]]).reshape(value["shape"]))


def narrow(value, dtype):
    return encode_input(golden.numbers(value).astype(jnp_dtype(dtype)).reshape(value["shape"]))


def own_error(case):
    """JAX's own distance, in units in the last place, from the same expression in the next wider type.

    One array per output; None where the wider evaluation does not answer the same question.
    """
    wide = dict(case, inputs=[widen(v) for v in case["inputs"]])
    if any(v["dtype"] in ("float32", "complex64") for v in case["inputs"]):
        wide["config"] = dict(case.get("config", {}), x64=True)
    try:
        results = golden.evaluate(wide, NAMES)
    except Exception:
        return [None] * len(case["outputs"])
    errors = []
    for got, want in zip(results, case["outputs"]):
        comparable = "data" in want and got.get("dtype") == WIDER.get(want["dtype"]) and got["shape"] == want["shape"]
        with np.errstate(all="ignore"):
            errors.append(golden.distance(narrow(got, want["dtype"]), want) if comparable else None)
    return errors


def scale(case):
    """The largest finite magnitude among floating outputs, in units of their machine epsilon."""
    worst = 0.0
    for value in case["outputs"]:
        dtype = golden.COMPLEX_PARTS.get(value.get("dtype"), value.get("dtype"))
        if dtype in golden.FLOATS and value["data"]:
            magnitude = abs(golden.parts(golden.numbers(value)))
            finite = magnitude[np.isfinite(magnitude)]
            worst = max([worst, *(finite * 2.0 ** -golden.FLOATS[dtype][0])])
    return worst


def literal(node, scope):
    """A JSON form of an argument that is no input; names of types become their dtype's name."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        made = eval(ast.unparse(node), scope)
        if hasattr(made, "_asdict") or hasattr(made, "__dataclass_fields__"):
            return {k.arg: literal(k.value, scope) for k in node.keywords}
    if isinstance(node, ast.Attribute):
        return node.attr
    value = ast.literal_eval(node)
    json.dumps(value)
    return value


def describe(expr):
    """The function a plain call applies and its parameters by name, for runners that cannot read Python."""
    call, scope = ast.parse(expr, mode="eval").body, dict(NAMES)
    while isinstance(call, (ast.Subscript, ast.Attribute, ast.BinOp)) and not isinstance(call, ast.Call):
        call = getattr(call, "value", None) or call.left
    if not isinstance(call, ast.Call):
        return "expr", {}
    op = ast.unparse(call.func)
    if not all(part.isidentifier() for part in op.split(".")):
        return "expr", {}
    try:
        bound = inspect.signature(eval(op, scope)).bind(*call.args, **{k.arg: k.value for k in call.keywords})
        params = {}
        for name, node in bound.arguments.items():
            nodes = node if isinstance(node, tuple) else (node,)
            if not any(isinstance(n, ast.Name) and n.id[0] in "xy" for top in nodes for n in ast.walk(top)):
                params[name] = literal(node, scope)
        return op, params
    except Exception:
        return op, {}


class Table:
    """Collects cases and writes them, one a line, to <name>.json."""

    def __init__(self, name):
        self.name, self.cases, self.taken, self.failed = name, [], {}, 0

    def case(self, expr, *inputs, code=None, name=None, about=None, ulp=None, atol=None, measure=True, **config):
        """Adds what JAX makes of `expr`. Without `ulp`, the tolerance is BASE_ULP and JAX's own error.

        `about` is the call that op and params describe, where that is not `expr` itself.
        """
        op, params = describe(about or expr)
        case = {
            "name": name or op,
            "op": op,
            "params": params,
            "expr": expr,
            "inputs": [encode_input(v) for v in inputs],
        }
        if code:
            case["code"] = code
        if any(config.values()):
            case["config"] = {key: True for key, on in config.items() if on}
        try:
            case["outputs"] = golden.evaluate(case, NAMES)
        except Exception as error:  # a mistake in the script; write() stops
            self.failed += 1
            print(f"  {self.name}: {expr} on {[(v['dtype'], v['shape']) for v in case['inputs']]}: {error!s:.200}")
            return case
        self.settle(case, ulp, atol, measure)
        self.append(case)
        return case

    def elementwise(self, expr, *inputs, ulp=None, **config):
        """Adds a case after leaving out the elements on which JAX itself is far from the true value."""
        inputs = [np.asarray(v) for v in inputs]
        draft = {"expr": expr, "inputs": [encode_input(v) for v in inputs]}
        if any(config.values()):
            draft["config"] = {key: True for key, on in config.items() if on}
        draft["outputs"] = golden.evaluate(draft, NAMES)
        error = own_error(draft)[0] if ulp is None else None
        if error is not None:
            if draft["outputs"][0]["dtype"] in golden.COMPLEX_PARTS:
                error = error.reshape(-1, 2).max(axis=1)
            keep = error <= WORST_ULP
            if not keep.all():
                print(
                    f"  {self.name}: {expr} {inputs[0].dtype}: left out {(~keep).sum()} of {keep.size}: "
                    f"{inputs[0].ravel()[~keep].tolist()}"
                )
            inputs = [v if v.ndim == 0 else v[keep] for v in inputs]
        return self.case(expr, *inputs, ulp=ulp, atol=0.0 if ulp is None else None, **config)

    def settle(self, case, ulp, atol, measure):
        floating = any(
            v.get("dtype") in golden.FLOATS or v.get("dtype") in golden.COMPLEX_PARTS for v in case["outputs"]
        )
        if not floating:
            case["ulp"] = 0
            return
        if ulp is None:
            errors = [e for e in own_error(case) if e is not None and e.size] if measure else []
            worst = max((float(e[e <= WORST_ULP].max(initial=0)) for e in errors), default=0)
            ulp = BASE_ULP + math.ceil(worst)
        case["ulp"] = ulp
        # Sums cancel: an element is also right when it is right at the scale of its neighbours.
        if atol is None:
            atol = 4 * scale(case) if ulp else 0.0
        if atol:
            case["atol"] = float(f"{atol:.3g}")

    def append(self, case):
        types = " ".join(f"{v['dtype']}[{','.join(map(str, v['shape']))}]" for v in case["inputs"])
        name = f"{case['name']} {types}".strip()
        count = self.taken[name] = self.taken.get(name, 0) + 1
        case["name"] = name if count == 1 else f"{name} #{count}"
        self.cases.append(case)

    def write(self):
        if self.failed:
            raise SystemExit(f"{self.name}: {self.failed} cases that JAX does not evaluate; nothing written")
        lines = ",\n".join(json.dumps(case, separators=(",", ":"), allow_nan=False) for case in self.cases)
        path = golden.HERE / f"{self.name}.json"
        path.write_text(f"[\n{lines}\n]\n")
        print(f"{path.name}: {len(self.cases)} cases, {path.stat().st_size / 1000:.0f} kB")
