"""Micro benchmarks of JAX and NumPy: median seconds per call, as JSON on standard output.

    python micro.py [seconds per benchmark]

Every JAX call is waited for. A benchmark's name is its key in the result, beside those of `make bench`.
"""

import json
import statistics
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
from jax import random

jax.config.update("jax_threefry_partitionable", False)


def selu(x, alpha=1.67, lambda_=1.05, np=jnp):
    return lambda_ * np.where(x > 0, x, alpha * np.exp(x) - alpha)


def polynomial(x):
    return x * x * x + 2.0 * x


def median_time(call, budget):
    """Median seconds of one call over blocks of at least a millisecond; the first blocks warm up."""
    call()
    start = time.perf_counter()
    call()
    repeats = max(1, int(1e-3 / max(time.perf_counter() - start, 1e-9)))
    samples, end = [], time.perf_counter() + budget
    while time.perf_counter() < end or len(samples) < 5:
        start = time.perf_counter()
        for _ in range(repeats):
            call()
        samples.append((time.perf_counter() - start) / repeats)
    return statistics.median(samples[len(samples) // 5 :])


def benchmarks():
    """Pairs of name and call: the JAX ones, then NumPy's."""
    key = random.PRNGKey(0)
    ten, million = jnp.arange(10.0), random.normal(key, (1_000_000,))
    square = random.normal(key, (512, 512))
    jitted_sum, jitted_selu = jax.jit(lambda a, b: a + b), jax.jit(selu)
    grad, scalar = jax.grad(polynomial), jnp.float32(1.5)
    jax_calls = {
        "eager add 10": lambda: ten + ten,
        "jit cache hit add 10": lambda: jitted_sum(ten, ten),
        "grad of a tiny function, no jit": lambda: grad(scalar),
        "eager selu 1e6": lambda: selu(million),
        "jit selu 1e6": lambda: jitted_selu(million),
        "sum 1e6": lambda: jnp.sum(million),
        "matmul 512": lambda: square @ square,
        "random normal 1e6": lambda: random.normal(key, (1_000_000,)),
        "sort 1e6": lambda: jnp.sort(million),
    }
    np_ten, np_million, np_square = (np.asarray(a) for a in (ten, million, square))
    generator = np.random.default_rng(0)
    numpy_calls = {
        "eager add 10": lambda: np_ten + np_ten,
        "eager selu 1e6": lambda: selu(np_million, np=np),
        "sum 1e6": lambda: np.sum(np_million),
        "matmul 512": lambda: np_square @ np_square,
        "random normal 1e6": lambda: generator.standard_normal(1_000_000, np.float32),
        "sort 1e6": lambda: np.sort(np_million),
    }
    return jax_calls, numpy_calls


def main():
    budget = float(sys.argv[1]) if len(sys.argv) > 1 else 0.5
    jax_calls, numpy_calls = benchmarks()
    print(
        json.dumps(
            {
                "jax": {
                    name: median_time(lambda: call().block_until_ready(), budget) for name, call in jax_calls.items()
                },
                "numpy": {name: median_time(call, budget) for name, call in numpy_calls.items()},
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
