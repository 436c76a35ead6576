"""transforms.json: derivatives and batching of every primitive, of control flow, and of compositions."""

import numpy as np

from maker import Table, uniform

table = Table("transforms")
f32 = "float32"

ANY, POSITIVE, UNIT = (-2, 2), (0.2, 3), (-0.9, 0.9)
UNARY = {
    "sin": ANY,
    "cos": ANY,
    "tan": (-1, 1),
    "asin": UNIT,
    "acos": UNIT,
    "atan": ANY,
    "sinh": ANY,
    "cosh": ANY,
    "tanh": ANY,
    "asinh": ANY,
    "acosh": (1.2, 3),
    "atanh": UNIT,
    "exp": ANY,
    "exp2": ANY,
    "expm1": ANY,
    "log": POSITIVE,
    "log1p": POSITIVE,
    "logistic": ANY,
    "sqrt": POSITIVE,
    "rsqrt": POSITIVE,
    "cbrt": POSITIVE,
    "square": ANY,
    "reciprocal": POSITIVE,
    "neg": ANY,
    "abs": ANY,
    "sign": ANY,
    "floor": ANY,
    "ceil": ANY,
    "round": ANY,
    "erf": ANY,
    "erfc": ANY,
    "erf_inv": UNIT,
    "lgamma": POSITIVE,
    "digamma": POSITIVE,
}
BINARY = {
    "add": ANY,
    "sub": ANY,
    "mul": ANY,
    "div": POSITIVE,
    "rem": POSITIVE,
    "max": ANY,
    "min": ANY,
    "pow": POSITIVE,
    "atan2": ANY,
}

# Bodies of x0 (and more operands) with their shapes: data movement, reductions, products.
STRUCTURAL = [
    ("lax.broadcast_in_dim(x, (4, 2, 3), (1, 2))", (2, 3)),
    ("lax.reshape(x, (3, 2))", (2, 3)),
    ("lax.transpose(x, (1, 0))", (2, 3)),
    ("lax.rev(x, (1,))", (2, 3)),
    ("lax.squeeze(lax.expand_dims(x, (1,)), (1,))", (2, 3)),
    ("lax.slice(x, (0, 1), (2, 3), (1, 2))", (2, 3)),
    ("lax.pad(x, y, ((1, 2, 1), (-1, 0, 0)))", (2, 3), ()),
    ("lax.concatenate([x, y], 1)", (2, 3), (2, 2)),
    ("lax.dynamic_slice(x, (1, 0), (1, 2))", (2, 3)),
    ("lax.dynamic_update_slice(x, y, (1, 1))", (2, 3), (1, 2)),
    ("lax.select(x > 0, x, y)", (2, 3), (2, 3)),
    ("lax.clamp(-1.0, x, 1.0)", (2, 3)),
    ("lax.integer_pow(x, 3)", (2, 3)),
    ("lax.integer_pow(x, -2)", (2, 3)),
    ("lax.reduce_sum(x, (1,))", (2, 3)),
    ("lax.reduce_prod(x, (1,))", (2, 3)),
    ("lax.reduce_max(x, (1,))", (2, 3)),
    ("lax.reduce_min(x, (0,))", (2, 3)),
    ("lax.cumsum(x, 1)", (2, 3)),
    ("lax.cumsum(x, 1, True)", (2, 3)),
    ("lax.cumprod(x, 1)", (2, 3)),
    ("lax.cummax(x, 1)", (2, 3)),
    ("lax.cumlogsumexp(x, 1)", (2, 3)),
    ("lax.sort(x)", (2, 4)),
    ("lax.sort((x, y), num_keys=1)[1]", (2, 4), (2, 4)),
    ("lax.dot_general(x, y, (((1,), (0,)), ((), ())))", (2, 3), (3, 2)),
    ("lax.dot_general(x, y, (((2,), (1,)), ((0,), (0,))))", (2, 2, 3), (2, 3, 2)),
    ("lax.dot_general(x, y, (((0,), (1,)), ((), ())))", (3, 2), (2, 3)),
    ("lax.convert_element_type(x, jnp.bfloat16)", (2, 3)),
    ("x[jnp.array([1, 0, 1])]", (2, 3)),
    ("x.at[jnp.array([1, 1])].add(y)", (2, 3), (2, 3)),
    ("x.at[0].set(y)", (2, 3), (3,)),
    ("x.at[jnp.array([0, 1]), 1].multiply(y, unique_indices=True)", (2, 3), (2,)),
    ("lax.stop_gradient(x) * x", (2, 3)),
    ("lax.reduce_precision(x, 5, 10)", (2, 3)),
    ("jnp.where(x > y, x * y, x)", (2, 3), (2, 3)),
    ("jnp.linalg.norm(x)", (2, 3)),
    ("jax.nn.logsumexp(x, axis=1)", (2, 3)),
    ("jax.nn.softmax(x)", (2, 3)),
    ("jnp.var(x, axis=0)", (3, 2)),
    ("jnp.einsum('ij,jk->ik', x, y)", (2, 3), (3, 2)),
    ("jnp.prod(x)", (4,)),
    ("jnp.max(x)", (4,)),
    ("jax.nn.relu(x)", (2, 3)),
    ("jax.nn.gelu(x)", (2, 3)),
    ("jax.nn.silu(x)", (2, 3)),
    ("jax.nn.softplus(x)", (2, 3)),
    ("jnp.maximum(x, 0.0)", (2, 3)),
    ("jnp.clip(x, -0.5, 0.5)", (2, 3)),
    ("jnp.outer(x, y)", (3,), (2,)),
    ("jnp.stack([x, y]).sum(0)", (3,), (3,)),
    ("jnp.mean(x, axis=1)", (2, 3)),
    ("jnp.linalg.norm(x, axis=1)", (2, 3)),
    ("x ** y", (3,), ()),
    ("jnp.hypot(x, y)", (3,), (3,)),
    ("jnp.logaddexp(x, y)", (3,), (3,)),
    ("jnp.sinc(x)", (3,)),
    ("lax.reduce_window(x, -jnp.inf, lax.max, (2, 2), (1, 1), 'VALID')", (3, 4)),
    ("lax.reduce_window(x, 0., lax.add, (2, 2), (1, 2), 'SAME')", (3, 4)),
    ("lax.conv_general_dilated(x, y, (1, 1), 'SAME')", (1, 2, 4, 4), (2, 2, 3, 3)),
]


