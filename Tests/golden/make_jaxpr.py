"""jaxpr.json: make_jaxpr of functions, as text."""

from maker import Table

table = Table("jaxpr")

PLAIN = [
    ("lambda x: x", "1.0"),
    ("lambda x: (x, x)", "1.0"),
    ("lambda x: 3.0", "1.0"),
    ("lambda x: jnp.sin(x) * 2", "1.0"),
    ("lambda x: x + 1", "1"),
    ("lambda x, y: x * y + jnp.exp(-x)", "1.0, jnp.ones(3)"),
    ("lambda x: (x ** 2).sum()", "jnp.ones((2, 3))"),
    ("lambda x: x ** 0.5", "2.0"),
    ("lambda x: jnp.dot(x, x.T)", "jnp.ones((2, 3))"),
    ("lambda x: x[0]", "jnp.arange(3)"),
    ("lambda x: x[1:]", "jnp.arange(3)"),
    ("lambda x: x[::2]", "jnp.arange(5)"),
    ("lambda x, i: x[i]", "jnp.arange(3.), 1"),
    ("lambda x: x.at[0].set(1)", "jnp.arange(3.)"),
    ("lambda x: jnp.reshape(x, (3, 2))", "jnp.ones((2, 3))"),
    ("lambda x: x.T", "jnp.ones((2, 3))"),
    ("lambda x: x.astype('int32')", "jnp.ones(2)"),
    ("lambda x: jnp.where(x > 0, x, 0.)", "jnp.ones(3)"),
    ("lambda x: jnp.concatenate([x, x])", "jnp.ones(2)"),
    ("lambda x: jnp.max(x, axis=0)", "jnp.ones((2, 3))"),
    ("lambda x: jnp.argmax(x)", "jnp.ones(3)"),
    ("lambda x: lax.cumsum(x)", "jnp.ones(3)"),
    ("lambda x: jnp.sort(x)", "jnp.ones(3)"),
    ("lambda x: lax.iota('int32', 3) + x", "1"),
    ("lambda x: jnp.arange(3) + x", "1"),
    ("lambda x: {'a': x, 'b': (x + 1, None)}", "1.0"),
    ("lambda d: d['a'] + d['b'][0]", "{'a': 1.0, 'b': [2.0]}"),
    ("lambda x: lax.pad(x, 0., ((1, 1, 0),))", "jnp.ones(2)"),
    ("lambda: jnp.zeros(3)", ""),
    ("lambda x: x + np.arange(3.0, dtype=np.float32)", "1.0"),
    ("lambda x: lax.stop_gradient(x) * x", "1.0"),
    ("lambda x: jax.nn.relu(x)", "jnp.ones(2)"),
    ("lambda x: jnp.clip(x, 0, 1)", "jnp.ones(2)"),
    ("lambda x: lax.clamp(0., x, 1.)", "jnp.ones(2)"),
    ("lambda k: random.split(k)", "random.PRNGKey(0)"),
    ("lambda x: lax.integer_pow(x, 3)", "2.0"),
    ("lambda x, y: lax.dot_general(x, y, (((2,), (1,)), ((0,), (0,))))", "jnp.ones((2, 3, 4)), jnp.ones((2, 4, 5))"),
    ("lambda x: jnp.float32(2) * x", "1.0"),
    ("lambda x: lax.broadcast_in_dim(x, (2, 3), (1,))", "jnp.ones(3)"),
    ("lambda x: jnp.ones((2, 2)) @ x", "jnp.ones((2, 2))"),
]
COMPOSED = [
    ("jax.jit(lambda x: jnp.sin(x))", "1.0"),
    ("lambda x: jax.jit(jnp.cos)(x) + 1", "1.0"),
    ("jax.grad(jnp.sin)", "1.0"),
    ("jax.grad(lambda x: x ** 3)", "1.0"),
    ("jax.value_and_grad(lambda x: jnp.sin(x) * x)", "1.0"),
    ("jax.grad(jax.grad(jnp.sin))", "1.0"),
    ("lambda x: jax.jvp(jnp.sin, (x,), (1.0,))", "1.0"),
    ("lambda x: jax.vjp(jnp.tanh, x)[1](1.0)", "0.5"),
    ("jax.vmap(lambda x: jnp.sum(x * 2))", "jnp.ones((2, 3))"),
    ("jax.vmap(jnp.dot, (0, None))", "jnp.ones((2, 3)), jnp.ones(3)"),
    ("jax.vmap(lambda x, i: x[i])", "jnp.ones((2, 3)), jnp.arange(2)"),
    ("jax.vmap(lambda x: lax.psum(x, 'i'), axis_name='i')", "jnp.ones(3)"),
    ("jax.grad(lambda w, x: jnp.sum((x @ w) ** 2))", "jnp.ones((3, 2)), jnp.ones((4, 3))"),
    ("jax.vmap(jax.grad(lambda x: jnp.exp(x) ** 2))", "jnp.ones(3)"),
    ("lambda x: lax.cond(x > 0, lambda x: x + 1, lambda x: x * 2, x)", "1.0"),
    ("lambda x: lax.cond(x > 0, jnp.sin, jnp.cos, x)", "1.0"),
    ("lambda i, x: lax.switch(i, [jnp.sin, jnp.cos, jnp.exp], x)", "1, 2.0"),
    ("lambda x: lax.while_loop(lambda s: s < 10, lambda s: s * 2, x)", "1"),
    ("lambda x: lax.while_loop(lambda s: s[0] < 10, lambda s: (s[0] + 1, s[1] * 2), (0, x))", "1.0"),
    ("lambda x: lax.fori_loop(0, 3, lambda i, s: s + i, x)", "1"),
    ("lambda x, n: lax.fori_loop(0, n, lambda i, s: s * 2, x)", "1.0, 3"),
    ("lambda c, xs: lax.scan(lambda c, x: (c + x, c * x), c, xs)", "1.0, jnp.ones(3)"),
    ("lambda c: lax.scan(lambda c, _: (c * 2, None), c, None, length=3)", "1.0"),
    ("jax.grad(lambda c, xs: lax.scan(lambda c, x: (c * x, None), c, xs)[0])", "1.0, jnp.ones(3)"),
    ("lambda w, xs: lax.scan(lambda c, x: (c + w * x, None), 0.0, xs)[0]", "2.0, jnp.ones(3)"),
    ("jax.checkpoint(lambda x: jnp.sin(jnp.sin(x)))", "1.0"),
    ("jax.grad(jax.checkpoint(lambda x: jnp.sin(jnp.sin(x))))", "1.0"),
    ("lambda x: jax.lax.map(jnp.sin, x)", "jnp.ones(3)"),
    ("jax.hessian(lambda x: jnp.sum(x ** 3))", "jnp.ones(2)"),
    ("jax.linearize(jnp.sin, 1.0)[1]", "1.0"),
    ("lambda x: jax.debug.print('{x}', x=x)", "1.0"),
    ("jax.jit(lambda x, y: x + y)", "1.0, jnp.ones(2)"),
]
RULES = """
@jax.custom_jvp
def f(x):
    return jnp.sin(x)

f.defjvp(lambda primals, tangents: (f(primals[0]), 2.0 * tangents[0]))

@jax.custom_vjp
def g(x):
    return jnp.sin(x)

g.defvjp(lambda x: (g(x), x), lambda x, ct: (3.0 * ct * x,))

@jax.jit
def inner(x):
    return x * 2.0

def outer(x):
    return inner(inner(x)) + inner(x + 1.0)

def mlp(params, x):
    for W, b in params:
        x = jnp.tanh(x @ W + b)
    return x.sum()
"""

for function, arguments in PLAIN + COMPOSED:
    table.case(f"str(jax.make_jaxpr({function})({arguments}))", name="jaxpr")
for function, arguments in (
    ("f", "1.0"),
    ("g", "1.0"),
    ("jax.grad(f)", "1.0"),
    ("jax.grad(g)", "1.0"),
    ("jax.vmap(f)", "jnp.ones(2)"),
    ("outer", "1.0"),
    ("jax.grad(outer)", "1.0"),
    ("mlp", "[(jnp.ones((2, 2)), jnp.ones(2))], jnp.ones((3, 2))"),
    ("jax.grad(mlp)", "[(jnp.ones((2, 2)), jnp.ones(2))], jnp.ones((3, 2))"),
):
    table.case(f"str(jax.make_jaxpr({function})({arguments}))", code=RULES, name="jaxpr")
table.case("repr(jax.make_jaxpr(jnp.sin)(1.0))")
table.case("jax.make_jaxpr(lambda x: (x + 1, x.sum()))(jnp.ones(3)).out_avals.__repr__()")
table.write()
