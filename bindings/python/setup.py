"""Builds the extension against the engine's library, and packs the library beside it."""

import pathlib
import shutil
import subprocess

from setuptools import Extension, setup

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIBRARY = ROOT / ".build" / "release" / "libswiftjax.so"
PACKAGE = HERE / "swiftjax"

if not LIBRARY.exists():
    subprocess.run(["make", "-C", str(ROOT), "lib"], check=True)
shutil.copy2(LIBRARY, PACKAGE / "libswiftjax.so.0")
# The compiler is optional; it is found beside the library.
COMPILERS = ["libswiftjax-compiler.so", "libswiftjax-compiler-system.so"]
for name in COMPILERS:
    if (ROOT / "build" / name).exists():
        shutil.copy2(ROOT / "build" / name, PACKAGE / name)

setup(
    ext_modules=[
        Extension(
            "swiftjax._core",
            sources=[*sorted(str(path.relative_to(HERE)) for path in HERE.glob("src/*.c")), "src/generated/all.c"],
            include_dirs=[str(ROOT / "include")],
            library_dirs=[str(PACKAGE)],
            libraries=[":libswiftjax.so.0"],
            runtime_library_dirs=["$ORIGIN"],
            extra_compile_args=["-std=c11", "-O2"],
        )
    ],
    package_data={"swiftjax": ["libswiftjax.so.0", *COMPILERS]},
)