def function(body, count):
    return f"lambda {', '.join('xy'[:count])}: {body}"


def output_shape(body, operands):
    """Shape and type of a body's result, from JAX."""
    import jax
    from maker import NAMES

    out = jax.eval_shape(eval(function(body, len(operands)), dict(NAMES)), *operands)
    return out.shape, out.dtype


def both_ways(body, operands, seed):
    """jvp with random tangents, and vjp with a random cotangent."""
    n = len(operands)
    tangents = [uniform(f32, v.shape, seed + 10 + i) for i, v in enumerate(operands)]
    shape, dtype = output_shape(body, operands)
    cotangent = uniform(dtype, shape, seed + 20)
    names = [f"x{i}" for i in range(2 * n + 1)]
    primals = ", ".join(names[:n])
    f = function(body, n)
    table.case(
        f"jax.jvp({f}, ({primals},), ({', '.join(names[n:2 * n])},))", *operands, *tangents, name="jvp", about=body
    )
    table.case(f"jax.vjp({f}, {primals})[1](x{n})", *operands, cotangent, name="vjp", about=body)


def derivatives():
    for i, (op, (low, high)) in enumerate(UNARY.items()):
        x = uniform(f32, (4,), i, low, high)
        both_ways(f"lax.{op}(x)", [x], i)
        table.case(f"jax.vmap(jax.grad(jax.grad(lax.{op})))(x0)", x, name="second derivative", about=f"lax.{op}(x)")
    for op, (low, high) in BINARY.items():
        x, y = (uniform(f32, (4,), s, low, high) for s in (31, 32))
        both_ways(f"lax.{op}(x, y)", [x, y], 40)
        table.case(f"jax.hessian(lax.{op}, (0, 1))(x0[1], x1[1])", x, y, name="hessian", about=f"lax.{op}(x)")
    for i, (body, *shapes) in enumerate(STRUCTURAL):
        both_ways(
            body, [uniform(f32, shape, i + 50 + k, 0.2 if "**" in body else -2, 2) for k, shape in enumerate(shapes)], i
        )
    ties = np.float32([1, 3, 3, 2])
    for body in (
        "jnp.max(x)",
        "jnp.min(-x)",
        "lax.max(x, x[::-1])",
        "jnp.abs(x - 3)",
        "jax.nn.relu(x - 3)",
        "jnp.sort(x)[2]",
        "jnp.sum(jnp.clip(x, 2, 3))",
        "lax.cummax(x)",
    ):
        table.case(f"jax.grad(lambda x: jnp.sum({body}))(x0)", ties, name="gradient at ties", about=body)
    for body in (
        "x ** 2",
        "x ** 0.5",
        "x ** 0",
        "jnp.sqrt(x)",
        "jnp.linalg.norm(jnp.stack([x, x]))",
        "jnp.sinc(x)",
        "jnp.sign(x)",
        "jnp.where(x > 0, jnp.log(x), 0.0)",
        "jnp.hypot(x, x)",
    ):
        table.case(f"jax.grad(lambda x: {body})(0.0)", name="gradient at zero")
    for op in ("sin", "exp", "log", "sqrt", "tanh", "abs", "square", "real", "imag", "conj"):
        x, t = uniform("complex64", (3,), 3, 0.2, 2), uniform("complex64", (3,), 4)
        table.case(f"jax.jvp(lax.{op}, (x0,), (x1,))", x, t, name="complex jvp", about=f"lax.{op}(x)")
    table.case("jax.grad(lambda z: jnp.real(z * z * jnp.conj(z)))(x0)", np.complex64(1 + 2j))
    table.case("jax.grad(lambda z: jnp.sin(z), holomorphic=True)(x0)", np.complex64(1 + 2j))
    for dtype in ("bfloat16", "float16"):
        table.case("jax.grad(lambda x: jnp.sum(jnp.tanh(x) * x))(x0)", uniform(dtype, (4,), 6))
    table.case("jax.grad(lambda x: jnp.sum(jnp.exp(x) * x))(x0)", uniform("float64", (4,), 6), x64=True)


