"""The benchmarks, one function each, for any package with JAX's API.

A row is made by a function of the package's modules `j` (see `Modules`) and gives a call without arguments,
whose results are waited for. Its docstring is the row's name in the table.
"""

import functools
import importlib
import types


class Modules(types.SimpleNamespace):
    """A package with JAX's API: `np`, `lax`, `nn`, `random`, and the transformations."""

    @classmethod
    def load(cls, package):
        top = importlib.import_module(package)
        parts = {part: importlib.import_module(f"{package}.{part}") for part in ("lax", "nn", "random")}
        if package == "jax":
            top.config.update("jax_threefry_partitionable", False)
        return cls(np=importlib.import_module(f"{package}.numpy"), jax=top, jit=top.jit, grad=top.grad, vmap=top.vmap, **parts)


ROWS = []


def row(function):
    ROWS.append(function)
    return function


def normal(j, *shape, seed=0):
    # Waited for, lest making it counts as part of the first call.
    return j.random.normal(j.random.PRNGKey(seed), shape).block_until_ready()


# --- Dispatch -------------------------------------------------------------------


@row
def eager_add(j):
    """eager add 10"""
    x = j.np.arange(10.0)
    return lambda: x + x


@row
def jit_hit(j):
    """jit cache hit add 10"""
    x, add = j.np.arange(10.0), j.jit(lambda a, b: a + b)
    return lambda: add(x, x)


@row
def jit_hit_tree(j):
    """jit cache hit, tree of 8 leaves"""
    tree = {"a": [j.np.ones(3)] * 4, "b": {"c": (j.np.ones(2),) * 4}}
    double = j.jit(lambda t: j.jax.tree.map(lambda x: x * 2, t))
    return lambda: double(tree)["a"][0]


@row
def tiny_gradient(j):
    """grad of a tiny function, no jit"""
    gradient, x = j.grad(lambda x: x * x * x + 2.0 * x), j.np.float32(1.5)
    return lambda: gradient(x)


# --- Memory and elementwise -------------------------------------------------------


def selu(j, x, alpha=1.67, scale=1.05):
    return scale * j.np.where(x > 0, x, alpha * j.np.exp(x) - alpha)


@row
def eager_selu(j):
    """eager selu 1e6"""
    x = normal(j, 1_000_000)
    return lambda: selu(j, x)


@row
def jit_selu(j):
    """jit selu 1e6"""
    x, function = normal(j, 1_000_000), j.jit(lambda x: selu(j, x))
    return lambda: function(x)


@row
def chain(j):
    """jit chain of 20 operations 1e7"""

    def body(x):
        for i in range(10):
            x = x * 1.01 + 0.1 * i
        return x

    x, function = normal(j, 10_000_000), j.jit(body)
    return lambda: function(x)


def pass_row(name, size):
    """What memory allows: each element is read and written once, and little is done to it."""

    def make(j):
        x, function = normal(j, size), j.jit(lambda x: x + 1.0)
        return lambda: function(x)

    make.__doc__ = f"a pass over memory: jit x + 1, {name}"
    row(make)


pass_row("1e6", 1_000_000)
pass_row("1e7", 10_000_000)


@row
def black_scholes(j):
    """Black–Scholes 1e6"""
    np = j.np

    def cdf(x):
        return 0.5 * (1 + j.lax.erf(x / np.sqrt(2.0)))

    @j.jit
    def call(spot, strike, time):
        rate, volatility = 0.02, 0.3
        d1 = (np.log(spot / strike) + (rate + volatility**2 / 2) * time) / (volatility * np.sqrt(time))
        d2 = d1 - volatility * np.sqrt(time)
        return spot * cdf(d1) - strike * np.exp(-rate * time) * cdf(d2)

    inputs = [50 + 10 * abs(normal(j, 1_000_000, seed=i)) for i in range(2)] + [0.1 + abs(normal(j, 1_000_000, seed=2))]
    return lambda: call(*inputs)


# --- Reductions, products, sorting, random numbers -----------------------------------


