"""NumPy's speed at what library.c measures, on one thread."""
import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"
import time

import numpy as np


def best(run, repetitions=1):
    """Seconds of one call, the best of ten measurements."""
    times = []
    for _ in range(10):
        start = time.perf_counter()
        for _ in range(repetitions):
            run()
        times.append((time.perf_counter() - start) / repetitions)
    return min(times)


for dtype in (np.float32, np.float64):
    for n in (8, 16, 32, 64, 128, 256, 512, 1024):
        a, b, c = (np.ones((n, n), dtype) for _ in range(3))
        seconds = best(lambda: np.matmul(a, b, out=c), min(1 + int(1e7 / (2 * n**3)), 10000))
        print(f"gemm {dtype.__name__} {n:4}: {seconds * 1e9:10.0f} ns {2 * n**3 / seconds / 1e9:7.1f} GFLOP/s")
for n in (256, 2048):
    a, x, y = np.ones((n, n), np.float32), np.ones(n, np.float32), np.ones(n, np.float32)
    rates = [a.nbytes / best(run, 1 + 4000000 // n**2) / 1e9
             for run in (lambda: np.dot(a, x, out=y), lambda: np.dot(x, a, out=y))]
    print(f"gemv f32 {n}: matrix x vector {rates[0]:.1f} GB/s, vector x matrix {rates[1]:.1f} GB/s")
x = np.random.randn(1000000)
f = x.astype(np.float32)
for name, run in {
    "1e6 f32": lambda: np.sort(f, kind="stable"),
    "1e6 f32, unstable": lambda: np.sort(f),
    "1e6 f64": lambda: np.sort(x, kind="stable"),
    "1e6 f32 argsort": lambda: np.argsort(f, kind="stable"),
    "10000 x 100 f32": lambda: np.sort(f.reshape(10000, 100), kind="stable"),
}.items():
    print(f"sort {name}: {best(run) * 1e3:.2f} ms")
for bits in (np.random.PCG64, np.random.Philox):
    generator = np.random.Generator(bits())
    seconds = best(lambda: generator.integers(0, 2**32, 16000000, dtype=np.uint32))
    print(f"{bits.__name__} {64e6 / seconds / 1e9:.2f} GB/s")