BATCHED = [
    ("lax.add(x, y)", (3,), (3,)),
    ("lax.select(x > 0, x, y)", (3,), (3,)),
    ("lax.clamp(-y, x, y)", (2,), (2,)),
    ("lax.pow(x * x, y)", (), ()),
    ("jnp.dot(x, y)", (3,), (3,)),
    ("jnp.dot(x, y)", (2, 3), (3,)),
    ("x @ y", (2, 3), (3, 2)),
    ("x[jnp.array([2, 0])] + y", (3,), ()),
    ("x.at[1].set(y)", (3,), ()),
    ("x.at[jnp.array([0, 0])].add(y)", (3,), (2,)),
    ("lax.dynamic_slice(x, (jnp.int32(y),), (2,))", (4,), ()),
    ("lax.dynamic_update_slice(x, y, (1,))", (4,), (2,)),
    ("lax.concatenate([x, y], 0)", (2,), (3,)),
    ("lax.pad(x, y, ((1, 1, 1),))", (2,), ()),
    ("lax.sort((x, y), num_keys=1)[1]", (4,), (4,)),
    ("x[jnp.int32(y)]", (4,), ()),
    ("jnp.einsum('ij,j->i', x, y)", (2, 3), (3,)),
    ("jnp.outer(x, y)", (2,), (3,)),
    ("jnp.where(y > 0, x, -x)", (3,), ()),
    ("lax.atan2(x, y)", (), ()),
    ("lax.dot_general(x, y, (((2,), (1,)), ((0,), (0,))))", (2, 2, 3), (2, 3, 2)),
    ("lax.conv_general_dilated(x, y, (1, 1), 'SAME')", (1, 1, 3, 3), (1, 1, 2, 2)),
]
BATCHED_ALONE = [
    ("lax.neg(x)", (3,)),
    ("jnp.sum(x, axis=0)", (2, 3)),
    ("jnp.prod(x)", (3,)),
    ("jnp.max(x, axis=1)", (2, 3)),
    ("jnp.argmax(x)", (4,)),
    ("jnp.argmin(x, axis=0)", (2, 3)),
    ("lax.cumsum(x, 0)", (3,)),
    ("lax.cumlogsumexp(x)", (3,)),
    ("lax.sort(x)", (4,)),
    ("lax.reshape(x, (3, 2))", (2, 3)),
    ("lax.transpose(x, (1, 0))", (2, 3)),
    ("lax.rev(x, (0,))", (3,)),
    ("lax.broadcast_in_dim(x, (2, 3), (1,))", (3,)),
    ("lax.squeeze(x, (0,))", (1, 3)),
    ("x[1:, ::2]", (3, 4)),
    ("x.at[0].multiply(2.0)", (3,)),
    ("lax.iota(jnp.float32, 3) * x", ()),
    ("jnp.all(x > 0)", (3,)),
    ("jnp.any(x > 1)", (3,)),
    ("jnp.linalg.norm(x)", (3,)),
    ("jax.nn.softmax(x)", (3,)),
    ("lax.top_k(x, 2)[0]", (4,)),
    ("jnp.float32(1.5)", (2,)),
    ("lax.convert_element_type(x, jnp.int32)", (3,)),
    ("jnp.var(x)", (4,)),
    ("lax.integer_pow(x, 2)", ()),
    ("lax.reduce_window(x, 0., lax.add, (2,), (1,), 'VALID')", (4,)),
]