@row
def total(j):
    """sum 1e6"""
    x = normal(j, 1_000_000)
    return lambda: j.np.sum(x)


@row
def column_sums(j):
    """sum over axis 0 of (4096, 1024)"""
    x = normal(j, 4096, 1024)
    return lambda: j.np.sum(x, axis=0)


@row
def matmul(j):
    """matmul 512"""
    x = normal(j, 512, 512)
    return lambda: x @ x


@row
def normals(j):
    """random normal 1e6"""
    key, function = j.random.PRNGKey(0), j.jit(lambda key: j.random.normal(key, (1_000_000,)))
    return lambda: function(key)


@row
def sort(j):
    """sort 1e6"""
    x = normal(j, 1_000_000)
    return lambda: j.np.sort(x)


def softmax(j, x):
    e = j.np.exp(x - j.np.max(x, axis=-1, keepdims=True))
    return e / j.np.sum(e, axis=-1, keepdims=True)


def layer_norm(j, x):
    mean = j.np.mean(x, axis=-1, keepdims=True)
    variance = j.np.mean((x - mean) ** 2, axis=-1, keepdims=True)
    return (x - mean) / j.np.sqrt(variance + 1e-5)


def forward_row(name, function):
    def make(j):
        x, jitted = normal(j, 4096, 1024), j.jit(lambda x: function(j, x))
        return lambda: jitted(x)

    make.__doc__ = f"{name} 4096×1024"
    row(make)


def gradient_row(name, function):
    def make(j):
        x, weights = normal(j, 4096, 1024), normal(j, 4096, 1024, seed=1)
        jitted = j.jit(j.grad(lambda x: j.np.sum(function(j, x) * weights)))
        return lambda: jitted(x)

    make.__doc__ = f"{name} 4096×1024, gradient"
    row(make)


for _name, _function in (("softmax", softmax), ("layer norm", layer_norm)):
    forward_row(_name, _function)
    gradient_row(_name, _function)


# --- Chains of matrix products ----------------------------------------------------


@row
def attention(j):
    """attention, 8 heads of 64, 1024 positions"""

    def heads(q, k, v):
        return softmax(j, q @ k.transpose(0, 2, 1) / 8) @ v

    q, k, v = (normal(j, 8, 1024, 64, seed=i) for i in range(3))
    jitted = j.jit(heads)
    return lambda: jitted(q, k, v)


@row
def dense_layers(j):
    """two narrow dense layers, 65,536 rows"""
    x, w, b, v = normal(j, 65536, 16), normal(j, 16, 64, seed=1), normal(j, 64, seed=2), normal(j, 64, 16, seed=3)
    jitted = j.jit(lambda x: j.np.tanh(x @ w + b) @ v)
    return lambda: jitted(x)


# --- Loops ------------------------------------------------------------------------


@row
def scalar_while(j):
    """scalar while, 100,000 iterations"""
    function = j.jit(lambda n: j.lax.while_loop(lambda c: c[0] < n, lambda c: (c[0] + 1, c[1] * 0.999 + 1.0), (0, 1.0)))
    n = j.np.int32(100_000)
    return lambda: function(n)[1]


@row
def integer_while(j):
    """scalar while, 100,000 iterations, integers"""
    function = j.jit(lambda n: j.lax.while_loop(lambda c: c[0] < n, lambda c: (c[0] + 1, c[1] + 3 * c[0]), (0, 1)))
    n = j.np.int32(100_000)
    return lambda: function(n)[1]


@row
def mandelbrot(j):
    """Mandelbrot 256×256, 100 iterations"""
    np = j.np

    @j.jit
    def iterations(re, im):
        def body(_, state):
            x, y, count = state
            x2, y2 = x * x, y * y
            inside = x2 + y2 < 4
            x, y = np.where(inside, x2 - y2 + re, x), np.where(inside, 2 * x * y + im, y)
            return x, y, count + inside

        return j.lax.fori_loop(0, 100, body, (re * 0, im * 0, (re * 0).astype(np.int32)))[2]

    re = np.broadcast_to(np.linspace(-2, 1, 256), (256, 256))
    im = np.broadcast_to(np.linspace(-1.5, 1.5, 256)[:, None], (256, 256))
    return lambda: iterations(re, im)


