# The front door. Meson does the building; every target here is safe to type first, in a fresh clone.
# Debian's own Python and Meson are named in full: another one earlier in PATH would lack their packages.

PYTHON := /usr/bin/python3
MESON := $(PYTHON) /usr/bin/meson
PREFIX ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 60
SOAK_MINUTES ?= 15

BUILD := $(CURDIR)/build
RELEASE := $(BUILD)/release
ASAN := $(BUILD)/asan
CLANG := $(BUILD)/clang
FUZZ := $(BUILD)/fuzz

.PHONY: help deps deps-build build demo test bench fuzz soak lint format docs install clean
.NOTPARALLEL:

help:
	@echo 'make demo     install what is missing, build, and show the gateway at work'
	@echo 'make test     all checks, unit tests and scenarios, under sanitizers and on the release build'
	@echo 'make build    build/release/src/bin/sallyport'
	@echo 'make bench    measure side by side with haproxy and nginx'
	@echo 'make fuzz     run each fuzzer for FUZZ_SECONDS=$(FUZZ_SECONDS)'
	@echo 'make soak     mixed traffic for SOAK_MINUTES=$(SOAK_MINUTES) under sanitizers: nothing may grow or be left'
	@echo 'make lint     layers, sizes, names, comments, format, and a clang build'
	@echo 'make format   put all C files into shape;  make docs  regenerate the generated documents'
	@echo 'make install  PREFIX=$(PREFIX) DESTDIR=;  make deps, make clean'

deps:
	@scripts/deps build test

deps-build:
	@scripts/deps build

$(RELEASE)/build.ninja: | deps-build
	$(MESON) setup --prefix=$(PREFIX) $(RELEASE)

$(ASAN)/build.ninja: | deps-build
	$(MESON) setup -Db_sanitize=address,undefined -Doptimization=1 $(ASAN)

$(CLANG)/build.ninja: | deps
	CC=clang $(MESON) setup $(CLANG)

$(FUZZ)/build.ninja: | deps
	CC=clang $(MESON) setup -Dfuzz=true -Dtests=false -Doptimization=1 -Db_lundef=false $(FUZZ)

# The programs alone; tests and bench are built by those who want them.
build: deps-build $(RELEASE)/build.ninja
	$(MESON) compile -C $(RELEASE) sallyport sallyport-supervisor sallyport-fetcher

demo: build
	@scripts/deps demo
	$(RELEASE)/src/bin/sallyport demo $(DEMO_ARGS)

lint: deps build $(CLANG)/build.ninja
	$(MESON) compile -C $(CLANG)
	scripts/check --build $(RELEASE)

test: deps $(RELEASE)/build.ninja $(ASAN)/build.ninja $(CLANG)/build.ninja
	scripts/test

fuzz: deps $(FUZZ)/build.ninja
	$(MESON) compile -C $(FUZZ)
	scripts/fuzz $(FUZZ) $(FUZZ_SECONDS)

soak: deps $(ASAN)/build.ninja
	$(MESON) compile -C $(ASAN)
	SALLYPORT_BUILD=$(ASAN) tests/soak/run --minutes $(SOAK_MINUTES)

bench: build
	@scripts/deps bench
	$(MESON) compile -C $(RELEASE)
	bench/run --release $(RELEASE) --output $(BUILD)/bench.json $(BENCH_ARGS)

format:
	scripts/check --write format

docs: build
	scripts/check --build $(RELEASE) --write documents

install: build
	$(MESON) configure $(RELEASE) -Dprefix=$(PREFIX)
	DESTDIR=$(DESTDIR) $(MESON) install -C $(RELEASE)

clean:
	rm -rf $(BUILD)