def batching():
    def stacked(shape, axis, seed):
        return uniform(f32, (*shape[:axis], 2, *shape[axis:]), seed)

    for body, first, second in BATCHED:
        f, axis = function(body, 2), len(second)
        index = "int32(y)" in body
        y0 = [np.abs(stacked(second, a, 8)) if index else stacked(second, a, 8) for a in (0, axis)]
        alone = np.abs(uniform(f32, second, 8)) if index else uniform(f32, second, 8)
        table.case(f"jax.vmap({f})(x0, x1)", stacked(first, 0, 7), y0[0], name="vmap", about=body)
        table.case(
            f"jax.vmap({f}, in_axes=(0, None))(x0, x1)", stacked(first, 0, 7), alone, name="vmap 0,None", about=body
        )
        table.case(
            f"jax.vmap({f}, in_axes=(None, {axis}))(x0, x1)",
            uniform(f32, first, 7),
            y0[1],
            name=f"vmap None,{axis}",
            about=body,
        )
        if len(first) > 0:
            table.case(
                f"jax.vmap({f}, in_axes=({len(first)}, 0), out_axes=-1)(x0, x1)",
                stacked(first, len(first), 7),
                y0[0],
                name="vmap last,0 out -1",
                about=body,
            )
    for body, shape in BATCHED_ALONE:
        for axis in {0, len(shape)}:
            table.case(
                f"jax.vmap({function(body, 1)}, in_axes={axis})(x0)",
                stacked(shape, axis, 9),
                name=f"vmap {axis}",
                about=body,
            )
    case, m, v = table.case, uniform(f32, (3, 4), 1), uniform(f32, (4,), 2)
    case("jax.vmap(jax.vmap(jnp.dot, (0, None)), (None, 0))(x0, x1)", m, uniform(f32, (2, 4), 3))
    case("jax.vmap(jax.vmap(lambda x, y: x * y, (None, 0)), (0, None))(x0, x1)", v, v[:3])
    case("jax.vmap(lambda d: d['a'] + d['b'], in_axes=({'a': 0, 'b': None},))({'a': x0, 'b': x1})", m, v)
    case("jax.vmap(lambda x, p: x * p[0] + p[1], in_axes=(0, None))(x0, (x1, 2.0))", m, v)
    case("jax.vmap(lambda x: (x, x.sum()), out_axes=(1, 0))(x0)", m)
    case("jax.vmap(lambda x: {'m': x, 'c': 3.0}, out_axes={'m': 0, 'c': None})(x0)", m)
    case("jax.vmap(lambda x: x, axis_size=3, in_axes=0)(x0)", m)
    case("jax.vmap(lambda: 2.0, axis_size=3)()")
    for body in (
        "lax.psum(x, 'i')",
        "lax.pmean(x, 'i')",
        "lax.pmax(x, 'i')",
        "lax.pmin(x, 'i')",
        "lax.axis_index('i') * x",
        "x - lax.pmean(x, 'i')",
        "lax.psum(1, 'i')",
        "lax.all_gather(x, 'i')",
    ):
        case(f"jax.vmap(lambda x: {body}, axis_name='i')(x0)", m, name="collective", about=body)
    case("jax.vmap(jax.vmap(lambda x: lax.psum(x, 'i') + lax.axis_index('j'), axis_name='j'), axis_name='i')(x0)", m)
    case("jax.vmap(jax.vmap(lambda x: lax.psum(x, ('i', 'j')), axis_name='j'), axis_name='i')(x0)", m)
    case("jax.grad(lambda x: jnp.sum(jax.vmap(lambda y: y * lax.psum(y, 'i'), axis_name='i')(x)))(x0)", v)
    case("jax.vmap(jax.grad(lambda x, y: jnp.sum(jnp.sin(x) * y)), (0, None))(x0, x1)", m, v)
    case("jax.grad(lambda x: jax.vmap(jnp.sin)(x).sum())(x0)", v)
    case("jax.jit(jax.vmap(jax.grad(lambda x: jnp.sum(x ** 3))))(x0)", m)
    case("jax.vmap(lambda i: random.normal(random.fold_in(random.PRNGKey(0), i)))(jnp.arange(3))", measure=False)