@row
def n_body(j):
    """n-body 64, 100 steps"""
    np = j.np

    @j.jit
    def run(position, velocity):
        def step(_, state):
            position, velocity = state
            offset = position[None] - position[:, None]
            distance = np.sum(offset * offset, axis=-1) + 1e-2
            velocity = velocity + 1e-3 * np.sum(offset / (distance * np.sqrt(distance))[..., None], axis=1)
            return position + 1e-3 * velocity, velocity

        return j.lax.fori_loop(0, 100, step, (position, velocity))[0]

    position, velocity = normal(j, 64, 3), normal(j, 64, 3, seed=1)
    return lambda: run(position, velocity)


@row
def kalman(j):
    """Kalman filter 4 states, 500 steps"""
    np = j.np
    transition = np.eye(4) + 0.1 * np.eye(4, k=2)
    observation = np.eye(2, 4)
    process, noise = 0.01 * np.eye(4), 0.1 * np.eye(2)

    @j.jit
    def run(measurements):
        def step(state, z):
            mean, covariance = state
            mean, covariance = transition @ mean, transition @ covariance @ transition.T + process
            s = observation @ covariance @ observation.T + noise
            determinant = s[0, 0] * s[1, 1] - s[0, 1] * s[1, 0]
            inverse = np.stack([np.stack([s[1, 1], -s[0, 1]]), np.stack([-s[1, 0], s[0, 0]])]) / determinant
            gain = covariance @ observation.T @ inverse
            mean = mean + gain @ (z - observation @ mean)
            covariance = (np.eye(4) - gain @ observation) @ covariance
            return (mean, covariance), mean

        return j.lax.scan(step, (np.zeros(4), np.eye(4)), measurements)[1]

    measurements = normal(j, 500, 2)
    return lambda: run(measurements)


def lstm_loss(j, params, inputs):
    np, hidden = j.np, 128

    def step(state, x):
        h, c = state
        gates = np.concatenate([x, h], axis=-1) @ params["w"] + params["b"]
        i, f, g, o = (gates[:, k * hidden : (k + 1) * hidden] for k in range(4))
        c = j.nn.sigmoid(f) * c + j.nn.sigmoid(i) * np.tanh(g)
        h = j.nn.sigmoid(o) * np.tanh(c)
        return (h, c), h

    start = np.zeros((inputs.shape[1], hidden))
    return np.mean(j.lax.scan(step, (start, start), inputs)[1] ** 2)


def lstm_inputs(j):
    return {"w": 0.1 * normal(j, 192, 512), "b": j.np.zeros(512)}, normal(j, 128, 16, 64, seed=1)


@row
def lstm(j):
    """LSTM scan 128 steps"""
    params, inputs = lstm_inputs(j)
    function = j.jit(lambda p, x: lstm_loss(j, p, x))
    return lambda: function(params, inputs)


@row
def lstm_gradient(j):
    """LSTM scan 128 steps, gradient"""
    params, inputs = lstm_inputs(j)
    function = j.jit(j.grad(lambda p, x: lstm_loss(j, p, x)))
    return lambda: function(params, inputs)["w"]


# --- Donated arguments --------------------------------------------------------------


@row
def donated_update(j):
    """x.at[i].set of 16 MB, donated"""
    state, i = [normal(j, 4_000_000)], j.np.int32(7)
    update = j.jit(lambda x, i: x.at[i].set(1.0), donate_argnums=0)

    def call():
        state[0] = update(state[0], i)
        return state[0]

    return call


@row
def donated_adam(j):
    """Adam step on 48 MB of state, donated"""

    @functools.partial(j.jit, donate_argnums=(0, 1, 2))
    def step(w, m, v, g):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        return w - 1e-3 * m / (j.np.sqrt(v) + 1e-8), m, v

    state = [tuple(normal(j, 4_000_000, seed=i) ** 2 for i in range(3))]
    gradient = normal(j, 4_000_000, seed=3)

    def call():
        state[0] = step(*state[0], gradient)
        return state[0][0]

    return call


