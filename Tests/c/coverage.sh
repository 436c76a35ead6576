#!/bin/sh
# Every exported function appears in the suite; those of options structs by their _init.
cd "$(dirname "$0")"
missing=$(while read -r name; do grep -qw "$name" test_*.c main.c test.h || echo "$name"; done <functions.txt)
if [ -n "$missing" ]; then
  echo "functions that the conformance suite never calls:" $missing
  exit 1
fi
echo "all $(wc -l <functions.txt) functions are called"