FLOW = [
    ("lax.scan(lambda c, x: (c * x, c + x), y, x)", (4,), ()),
    ("lax.scan(lambda c, x: (jnp.tanh(c + x), c), y, x, reverse=True)", (4,), ()),
    ("lax.scan(lambda c, x: ((c[0] + x, c[1] * x), {'s': c[0]}), (y, 1.0), x)", (4,), ()),
    ("lax.scan(lambda c, _: (c * y, None), 1.0, None, length=3)[0] + x", (2,), ()),
    ("lax.scan(lambda c, x: (jnp.dot(x, c), c.sum()), y, x)", (3, 2, 2), (2,)),
    ("lax.scan(lambda c, x: (c + x, c), y, x, unroll=2)", (5,), ()),
    ("lax.cond(x.sum() > 0, lambda a, b: a * b, lambda a, b: a - b, x, y)", (2,), (2,)),
    ("lax.cond(x.sum() < -99, lambda: x, lambda: y * y)", (2,), (2,)),
    ("lax.switch(1, [lambda a, b: a, lambda a, b: a * b * b, lambda a, b: b], x, y)", (2,), (2,)),
    ("lax.fori_loop(0, 3, lambda i, c: c * x + i, y)", (2,), (2,)),
    ("lax.fori_loop(0, 4, lambda i, c: c.at[i].add(y), x)", (5,), ()),
    ("lax.map(lambda a: a * y, x)", (3, 2), (2,)),
    ("lax.associative_scan(lambda a, b: a * b, x * y)", (6,), ()),
    ("jax.checkpoint(lambda a, b: jnp.sin(jnp.sin(a) * b))(x, y)", (2,), (2,)),
    ("jax.jit(lambda a, b: jnp.exp(a) * b)(x, y)", (2,), (2,)),
]
LOOPS = [
    "lax.while_loop(lambda s: s[0] < 3, lambda s: (s[0] + 1, s[1] * y + x), (0, x))[1]",
    "lax.while_loop(lambda s: jnp.all(jnp.abs(s) < 10), lambda s: s * y + 3, x)",
    "lax.fori_loop(0, jnp.int32(4), lambda i, c: jnp.sin(c) * y, x)",
]