# --- Training -------------------------------------------------------------------------


@row
def mlp_step(j):
    """MLP training step, batch 128"""
    np = j.np
    sizes = (784, 256, 256, 10)
    params = [
        (normal(j, m, n, seed=i) * np.sqrt(2.0 / m), np.zeros(n)) for i, (m, n) in enumerate(zip(sizes, sizes[1:]))
    ]

    def loss(params, x, y):
        for w, b in params[:-1]:
            x = np.maximum(x @ w + b, 0)
        w, b = params[-1]
        return -np.mean(np.sum(j.nn.one_hot(y, 10) * j.nn.log_softmax(x @ w + b), axis=-1))

    @j.jit
    def step(params, x, y):
        gradient = j.grad(loss)(params, x, y)
        return j.jax.tree.map(lambda p, g: p - 0.01 * g, params, gradient)

    x, y = normal(j, 128, 784, seed=9), j.random.randint(j.random.PRNGKey(5), (128,), 0, 10)
    return lambda: step(params, x, y)[0][0]


@row
def linear_regression(j):
    """linear regression, 100 jitted steps in a loop"""
    np = j.np

    def loss(params, x, y):
        return np.mean((x @ params["w"] + params["b"] - y) ** 2)

    @j.jit
    def train(params, x, y):
        def step(_, params):
            gradient = j.grad(loss)(params, x, y)
            return j.jax.tree.map(lambda p, g: p - 0.1 * g, params, gradient)

        return j.lax.fori_loop(0, 100, step, params)

    x, y = normal(j, 20, 10), normal(j, 20, 5, seed=1)
    params = {"w": np.zeros((10, 5)), "b": np.zeros(5)}
    return lambda: train(params, x, y)["w"]


@row
def transformer_step(j):
    """transformer training step, 2 layers of 128"""
    np, width, heads, length, batch, words = j.np, 128, 4, 64, 4, 256

    def dense(key, m, n):
        return j.random.normal(key, (m, n)) / np.sqrt(float(m))

    def init(key):
        keys = j.random.split(key, 9)
        layer = lambda k: [dense(k[i], *shape) for i, shape in enumerate(  # noqa: E731
            ((width, 3 * width), (width, width), (width, 4 * width), (4 * width, width)))]
        return {"embed": dense(keys[0], words, width), "layers": [layer(keys[1:5]), layer(keys[5:9])]}

    def attention(x, qkv, out):
        q, k, v = (
            part.reshape(batch, length, heads, width // heads).transpose(0, 2, 1, 3) for part in np.split(x @ qkv, 3, axis=-1)
        )
        scores = q @ k.transpose(0, 1, 3, 2) / np.sqrt(float(width // heads))
        scores = np.where(np.tril(np.ones((length, length))) > 0, scores, -1e9)
        return (softmax(j, scores) @ v).transpose(0, 2, 1, 3).reshape(batch, length, width) @ out

    def loss(params, tokens):
        x = params["embed"][tokens]
        for qkv, out, up, down in params["layers"]:
            x = x + attention(layer_norm(j, x), qkv, out)
            x = x + j.nn.gelu(layer_norm(j, x) @ up) @ down
        logits = j.nn.log_softmax(layer_norm(j, x) @ params["embed"].T)
        targets = j.nn.one_hot(tokens[:, 1:], words)
        return -np.mean(np.sum(logits[:, :-1] * targets, axis=-1))

    @j.jit
    def step(params, tokens):
        value, gradient = j.jax.value_and_grad(loss)(params, tokens)
        return j.jax.tree.map(lambda p, g: p - 0.01 * g, params, gradient), value

    params = init(j.random.PRNGKey(0))
    tokens = j.random.randint(j.random.PRNGKey(1), (batch, length), 0, words)
    return lambda: step(params, tokens)[1]
