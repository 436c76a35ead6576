"""Evaluates golden tables with a package of JAX's interface and compares.

    python run_python.py --package swiftjax [table ...]

Without tables, all of them. Prints every failing case, a line per table, and ends with "N passed, N failed".
"""

import argparse
import logging
import pathlib
import sys

import golden


def run(table, names, limit):
    """Numbers of passed and failed cases of one table; prints the first `limit` failures."""
    passed = failed = 0
    for case in golden.load(table):
        reason = golden.check(case, names)
        if reason is None:
            passed += 1
            continue
        failed += 1
        if failed <= limit:
            print(f"FAIL {table.stem}: {case['name']}: {case.get('expr', '')[:100]}: {reason}")
    print(f"{table.stem}: {passed} passed, {failed} failed", flush=True)
    return passed, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--package", default="swiftjax")
    parser.add_argument("--limit", type=int, default=20, help="failures printed per table")
    parser.add_argument("tables", nargs="*", help="names such as lax_shape, or paths")
    options = parser.parse_args()

    logging.disable(logging.WARNING)
    names = golden.namespace(options.package)
    names["jax"].config.update("jax_threefry_partitionable", False)
    tables = [pathlib.Path(t) if t.endswith(".json") else golden.HERE / f"{t}.json" for t in options.tables]
    counts = [run(table, names, options.limit) for table in tables or sorted(golden.HERE.glob("*.json"))]
    passed, failed = (sum(column) for column in zip(*counts))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
