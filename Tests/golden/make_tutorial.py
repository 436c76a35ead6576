"""tutorial.json: every number of the tutorial section, and the losses of its linear regression."""

import numpy as np

from maker import Table, uniform

table = Table("tutorial")
case = table.case

SELU = """
def selu(x, alpha=1.67, lambda_=1.05):
    return lambda_ * jnp.where(x > 0, x, alpha * jnp.exp(x) - alpha)
"""

REGRESSION = """
k1, k2 = random.split(random.PRNGKey(0))
W, b = random.normal(k1, (5, 10)), random.normal(k2, (5,))
x_key, noise_key = random.split(k1)
xs = random.normal(x_key, (20, 10))
ys = jax.vmap(lambda x: jnp.dot(W, x) + b)(xs) + 0.1 * random.normal(noise_key, (20, 5))

def mse(params, xs, ys):
    def squared_error(x, y):
        pred = jnp.dot(params['W'], x) + params['b']
        return jnp.inner(y - pred, y - pred) / 2.0
    return jnp.mean(jax.vmap(squared_error)(xs, ys), axis=0)

def mse_two(W, b):
    return mse({'W': W, 'b': b}, xs, ys)
"""

TRAIN_TWO = """
def train(steps):
    W_hat, b_hat, losses = jnp.zeros_like(W), jnp.zeros_like(b), []
    grad = jax.jit(jax.grad(mse_two, (0, 1)))
    for i in range(steps):
        dW, db = grad(W_hat, b_hat)
        W_hat, b_hat = W_hat - 0.3 * dW, b_hat - 0.3 * db
        if i % 10 == 0:
            losses.append(mse_two(W_hat, b_hat))
    return losses, W_hat, b_hat
"""

TRAIN_TREE = """
def train(steps):
    params = {'W': jnp.zeros_like(W), 'b': jnp.zeros_like(b)}
    step = jax.jit(lambda p: jax.tree_util.tree_map(lambda p, g: p - 0.3 * g, p, jax.grad(mse)(p, xs, ys)))
    for _ in range(steps):
        params = step(params)
    return mse(params, xs, ys), params
"""

M, V = np.arange(1, 9, dtype="float32").reshape(2, 4), np.ones((4, 4), "float32")
case("jnp.dot(x0, x1)", M, V, ulp=0)
case("jax.device_get(jax.device_put(x0)).sum()", M, ulp=0)
case("random.PRNGKey(0)")
for _ in range(3):
    case("random.normal(random.PRNGKey(0), (1,))")
case("[str(random.normal(random.PRNGKey(0), (1,))) for _ in range(3)]")
case("random.split(random.PRNGKey(0))")
case("[random.normal(k, (1,)) for k in random.split(random.PRNGKey(0))]")
case("random.split(random.split(random.PRNGKey(0))[0], 4)")
case("[random.normal(k, (1,)) for k in random.split(random.split(random.PRNGKey(0))[0], 4)]")
case("random.normal(random.PRNGKey(0), (4,))")
case("jax.grad(lambda x: jnp.dot(x.T, x) / 2.0)(random.normal(random.PRNGKey(0), (4,)))")
case("str(random.normal(random.PRNGKey(0), (4,)))")
x, v, u = (uniform("float32", (4,), s) for s in (1, 2, 3))
for at in ("", "jax.jit"):
    case(f"jax.jvp({at}(lambda x: jnp.array([x[0] * x[1], jnp.sin(x[2]), x[3] ** 2])), (x0,), (x1,))", x, v)
    case(f"jax.vjp({at}(lambda x: jnp.array([x[0] * x[1], jnp.sin(x[2]), x[3] ** 2])), x0)[1](x1)", x, u[:3])
case("selu(x0)", uniform("float32", (16,), 5, -4, 4), code=SELU)
case("jax.jit(selu)(x0)", uniform("float32", (16,), 5, -4, 4), code=SELU)
case("selu(random.normal(random.PRNGKey(0), (1000000,)))[::40000]", code=SELU, measure=False)
case("selu(jnp.arange(5.0))", code=SELU)
case(
    "jax.vmap(lambda x: jnp.dot(random.normal(random.PRNGKey(1), (15, 10)), x))(random.normal(random.PRNGKey(2), (5, 10)))",
    atol=2e-6,
)
case("jnp.zeros((2, 2)).at[0, 0].set(3)", ulp=0)
# The loss amplifies nothing: 100 contracting steps keep rounding errors small.
for name, expr in {
    "data": "(W, b, xs, ys)",
    "loss of the true W and b": "mse_two(W, b)",
    "loss at zero": "mse_two(jnp.zeros_like(W), jnp.zeros_like(b))",
    "grads at zero": "jax.grad(mse_two, (0, 1))(jnp.zeros_like(W), jnp.zeros_like(b))",
}.items():
    case(expr, code=REGRESSION, name=f"regression {name}", atol=2e-6, measure=False)
case("train(101)[0]", code=REGRESSION + TRAIN_TWO, name="regression losses", ulp=64, measure=False)
case("train(101)[1:]", code=REGRESSION + TRAIN_TWO, name="regression W and b", atol=1e-5, measure=False)
case("train(101)", code=REGRESSION + TRAIN_TREE, name="regression with a pytree", atol=1e-5, measure=False)
table.write()
