VERSION := 0.1.0
PREFIX ?= /usr/local
RELEASE := .build/release

SWIFT_FLAGS := -c release -Xswiftc -static-stdlib
LIBRARY_FLAGS := $(SWIFT_FLAGS) -Xlinker --version-script=$(CURDIR)/scripts/exports.map -Xlinker -soname=libswiftjax.so.0

.PHONY: lib compiler check-compiler header check-header check-symbols install

# The library, which needs no Swift where it runs.
lib: $(RELEASE)/libswiftjax.so.0

$(RELEASE)/libswiftjax.so.0: FORCE
	swift build --product swiftjax $(LIBRARY_FLAGS)
	ln -sf libswiftjax.so $@

FORCE:

# The compiler, without which everything is interpreted; brings LLVM's packages along.
compiler:
	scripts/build-compiler.sh build
	mkdir -p $(RELEASE) && ln -sf $(CURDIR)/build/libswiftjax-compiler.so $(RELEASE)/

check-compiler:
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
