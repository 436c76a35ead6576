#!/bin/sh
# Builds the examples in C and compares what they print with what is expected: run-c-examples.sh LIBRARY_FOLDER [RPATH]
set -eu
library=$1 rpath=${2:-$1}
examples=bindings/c/examples
mkdir -p build/c
failed=0
for source in "$examples"/*.c; do
  name=$(basename "$source" .c)
  cc -O2 -std=c11 -D_GNU_SOURCE -Wall -Wextra -Iinclude "$source" -o "build/c/$name" -L"$library" -lswiftjax -lm \
    -Wl,-rpath,"$(realpath "$library")" -Wl,-rpath,"$rpath"
  if "build/c/$name" >"build/c/$name.txt" && diff "$examples/expected/$name.txt" "build/c/$name.txt"; then
    echo "$name: as expected"
  else
    echo "$name: FAILED"
    failed=1
  fi
done
exit $failed
