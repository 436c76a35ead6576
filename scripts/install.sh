#!/bin/sh
# Installs the library, its header, and the pkg-config and CMake files: install.sh BUILD PREFIX VERSION
set -eu
build=$1 prefix=$2 version=$3

fill() { sed -e "s|@PREFIX@|$prefix|" -e "s|@VERSION@|$version|" "$1"; }

root=${DESTDIR:-}$prefix
mkdir -p "$root/include" "$root/lib/pkgconfig" "$root/lib/cmake/swiftjax"
install -m 644 include/swiftjax.h "$root/include/swiftjax.h"
install -m 755 "$build/libswiftjax.so" "$root/lib/libswiftjax.so.$version"
ln -sf "libswiftjax.so.$version" "$root/lib/libswiftjax.so.0"
ln -sf libswiftjax.so.0 "$root/lib/libswiftjax.so"
for compiler in libswiftjax-compiler.so libswiftjax-compiler-system.so; do
  if [ -f "$build/$compiler" ]; then install -m 755 "$build/$compiler" "$root/lib/$compiler"; fi
done
fill scripts/swiftjax.pc.in >"$root/lib/pkgconfig/swiftjax.pc"
fill scripts/swiftjax-config.cmake.in >"$root/lib/cmake/swiftjax/swiftjax-config.cmake"
echo "installed in $root"
