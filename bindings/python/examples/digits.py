"""Trains a small classifier of handwritten digits: the same program as the demo in C, as one would write it for JAX.

    python digits.py [path to digits.csv]

Random numbers are those of `jax_threefry_partitionable=False`, the default of SwiftJAX.
"""

import pathlib
import sys
import time

import swiftjax as jax
import swiftjax.numpy as jnp
import numpy as np
from swiftjax import random

jax.config.update("jax_threefry_partitionable", False)

SIZES = (64, 128, 10)
TRAINING = 1437  # images, in shuffled order; the other 360 are held out
BATCH = 64
EPOCHS = 20
RATE, DECAY_1, DECAY_2, EPSILON = 5e-3, 0.9, 0.999, 1e-8


def load(path):
    table = np.loadtxt(path, delimiter=",", dtype=np.float32)
    return jnp.asarray(table[:, :64] / 16), jnp.asarray(table[:, 64].astype(np.int32))


def init(key):
    params = {}
    for i, (fan_in, fan_out) in enumerate(zip(SIZES, SIZES[1:])):
        key, subkey = random.split(key)
        params[f"layer{i}"] = {
            "W": random.normal(subkey, (fan_in, fan_out)) * jnp.sqrt(2 / fan_in),
            "b": jnp.zeros(fan_out),
        }
    return params


def logits(params, x):
    hidden = jax.nn.relu(x @ params["layer0"]["W"] + params["layer0"]["b"])
    return hidden @ params["layer1"]["W"] + params["layer1"]["b"]


def cross_entropy(params, x, y):
    likelihoods = jax.nn.log_softmax(logits(params, x))
    return -jnp.mean(jnp.sum(jax.nn.one_hot(y, 10) * likelihoods, axis=-1))


def adam_init(params):
    zeros = jax.tree_util.tree_map(jnp.zeros_like, params)
    return {"step": jnp.float32(0), "mean": zeros, "square": zeros}


def adam(grads, state):
    """The updates to subtract, and the next state (Kingma and Ba 2015, algorithm 1)."""
    tree_map = jax.tree_util.tree_map
    step = state["step"] + 1
    mean = tree_map(lambda m, g: DECAY_1 * m + (1 - DECAY_1) * g, state["mean"], grads)
    square = tree_map(lambda v, g: DECAY_2 * v + (1 - DECAY_2) * g * g, state["square"], grads)
    correction_1, correction_2 = 1 - DECAY_1**step, 1 - DECAY_2**step
    updates = tree_map(lambda m, v: RATE * (m / correction_1) / (jnp.sqrt(v / correction_2) + EPSILON), mean, square)
    return updates, {"step": step, "mean": mean, "square": square}


@jax.jit
def update(params, state, x, y):
    loss, grads = jax.value_and_grad(cross_entropy)(params, x, y)
    updates, state = adam(grads, state)
    return jax.tree_util.tree_map(lambda p, u: p - u, params, updates), state, loss


@jax.jit
def evaluate(params, x, y):
    return cross_entropy(params, x, y), jnp.mean(jnp.argmax(logits(params, x), axis=-1) == y)


def train(images, labels):
    order_key, init_key, key = random.split(random.PRNGKey(0), 3)
    # The file is sorted by writer: unshuffled, the held-out images would be those of other, harder hands.
    order = random.permutation(order_key, len(images))
    (x, held_out_x), (y, held_out_y) = (jnp.split(table[order], [TRAINING]) for table in (images, labels))
    params = init(init_key)
    state = adam_init(params)
    batches = TRAINING // BATCH
    for epoch in range(1, EPOCHS + 1):
        key, subkey = random.split(key)
        order = random.permutation(subkey, TRAINING)[: batches * BATCH].reshape(batches, BATCH)
        for batch in order:
            params, state, _ = update(params, state, x[batch], y[batch])
        loss, _ = evaluate(params, x, y)
        _, accuracy = evaluate(params, held_out_x, held_out_y)
        print(f"epoch {epoch:2d}  loss {loss:.4f}  held-out accuracy {100 * accuracy:.2f} %")
    return params


def main():
    default = pathlib.Path(__file__).parents[3] / "Examples" / "data" / "digits.csv"
    images, labels = load(sys.argv[1] if len(sys.argv) > 1 else default)
    start = time.perf_counter()
    train(images, labels)
    print(f"{time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main()
