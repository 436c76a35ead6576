#!/bin/sh
# Builds the compiler: LLVM's code generators behind the table of
# Sources/CSJCompiler/include/sj_compiler.h, everything else hidden. Twice:
#
#   libswiftjax-compiler.so          with LLVM 19 in it, for this processor's kind: needs nothing but libc and libm
#   libswiftjax-compiler-system.so   a small layer over the system's libLLVM, for where the first does not load, and
#                                    for code for the other kind: x86-64 and AArch64
#
#   scripts/build-compiler.sh [directory]        (default: build)
#
# One of the two is left out where LLVM was installed without the libraries for it.
# A no-op when they are newer than their sources.
# Environment:
#   LLVM_CONFIG     the llvm-config to use (else LLVM 19's; installed with apt when missing)
#   CXX             the C++ compiler (else clang++, else g++)
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
sources=$root/Sources/CSJCompiler/llvm
includes=$root/Sources/CSJCompiler/include
out=${1:-$root/build}
private=$out/libswiftjax-compiler.so
system=$out/libswiftjax-compiler-system.so
# AsmParser reads the IR, JITLink loads the result: no IR passes, no ORC session.
# The private library has a code generator for this kind of processor, the other one for both.
components="asmparser jitlink"
case $(uname -m) in
  aarch64) static_components="aarch64codegen $components" ;;
  *) static_components="x86codegen $components" ;;
esac
shared_components="x86codegen aarch64codegen $components"

up_to_date() {
  [ -e "$1" ] && [ -z "$(find "$sources" "$includes/sj_compiler.h" "$0" -newer "$1" -type f)" ]
}

find_llvm_config() {
  for candidate in "${LLVM_CONFIG:-}" llvm-config-19 /usr/lib/llvm-19/bin/llvm-config; do
    if [ -n "$candidate" ] && command -v "$candidate"; then return; fi
  done
}

# The linker's arguments for LLVM's static or shared libraries; fails where they are not installed.
llvm_libraries() {
  case $1 in
    static) wanted=$static_components ;;
    *) wanted=$shared_components ;;
  esac
  # shellcheck disable=SC2086
  [ -n "$llvm_config" ] && "$llvm_config" "--link-$1" --libs $wanted 2>/dev/null
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

llvm_config=$(find_llvm_config)
# Newer than its sources, or not to be had from this LLVM.
is_done() { up_to_date "$1" || ! llvm_libraries "$2" >/dev/null; }
if { up_to_date "$private" || up_to_date "$system"; } && is_done "$private" static && is_done "$system" shared; then
  exit 0
fi

if [ -z "$llvm_config" ]; then
  install_packages
  llvm_config=$(find_llvm_config)
fi
cxx=${CXX:-$(command -v clang++ || command -v g++)}
# lld links several times faster than GNU ld.
linker=
if "$cxx" --version | grep -q clang && command -v ld.lld >/dev/null; then
  linker=-fuse-ld=lld
fi
# LLVM has 140,000 pointers to be relocated when it is loaded, which a fiftieth of the memory can list: if the linker knows that
# form, and glibc, from 2.36 on.
packed=
glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null | cut -d ' ' -f 2)
if [ "$(printf '2.36\n%s\n' "${glibc:-0}" | sort -V | head -n 1)" = 2.36 ] && echo 'int x;' |
  "$cxx" -shared -x c++ - -o /dev/null $linker -Wl,--fatal-warnings -Wl,-z,pack-relative-relocs 2>/dev/null; then
  packed=-Wl,-z,pack-relative-relocs
fi

mkdir -p "$out"
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

# compile NAME [FLAGS]: NAME.o, or OBJECT.o with OBJECT set.
compile() {
  name=$1 object=$temporary/${OBJECT:-$1}.o
  shift
  "$cxx" -c "$sources/$name.cpp" -o "$object" -std=c++17 -O2 -fPIC -fvisibility=hidden -fno-exceptions -fno-rtti \
    -ffunction-sections -fdata-sections -Wall -Wextra -I"$includes" \
    -isystem "$("$llvm_config" --includedir)" "$@"
}

# link LIBRARY OBJECT LIBRARIES…
link() {
  library=$1 object=$2
  shift 2
  # shellcheck disable=SC2086
  "$cxx" -shared -o "$temporary/library.so" $objects "$object" $linker \
    -L"$("$llvm_config" --libdir)" "$@" \
    -Wl,-soname,"$(basename "$library")" -Wl,--version-script="$sources/exports.map" \
    -Wl,--exclude-libs,ALL -Wl,--gc-sections -Wl,-O2 -Wl,-z,relro -Wl,-z,now -Wl,-z,defs -s
  mv "$temporary/library.so" "$library"
}

objects=
jobs=
for source in "$sources"/*.cpp; do
  name=$(basename "$source" .cpp)
  [ "$name" != linkage ] || continue
  compile "$name" &
  jobs="$jobs $!"
  objects="$objects $temporary/$name.o"
done
OBJECT=private compile linkage -DSJC_SYSTEM_LLVM=0
OBJECT=system compile linkage -DSJC_SYSTEM_LLVM=1
for job in $jobs; do wait "$job"; done

built=
if libraries=$(llvm_libraries static); then
  # zlib and zstd: LLVM's object writer can compress debug sections.
  # shellcheck disable=SC2086
  link "$private" "$temporary/private.o" $libraries $packed \
    -Wl,-Bstatic -lz -lzstd -Wl,-Bdynamic -lpthread -ldl -lm -static-libstdc++ -static-libgcc
  built="$private"
fi
if libraries=$(llvm_libraries shared); then
  # shellcheck disable=SC2086
  link "$system" "$temporary/system.o" $libraries
  built="$built $system"
fi
if [ -z "$built" ]; then
  echo "$llvm_config has neither LLVM's static libraries nor the shared one" >&2
  exit 1
fi
