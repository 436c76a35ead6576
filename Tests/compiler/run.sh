#!/bin/sh
# Runs the test of the compiler libraries that are built: Tests/compiler/run.sh [--measure]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
out=$root/build
mkdir -p "$out"
cc=${CC:-$(command -v clang || command -v gcc)}
"$cc" -std=c11 -O1 -g -Wall -Wextra -Werror -I"$root/Sources/CSJCompiler/include" \
  "$root/Tests/compiler/smoke.c" -o "$out/compiler-smoke" -ldl -lpthread

for library in "$out/libswiftjax-compiler.so" "$out/libswiftjax-compiler-system.so"; do
  [ -e "$library" ] || continue
  exports=$(nm -D --defined-only "$library" | sed 's/.* //')
  if [ "$exports" != sjc_get_api ]; then
    echo "$library exports more than sjc_get_api: $exports" >&2
    exit 1
  fi
  echo "$(basename "$library"):"
  "$out/compiler-smoke" "$library" "$@"
  "$out/compiler-smoke" "$library" --in-host
  "$out/compiler-smoke" "$library" --exit
done
