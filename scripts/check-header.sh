#!/bin/sh
# Compiles the header alone, as every C and C++ that it promises to be.
set -eu
flags="-Wall -Wextra -pedantic -Werror -fsyntax-only -Iinclude"
for compiler in gcc clang; do
  command -v "$compiler" >/dev/null 2>&1 || continue
  for standard in c99 c11; do echo '#include "swiftjax.h"' | "$compiler" -std=$standard $flags -x c -; done
  echo '#include "swiftjax.h"' | "$compiler" -std=c++17 $flags -x c++ -
done
echo "include/swiftjax.h: C99, C11 and C++17"
