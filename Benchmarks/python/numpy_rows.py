"""NumPy's figures for the rows of `rows.py` that it has: see `measure.py` for the format."""

import json
import sys
import types

import numpy as np
from measure import measured


class Result(np.ndarray):
    """An array that need not be waited for."""

    def block_until_ready(self):
        return self


def normal(*shape):
    return np.random.default_rng(0).standard_normal(shape, np.float32)


def waitable(call):
    return lambda: np.asarray(call()).view(Result)


def rows():
    """Pairs of name and call."""
    ten, million, square, wide = np.arange(10.0, dtype=np.float32), normal(1_000_000), normal(512, 512), normal(4096, 1024)
    generator = np.random.default_rng(0)

    def selu(x):
        return 1.05 * np.where(x > 0, x, 1.67 * np.exp(x) - 1.67)

    def softmax(x):
        e = np.exp(x - np.max(x, axis=-1, keepdims=True))
        return e / np.sum(e, axis=-1, keepdims=True)

    return {
        "eager add 10": lambda: ten + ten,
        "eager selu 1e6": lambda: selu(million),
        "sum 1e6": lambda: np.sum(million),
        "sum over axis 0 of (4096, 1024)": lambda: np.sum(wide, axis=0),
        "matmul 512": lambda: square @ square,
        "random normal 1e6": lambda: generator.standard_normal(1_000_000, np.float32),
        "sort 1e6": lambda: np.sort(million),
        "softmax 4096×1024": lambda: softmax(wide),
    }


def main():
    budget = float(sys.argv[1]) if len(sys.argv) > 1 else 0.5
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    results = {
        name: measured(lambda _: waitable(call), types.SimpleNamespace(), budget)
        for name, call in rows().items()
        if wanted in name
    }
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
