#!/bin/sh
# Builds libswiftjax-compiler.so: LLVM's x86-64 and AArch64 code generators behind
# the table of Sources/CSJCompiler/include/sj_compiler.h, everything else hidden.
#
#   scripts/build-compiler.sh [directory]        (default: build)
#
# Links LLVM 19's static libraries, so the result needs nothing but libc and libm.
# A no-op when the library is newer than its sources.
# Environment:
#   LLVM_CONFIG     the llvm-config to use (else LLVM 19's; installed with apt when missing)
#   CXX             the C++ compiler (else clang++, else g++)
#   SJC_LINK=shared link the system's libLLVM instead: larger and slower to load, but quick to build
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
sources=$root/Sources/CSJCompiler/llvm
includes=$root/Sources/CSJCompiler/include
out=${1:-$root/build}
library=$out/libswiftjax-compiler.so
link=${SJC_LINK:-static}

up_to_date() {
  [ -e "$library" ] && [ -z "$(find "$sources" "$includes/sj_compiler.h" "$0" -newer "$library" -type f)" ]
}

find_llvm_config() {
  for candidate in "${LLVM_CONFIG:-}" llvm-config-19 /usr/lib/llvm-19/bin/llvm-config; do
    if [ -n "$candidate" ] && command -v "$candidate"; then return; fi
  done
}

install_packages() {
  if ! command -v apt-get >/dev/null; then
    echo "LLVM 19 not found: install its development files or set LLVM_CONFIG" >&2
    exit 1
  fi
  sudo=
  [ "$(id -u)" = 0 ] || sudo=sudo
  export DEBIAN_FRONTEND=noninteractive
  set -- llvm-19-dev libzstd-dev zlib1g-dev
  $sudo apt-get install -y --no-install-recommends "$@" >&2 ||
    { $sudo apt-get update >&2 && $sudo apt-get install -y --no-install-recommends "$@" >&2; }
}

up_to_date && exit 0

llvm_config=$(find_llvm_config)
if [ -z "$llvm_config" ]; then
  install_packages
  llvm_config=$(find_llvm_config)
fi
cxx=${CXX:-$(command -v clang++ || command -v g++)}

# AsmParser reads the IR, JITLink loads the result: no IR passes, no ORC session.
if [ "$link" = static ]; then
  llvm_libraries="$("$llvm_config" --link-static --libs x86codegen aarch64codegen asmparser jitlink)"
  # zlib and zstd: LLVM's object writer can compress debug sections.
  system_libraries="-Wl,-Bstatic -lz -lzstd -Wl,-Bdynamic -lpthread -ldl -lm"
  runtime="-static-libstdc++ -static-libgcc"
else
  llvm_libraries="$("$llvm_config" --link-shared --libs)"
  system_libraries=
  runtime=
fi
# lld links several times faster than GNU ld.
linker=
if "$cxx" --version | grep -q clang && command -v ld.lld >/dev/null; then
  linker=-fuse-ld=lld
fi

mkdir -p "$out"
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

compile() {
  "$cxx" -c "$1" -o "$2" -std=c++17 -O2 -fPIC -fvisibility=hidden -fno-exceptions -fno-rtti \
    -ffunction-sections -fdata-sections -Wall -Wextra -I"$includes" \
    -isystem "$("$llvm_config" --includedir)"
}

objects=
jobs=
for source in "$sources"/*.cpp; do
  object=$temporary/$(basename "$source" .cpp).o
  compile "$source" "$object" &
  jobs="$jobs $!"
  objects="$objects $object"
done
for job in $jobs; do wait "$job"; done

# shellcheck disable=SC2086
"$cxx" -shared -o "$temporary/library.so" $objects $linker \
  -L"$("$llvm_config" --libdir)" $llvm_libraries $system_libraries $runtime \
  -Wl,-soname,libswiftjax-compiler.so -Wl,--version-script="$sources/exports.map" \
  -Wl,--exclude-libs,ALL -Wl,--gc-sections -Wl,-O2 -Wl,-z,relro -Wl,-z,now -Wl,-z,defs -s
mv "$temporary/library.so" "$library"