def control_flow():
    case = table.case
    for body, first, second in FLOW:
        x, y = uniform(f32, first, 21, 0.3, 1.5), uniform(f32, second, 22, 0.3, 1.5)
        f = function(body, 2)
        total = f"lambda x, y: sum(jnp.sum(leaf ** 2) for leaf in jax.tree_util.tree_leaves(({f})(x, y)))"
        case(f"({f})(x0, x1)", x, y, name="value")
        case(f"jax.jvp({f}, (x0, x1), (x0, x1))", x, y, name="jvp")
        case(f"jax.grad({total}, (0, 1))(x0, x1)", x, y, name="grad")
        case(f"jax.vmap({f})(jnp.stack([x0, x0 - 1]), jnp.stack([x1, x1 + 1]))", x, y, name="vmap")
        case(f"jax.vmap(jax.grad({total}), (None, 0))(x0, jnp.stack([x1, x1 + 1]))", x, y, name="vmap grad")
    for body in LOOPS:
        x, y, f = uniform(f32, (2,), 23, 0.3, 1.5), uniform(f32, (), 24, 1.2, 1.5), function(body, 2)
        case(f"({f})(x0, x1)", x, y, name="value")
        case(f"jax.jvp({f}, (x0, x1), (x0, x1))", x, y, name="jvp")
        case(f"jax.jacfwd({f})(x0, x1)", x, y, name="jacfwd")
        case(f"jax.vmap({f}, (0, None))(jnp.stack([x0, x0 * 3]), x1)", x, y, name="vmap")
    case("lax.while_loop(lambda s: s[1] > 0, lambda s: (s[0] * s[1], s[1] - 1), (1, 5))")
    case(
        "jax.vmap(lambda n: lax.while_loop(lambda s: s[1] > 0, lambda s: (s[0] * s[1], s[1] - 1), (1, n)))(jnp.array([3, 0, 5]))"
    )
    case("jax.vmap(lambda n: lax.fori_loop(0, n, lambda i, s: s + i, 0))(jnp.array([3, 0, 5]))")
    case(
        "jax.vmap(lambda p, x: lax.cond(p, jnp.sin, lambda x: -x, x))(jnp.array([True, False]), x0)", np.float32([1, 2])
    )
    case(
        "jax.vmap(lambda i, x: lax.switch(i, [jnp.sin, jnp.cos, jnp.exp], x))(jnp.array([2, 0, 9]), x0)",
        np.float32([1, 2, 3]),
    )
    case("lax.switch(-5, [lambda x: x, lambda x: 2 * x], x0)", np.float32(3))
    case(
        "jax.grad(jax.grad(lambda c: lax.scan(lambda c, x: (c * c * x, None), c, x0)[0]))(1.1)",
        np.float32([0.5, 2, 1.5]),
    )
    case(
        "jax.hessian(lambda c: lax.scan(lambda c, x: (jnp.sin(c) * x, None), c, x0)[0].sum())(x1)",
        np.float32([0.5, 2]),
        np.float32([0.3, 0.4]),
    )
    case("lax.scan(lambda c, x: (c + x, (c, x * 2)), 0, jnp.arange(0))")
    case(
        "lax.scan(lambda c, k: (c + random.normal(k), random.uniform(k)), 0.0, random.split(random.PRNGKey(0), 3))",
        measure=False,
    )


RULES = {
    "custom_jvp": """
@jax.custom_jvp
def f(x, y):
    return jnp.sin(x) * y

@f.defjvp
def f_jvp(primals, tangents):
    (x, y), (dx, dy) = primals, tangents
    return f(x, y), 10.0 * dx * x + dy
""",
    "custom_jvps": """
@jax.custom_jvp
def f(x, y):
    return x * x * y

f.defjvps(lambda dx, ans, x, y: 3.0 * dx * ans, None)
""",
    "custom_vjp": """
@jax.custom_vjp
def f(x, y):
    return jnp.sin(x) * y

f.defvjp(lambda x, y: (f(x, y), (jnp.cos(x), y)), lambda res, ct: (ct * res[0] * 100.0, ct + res[1]))
""",
    "nondiff_argnums": """
from functools import partial

@partial(jax.custom_vjp, nondiff_argnums=(0,))
def apply(g, x, y):
    return g(x) * y

apply.defvjp(lambda g, x, y: (apply(g, x, y), (x, y)), lambda g, res, ct: (ct * 7.0, ct * g(res[1])))
f = lambda x, y: apply(jnp.sin, x, y)
""",
}


