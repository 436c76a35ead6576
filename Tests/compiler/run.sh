#!/bin/sh
# Builds and runs the test of the compiler library: Tests/compiler/run.sh [--measure]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
out=$root/build
"$root/scripts/build-compiler.sh" "$out"
cc=${CC:-$(command -v clang || command -v gcc)}
"$cc" -std=c11 -O1 -g -Wall -Wextra -Werror -I"$root/Sources/CSJCompiler/include" \
  "$root/Tests/compiler/smoke.c" -o "$out/compiler-smoke" -ldl -lpthread
exec "$out/compiler-smoke" "$out/libswiftjax-compiler.so" "$@"
