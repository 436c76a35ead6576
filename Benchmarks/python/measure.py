"""Measures one package: `{row: {figure: seconds}}` as JSON on standard output.

    python measure.py PACKAGE [seconds for each row [part of a row's name [compile]]]

The figures are `first`, the first call, tracing and compilation included, and `call`, the median of the later ones; with
`compile` alone `jit(f).lower(...).compile()`, from the function to its code.
"""

import json
import statistics
import sys
import time

import rows


def wait(result):
    result.block_until_ready()


def measured(make, modules, budget):
    call = make(modules)
    start = time.perf_counter()
    wait(call())
    first = time.perf_counter() - start
    warm = time.perf_counter() + budget / 2
    while time.perf_counter() < warm:  # kernels are compiled in the background meanwhile
        start = time.perf_counter()
        wait(call())
        once = time.perf_counter() - start
    repeats = max(1, int(1e-3 / max(once, 1e-9)))
    samples, end = [], time.perf_counter() + budget
    while time.perf_counter() < end or len(samples) < 3:
        start = time.perf_counter()
        for _ in range(repeats):
            wait(call())
        samples.append((time.perf_counter() - start) / repeats)
    return {"call": statistics.median(samples), "first": first}


def settle(seconds=0.2):
    """Lets background threads finish what the arguments had compiled, without idling: a processor that wakes up is slow for a while."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


class Compiled(Exception):
    """Instead of a result: how long compiling took."""


def compilation(make, modules):
    def jit(function, **options):
        jitted = modules.jax.jit(function, **options)

        def call(*args):
            settle()
            start = time.perf_counter()
            jitted.lower(*args).compile()
            raise Compiled(time.perf_counter() - start)

        return call

    try:
        make(type(modules)(**{**vars(modules), "jit": jit}))()
    except Compiled as compiled:
        return {"compile": compiled.args[0]}
    return {}  # nothing is jitted


def main():
    package, budget = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 0.5
    wanted = sys.argv[3] if len(sys.argv) > 3 else ""
    compiles = sys.argv[4:] == ["compile"]
    modules, results = rows.Modules.load(package), {}
    for make in rows.ROWS:
        if wanted in make.__doc__:
            try:
                results[make.__doc__] = compilation(make, modules) if compiles else measured(make, modules, budget)
            except Exception as error:  # a row that a package cannot run is reported, and the others still run
                print(f"{package}: {make.__doc__}: {type(error).__name__}: {error}", file=sys.stderr)
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
