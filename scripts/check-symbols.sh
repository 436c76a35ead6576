#!/bin/sh
# Compares what the library exports with what the header declares, and lists what it needs to run: check-symbols.sh LIBRARY
set -eu
exported=$(nm -D --defined-only "$1" | awk '$2 ~ /[A-Z]/ {print $3}' | sort)
wanted=$(sort Tests/c/functions.txt)
if [ "$exported" != "$wanted" ]; then
  echo "$1 does not export exactly the functions of the header:"
  printf '%s\n' "$exported" >"${TMPDIR:-/tmp}/sj-exported.$$"
  printf '%s\n' "$wanted" | diff - "${TMPDIR:-/tmp}/sj-exported.$$" || true
  rm -f "${TMPDIR:-/tmp}/sj-exported.$$"
  exit 1
fi
needed=$(readelf -d "$1" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p')
for library in $needed; do
  case $library in
    libc.so*|libm.so*|libstdc++.so*|libgcc_s.so*|ld-linux*|libpthread.so*|libdl.so*|libffi.so*) ;;
    *) echo "$1 needs $library at run time"; exit 1 ;;
  esac
done
echo "$1: $(printf '%s\n' "$wanted" | wc -l) functions, self-contained"
