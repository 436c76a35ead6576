#!/bin/sh
# Builds the examples in Swift and compares what they print with what is expected, which is what those in C print.
set -eu
examples=Examples/swift build=build/swift-examples
# Exclusive access is checked at run time by the tests' debug builds, as in the Makefile.
swift build -c release -Xswiftc -enforce-exclusivity=unchecked --package-path "$examples" --scratch-path "$build"
failed=0
for name in tutorial linear_regression linear_regression_tree digits; do
  if "$build/release/$name" >"$build/$name.txt" && diff "$examples/expected/$name.txt" "$build/$name.txt"; then
    echo "$name: as expected"
  else
    echo "$name: FAILED"
    failed=1
  fi
done
exit $failed
