"""Runs a program written for swiftjax on JAX.

    python on_jax.py PROGRAM [arguments]

Its imports of `swiftjax` get `jax`: that the program runs is part of what is shown.
"""

import importlib
import runpy
import sys

for part in ("", ".numpy", ".random", ".lax", ".nn", ".tree_util"):
    sys.modules["swiftjax" + part] = importlib.import_module("jax" + part)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
