VERSION := 0.1.0
PREFIX ?= /usr/local
RELEASE := .build/release

# Exclusive access is checked at compile time and, by the tests' debug builds, at run time.
SWIFT_FLAGS := -c release -Xswiftc -static-stdlib -Xswiftc -enforce-exclusivity=unchecked
LIBRARY_FLAGS := $(SWIFT_FLAGS) -Xlinker --version-script=$(CURDIR)/scripts/exports.map -Xlinker -soname=libswiftjax.so.0 -Xlinker --strip-debug -Xlinker --no-undefined

.PHONY: lib compiler try-compiler check-compiler header check-header check-symbols install test-c test-c-asan

# The library, which needs no Swift where it runs.
lib: $(RELEASE)/libswiftjax.so.0

$(RELEASE)/libswiftjax.so.0: FORCE
	swift build --product swiftjax $(LIBRARY_FLAGS)
	ln -sf libswiftjax.so $@
	$(call beside,$(RELEASE))

FORCE:

# The compiler, without which everything is interpreted; brings LLVM's packages along. It is found beside the library.
COMPILERS := build/libswiftjax-compiler.so build/libswiftjax-compiler-system.so
beside = for file in $(COMPILERS); do if [ -f $$file ]; then ln -sf $(CURDIR)/$$file $(1)/; fi; done

compiler:
	scripts/build-compiler.sh build
	if [ -d $(RELEASE) ]; then $(call beside,$(RELEASE)); fi

# The same where LLVM can be had.
try-compiler:
	@$(MAKE) --no-print-directory compiler \
	  || echo "warning: no LLVM 19, so that everything is interpreted and the compiler is not tested" >&2

# Of both libraries, where they are.
check-compiler: try-compiler
	Tests/compiler/run.sh

# Everything that is generated from api/*.json.
header:
	swift run sjgen api

check-header:
	swift run sjgen api --check
	scripts/check-header.sh

check-symbols: lib
	scripts/check-symbols.sh $(RELEASE)/libswiftjax.so

install: lib
	scripts/install.sh $(RELEASE) $(PREFIX) $(VERSION)

# The conformance suite in C, which knows the library by its header alone.
C_FLAGS := -g -O1 -std=c11 -D_GNU_SOURCE -Wall -Wextra -Iinclude
SWIFT_LIBRARIES := $(shell dirname $$(dirname $$(readlink -f $$(command -v swift))))/lib/swift/linux
DEBUG := .build/debug
ASAN := build/asan

test-c:
	swift build --product swiftjax
	$(call beside,$(DEBUG))
	mkdir -p build/c
	cc $(C_FLAGS) Tests/c/*.c -o build/c/conformance -L$(DEBUG) -lswiftjax -lpthread -lm \
	  -Wl,-rpath,$(CURDIR)/$(DEBUG) -Wl,-rpath,$(SWIFT_LIBRARIES)
	Tests/c/coverage.sh
	build/c/conformance

# The same under AddressSanitizer, with leak detection.
test-c-asan:
	swift build --scratch-path $(ASAN) --product swiftjax --sanitize=address
	mkdir -p build/c
	clang $(C_FLAGS) -fsanitize=address -fuse-ld=lld Tests/c/*.c -o build/c/conformance-asan \
	  -L$(ASAN)/debug -lswiftjax -lpthread -lm -Wl,-rpath,$(CURDIR)/$(ASAN)/debug -Wl,-rpath,$(SWIFT_LIBRARIES)
	LSAN_OPTIONS=suppressions=Tests/c/lsan.supp:print_suppressions=0 build/c/conformance-asan

# --- The two commands ---------------------------------------------------------

.PHONY: demo test setup test-swift test-examples test-swift-examples test-python python format check-format

PYTHON := build/venv/bin/python
DIGITS := Examples/data/digits.csv

# Debian's packages that building and testing needs, where they are missing.
setup:
	scripts/setup.sh

# The tutorial, and the training of a classifier of handwritten digits, from C, from Python and from Swift.
demo: setup try-compiler lib python
	scripts/run-c-examples.sh $(RELEASE) '$$ORIGIN'
	build/c/tutorial
	build/c/digits $(DIGITS)
	$(PYTHON) bindings/python/examples/digits.py $(DIGITS)
	scripts/run-swift-examples.sh
	build/swift-examples/release/digits $(DIGITS)

test: setup check-compiler check-format check-header test-swift test-c test-c-asan test-examples test-swift-examples test-python

test-swift:
	swift run sjgen kernels --check
	swift build --build-tests
	$(call beside,$(DEBUG))
	swift test --skip-build

test-examples: lib
	scripts/check-symbols.sh $(RELEASE)/libswiftjax.so
	scripts/run-c-examples.sh $(RELEASE)

# A package of its own, which imports SwiftJAX by path and builds the engine once more (two minutes on two cores).
test-swift-examples:
	scripts/run-swift-examples.sh

# The Python package in an environment of its own.
python: lib
	test -x $(PYTHON) || python3 -m venv build/venv
	$(PYTHON) -m pip install --quiet numpy
	rm -rf bindings/python/build
	$(PYTHON) -m pip install --quiet --force-reinstall --no-deps ./bindings/python

test-python: python
	$(PYTHON) bindings/python/tests/test_swiftjax.py
	$(PYTHON) bindings/python/tests/test_binding.py
	$(PYTHON) bindings/python/tests/test_inspection.py
	$(PYTHON) bindings/python/tests/test_donation.py
	$(PYTHON) -X dev bindings/python/tests/fuzz_core.py 12

# --- Benchmarks ---------------------------------------------------------------

# Beside JAX where JAX_PYTHON has it, and beside NumPy: make bench [JAX_PYTHON=…] [BENCH="--only selu --rounds 5"]
JAX_PYTHON ?= python3
BENCH_FLAGS := -O2 -std=c11 -D_GNU_SOURCE -Iinclude -L$(RELEASE) -Wl,-rpath,$(CURDIR)/$(RELEASE)

.PHONY: bench
bench: setup compiler lib python
	mkdir -p build/c
	for program in Benchmarks/c/micro Benchmarks/c/first bindings/c/examples/digits; do \
	  cc $(BENCH_FLAGS) $$program.c -o build/c/$$(basename $$program) -lswiftjax -lm || exit 1; done
	$(PYTHON) Benchmarks/run.py --ours $(PYTHON) --jax $(JAX_PYTHON) $(BENCH)

SWIFT_SOURCES := Package.swift Sources Tests Examples/swift/Package.swift Examples/swift/Sources

format:
	swift format --in-place --parallel --recursive $(SWIFT_SOURCES)

check-format:
	swift format lint --strict --parallel --recursive $(SWIFT_SOURCES)
