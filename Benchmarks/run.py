"""Runs the benchmarks beside JAX and NumPy, alternately, and prints a table of medians and ratios.

    python run.py --ours PYTHON [--jax PYTHON] [--rounds 3] [--seconds 0.3] [--only PART_OF_A_NAME]

`--ours` is an interpreter with the package swiftjax, `--jax` one with jax (left out: no comparison). Every
round runs each side once in processes of its own, so that what disturbs the machine disturbs both.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent


def has(python, package):
    return subprocess.run([python, "-c", f"import {package}"], capture_output=True).returncode == 0


def output(command, **options):
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, **options).stdout)


def process_time(command):
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return {"call": time.perf_counter() - start}


def process_rows(options):
    """Whole processes: (row, our command, JAX's command)."""
    digits = str(ROOT / "Examples/data/digits.csv")
    program = str(ROOT / "bindings/python/examples/digits.py")
    on_jax = [options.jax, str(HERE / "python/on_jax.py"), program, digits]
    return [
        ("first result of a fresh process, C", [str(ROOT / "build/c/first")], None),
        ("the digits, C", [str(ROOT / "build/c/digits"), digits], on_jax),
        ("the digits, Python", [options.ours, program, digits], on_jax),
    ]


def package(python, name, rest):
    """All figures of a package, from two processes: what one has compiled, the other does not know."""
    measure = [python, str(HERE / "python/measure.py"), name, *rest]
    environment = {**os.environ, "SWIFTJAX_CACHE": "off"}
    figures, compilations = output(measure, env=environment), output([*measure, "compile"], env=environment)
    return {row: {**found, **compilations.get(row, {})} for row, found in figures.items()}


def one_round(options):
    """`{side: {row: {figure: seconds}}}` of one run of everything."""
    rest = [str(options.seconds), options.only]
    sides = {"Python": package(options.ours, "swiftjax", rest)}
    if options.jax:
        sides["JAX"] = package(options.jax, "jax", rest)
    sides["NumPy"] = output([options.ours, str(HERE / "python/numpy_rows.py"), *rest])
    sides["C"] = {
        row: {"call": value} for row, value in output([str(ROOT / "build/c/micro"), *rest]).items()
    }
    for row, ours, theirs in process_rows(options):
        if options.only in row:
            side = "C" if row.endswith("C") else "Python"
            sides[side][row] = process_time(ours)
            if options.jax and theirs:
                sides["JAX"][row] = process_time(theirs)
    return sides


def median(rounds, side, row, figure="call"):
    values = [r[side][row][figure] for r in rounds if row in r.get(side, {}) and figure in r[side][row]]
    return statistics.median(values) if values else None


def text(seconds):
    if seconds is None:
        return "–"
    for unit, scale in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if seconds * scale >= 1 or unit == "µs":
            return f"{seconds * scale:.3g} {unit}"


def ratio(theirs, ours):
    return f"{theirs / ours:.2f}" if theirs and ours else "–"


def table(rounds):
    rows = dict.fromkeys(row for r in rounds for side in r.values() for row in side)
    print("| | C | Python | JAX | JAX / best of ours | NumPy / best of ours | first call | JAX / ours | compile | JAX / ours |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        c, python, jax, numpy = (median(rounds, side, row) for side in ("C", "Python", "JAX", "NumPy"))
        best = min((t for t in (c, python) if t), default=None)
        cells = [text(c), text(python), text(jax), ratio(jax, best), ratio(numpy, best)]
        for figure in ("first", "compile"):
            ours, theirs = (median(rounds, side, row, figure) for side in ("Python", "JAX"))
            cells += [text(ours), ratio(theirs, ours)]
        print(f"| {row} | " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", required=True)
    parser.add_argument("--jax", default="")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.3)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    if options.jax and not has(options.jax, "jax"):
        print(f"{options.jax} has no jax: without comparison", file=sys.stderr)
        options.jax = ""
    rounds = []
    for i in range(options.rounds):
        print(f"round {i + 1} of {options.rounds}; load {os.getloadavg()[0]:.1f}", file=sys.stderr)
        rounds.append(one_round(options))
    table(rounds)


if __name__ == "__main__":
    main()