def rules():
    x, y = np.float32([0.5, -1.5]), np.float32([2, 3])
    forms = [
        "f(x0, x1)",
        "jax.grad(lambda x, y: f(x, y).sum(), (0, 1))(x0, x1)",
        "jax.jit(jax.grad(lambda x, y: f(x, y).sum()))(x0, x1)",
        "jax.vmap(f)(x0, x1)",
        "jax.vmap(jax.grad(f))(x0, x1)",
        "jax.vmap(jax.grad(f, 1), (0, None))(x0, x1[0])",
        "jax.grad(lambda x: f(jnp.exp(x), x1).sum())(x0)",
        "lax.scan(lambda c, x: (f(c, x), c), x0, x1[:, None])",
    ]
    for name, code in RULES.items():
        for form in forms + ([] if "vjp" in code else ["jax.jvp(f, (x0, x1), (x1, x0))"]):
            table.case(form, x, y, code=code, name=name, measure=False)
    table.case(
        "jax.grad(jax.grad(f))(x0, x1)",
        x[0],
        y[0],
        code=RULES["custom_jvp"],
        name="custom_jvp second order",
        measure=False,
    )
    table.case(
        "jax.grad(jax.grad(f))(x0, x1)",
        x[0],
        y[0],
        code=RULES["custom_vjp"],
        name="custom_vjp second order",
        measure=False,
    )
    table.case("jax.custom_gradient(lambda x: (x * x, lambda ct: (5.0 * ct,)))(x0)", x[0])
    table.case("jax.grad(jax.custom_gradient(lambda x: (x * x, lambda ct: (5.0 * ct,))))(x0)", x[0])
    table.case("jax.grad(lambda x: x - lax.stop_gradient(x - jnp.round(x)))(x0)", x[0])


MLP = """
def mlp(params, x):
    for layer in params[:-1]:
        x = jnp.tanh(x @ layer['W'] + layer['b'])
    return x @ params[-1]['W'] + params[-1]['b']

def loss(params, x, y):
    return jnp.mean((mlp(params, x) - y) ** 2)

params = [{'W': x0, 'b': jnp.zeros(3)}, {'W': x1, 'b': jnp.ones(1)}]
"""


def compositions():
    case = table.case
    x, y = uniform(f32, (3,), 1), uniform(f32, (3,), 2)
    f = "lambda x: jnp.stack([x[0] * x[1], jnp.sin(x[2]), x[0] ** 3])"
    for transform in ("jacfwd", "jacrev"):
        case(f"jax.{transform}({f})(x0)", x)
        case(f"jax.{transform}(lambda x, y: x * y, argnums=(0, 1))(x0, x1)", x, y)
        case(f"jax.{transform}(lambda d: {{'s': d['a'].sum(), 'p': d['a'] * d['b']}})({{'a': x0, 'b': 2.0}})", x)
    case("jax.hessian(lambda x: jnp.sum(x ** 3) + x[0] * x[1])(x0)", x)
    case("jax.jacfwd(jax.jacrev(lambda x: jnp.prod(x)))(x0)", x)
    case("jax.hessian(lambda d: d['a'] * d['b'] ** 2)({'a': 2.0, 'b': 3.0})")
    case("jax.value_and_grad(lambda x: jnp.sum(x ** 2))(x0)", x)
    case("jax.value_and_grad(lambda x: (jnp.sum(x ** 2), {'aux': x}), has_aux=True)(x0)", x)
    case("jax.grad(lambda x, y: jnp.sum(x * y), argnums=1)(x0, x1)", x, y)
    case("jax.grad(lambda x, y: jnp.sum(x * y), argnums=(0, 1))(x0, x1)", x, y)
    case("jax.grad(lambda x, y: jnp.sum(x * y), argnums=-1)(x0, x1)", x, y)
    case("jax.grad(lambda x, *, k: jnp.sum(x ** k))(x0, k=3)", x)
    case("jax.grad(lambda x, n: jnp.sum(x) * n, allow_int=True, argnums=1)(x0, 3)", x)
    case("jax.grad(lambda x: (jnp.sum(x), x), has_aux=True)(x0)", x)
    case("jax.vjp(lambda x, y: {'s': x * y, 't': x}, x0, x1)[1]({'s': x1, 't': x0})", x, y)
    case("(lambda r: (r[0], r[1](x1)[0], r[2]))(jax.vjp(lambda x: (x * x, x + 1), x0, has_aux=True))", x, y)
    case("jax.jvp(lambda x, y: (x * y, jnp.dot(x, y)), (x0, x1), (x1, x0))", x, y)
    case("jax.jvp(lambda x: (x * x, x + 1), (x0,), (x1,), has_aux=True)", x, y)
    case("(lambda r: (r[0], r[1](x1), r[1](2 * x1)))(jax.linearize(lambda x: jnp.sin(x) * x, x0))", x, y)
    case("jax.linear_transpose(lambda x: 3 * x[::-1], x0)(x1)", x, y)
    case("jax.jvp(lambda n: n * 2, (3,), (np.zeros((), jax.dtypes.float0),))")
    case("jax.jvp(jax.grad(lambda x: jnp.sum(jnp.sin(x) ** 2)), (x0,), (x1,))", x, y)
    case("jax.grad(lambda x: jax.jvp(lambda y: jnp.sum(jnp.sin(y)), (x,), (x1,))[1])(x0)", x, y)
    case("jax.grad(jax.grad(jax.grad(jax.grad(lambda x: jnp.sin(x) * x))))(0.7)")
    case("jax.grad(lambda x: jnp.tanh(x) * 2)(jnp.float32(0.3))")
    case("jax.grad(jax.jit(lambda x: jnp.sum(jax.jit(jnp.sin)(x) * x)))(x0)", x)
    case("jax.jit(lambda x, flag: x if flag else -x, static_argnums=1)(x0, False)", x)
    case("jax.jit(lambda x, n: sum(x * i for i in range(n)), static_argnames='n')(x0, n=3)", x)
    case("jax.jit(lambda p: {'out': p['a'] + 1, 'none': None})({'a': x0})", x)
    case("jax.eval_shape(lambda x: {'a': x.sum(), 'b': x[None]}, x0)['b'].shape", x)
    case("jax.grad(lambda t: t[0] * t[1]['k'].sum())((2.0, {'k': x0}))", x)
    case("jax.vmap(jax.hessian(lambda x: jnp.prod(jnp.sin(x))))(x0)", uniform(f32, (2, 3), 4))
    case(
        "jax.jit(jax.vmap(jax.value_and_grad(lambda x, y: jnp.dot(x, y) ** 2), (0, None)))(x0, x1)",
        uniform(f32, (2, 3), 4),
        y,
    )
    case(
        "[jax.device_get(leaf) for leaf in jax.tree_util.tree_leaves(jax.tree_util.tree_map(lambda a, b: a + b, {'x': x0, 'y': [x1]}, {'x': x1, 'y': [x0]}))]",
        x,
        y,
    )
    W0, W1, data = uniform(f32, (2, 3), 5), uniform(f32, (3, 1), 6), uniform(f32, (5, 2), 7)
    for form in (
        "loss(params, x2, 1.0)",
        "jax.value_and_grad(loss)(params, x2, 1.0)",
        "jax.jit(jax.grad(loss))(params, x2, 1.0)",
        "jax.vmap(jax.grad(loss), (None, 0, None))(params, x2, 1.0)",
        "jax.grad(lambda p: loss(jax.checkpoint(lambda q: jax.tree_util.tree_map(jnp.sin, q))(p), x2, 1.0))(params)",
        "jax.jvp(jax.grad(loss), (params, x2, 1.0), (params, x2, 0.0))",
    ):
        case(form, W0, W1, data, code=MLP, name="mlp")
    case("jax.pure_callback(lambda v: np.asarray(v) * 2, jax.ShapeDtypeStruct((3,), jnp.float32), x0)", x)
    case(
        "jax.jit(lambda v: jax.pure_callback(lambda u: np.asarray(u) * 2, jax.ShapeDtypeStruct((3,), jnp.float32), v) + 1)(x0)",
        x,
    )
    case(
        "jax.vmap(lambda v: jax.pure_callback(lambda u: np.asarray(u) * 2, jax.ShapeDtypeStruct((), jnp.float32), v, vmap_method='sequential'))(x0)",
        x,
    )


for family in (derivatives, batching, control_flow, rules, compositions):
    family()
table.write()
