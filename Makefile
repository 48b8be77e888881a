# Each target sets itself up in .venv; stamp files make repeats fast.
# Needed beforehand: git, make, a C compiler, Python 3.11 or newer with pip, Rust 1.95 or newer.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
.DEFAULT_GOAL := help

PYTHON ?= python3
CARGO ?= cargo
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
CONSTRAINTS := PIP_CONSTRAINT=constraints.txt
PIP := $(CONSTRAINTS) $(BIN)/python -m pip --disable-pip-version-check --quiet
# A build of the extension is stale when one of these is newer.
RUST_SOURCES := Cargo.toml Cargo.lock python/Cargo.toml .cargo/config.toml $(shell find src python/src -type f)

export VIRTUAL_ENV := $(CURDIR)/$(VENV)

.PHONY: help demo test test-rust test-python check lint bench validate docs images wheel licences clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

demo: $(STAMPS)/extension ## build, then run the embedded liver case from DICOM to verdicts
	$(BIN)/hepadose demo

test: test-rust test-python ## all tests: core, Python, packaging

test-rust:
	$(CARGO) test --locked

test-python: $(STAMPS)/extension $(STAMPS)/dev $(STAMPS)/browser
	$(BIN)/python -m pytest

check: lint docs test ## lints, documentation and tests: what .ci/run runs

lint: $(STAMPS)/extension $(STAMPS)/dev ## formatters, clippy, rustdoc, ruff, mypy, stubtest, basedpyright
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --quiet
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/stubtest hepadose._core
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/basedpyright
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/basedpyright --verifytypes hepadose --ignoreexternal >$(VENV)/verifytypes.txt || { grep -A2 " error:" $(VENV)/verifytypes.txt; exit 1; }

bench: $(STAMPS)/extension $(STAMPS)/dev ## criterion benches, then the comparisons with other tools
	$(CARGO) bench --locked
	for script in $(wildcard benches/*.py benches/peers/*.py); do $(BIN)/python "$$script"; done

validate: $(STAMPS)/extension $(STAMPS)/dev ## the tables of docs/validation
	$(if $(wildcard examples/validate.rs),$(CARGO) run --locked --release --example validate)
	$(CARGO) run --locked --release --example validate_solids
	for script in $(wildcard docs/validation/make_*.py); do $(BIN)/python "$$script"; done

docs: $(STAMPS)/extension $(STAMPS)/dev ## the documentation with all references, in docs/_build
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps
	$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet --builder html docs docs/_build/html
	@echo "Start: docs/_build/html/index.html   Rust: $${CARGO_TARGET_DIR:-target}/doc/hepadose/index.html"

images: $(STAMPS)/extension $(STAMPS)/dev $(STAMPS)/browser ## the pictures of plots, reports and the viewer in docs/images
	$(BIN)/python tools/documentation_images.py

# Zig links against an old glibc, which the system's linker cannot. The sdist is unpacked where its path says nothing, for
# the bill of materials names it; its tests are those of packaging, held to this wheel.
WHEEL_PLACE := $(or $(TMPDIR),/tmp)/hepadose-wheel
wheel: $(STAMPS)/extension $(STAMPS)/dev ## dist/: the sdist, and from it the wheel for Linux from glibc 2.28 on, tested
	$(PIP) install --group wheel
	rm -rf dist $(WHEEL_PLACE)
	$(BIN)/maturin sdist --out dist
	mkdir -p $(WHEEL_PLACE) && tar -xzmf dist/hepadose-*.tar.gz -C $(WHEEL_PLACE) --strip-components 1
	cd $(WHEEL_PLACE) && PATH="$(CURDIR)/$(BIN):$$PATH" CARGO_TARGET_DIR="$${CARGO_TARGET_DIR:-$(CURDIR)/target}" \
	  maturin build --release --locked --zig --compatibility manylinux_2_28 --out $(CURDIR)/dist
	rm -rf $(WHEEL_PLACE)
	HEPADOSE_WHEEL="$$(echo dist/hepadose-*.whl)" HEPADOSE_GLIBC=2.28 $(BIN)/python -m pytest \
	  tests/python/test_packaging.py tests/python/test_extras.py tests/python/test_new_user.py

licences: $(STAMPS)/venv ## THIRD-PARTY-LICENSES.txt, after a change of Cargo.lock
	$(BIN)/python tools/third_party.py

clean: ## remove everything that was built
	rm -rf $(VENV) target dist docs/_build

# The environment. A fresh Debian has no ensurepip and refuses plain pip; pip --python needs neither.
$(STAMPS)/venv:
	@command -v $(CARGO) >/dev/null || { echo "Rust 1.95 or newer is needed: cargo was not found." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11 ..." >&2; exit 1; }
	$(PYTHON) -m venv --without-pip --clear $(VENV)
	$(CONSTRAINTS) $(PYTHON) -m pip --python $(BIN)/python install --quiet pip
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/build: $(STAMPS)/venv constraints.txt pyproject.toml
	$(PIP) install --group build
	@touch $@

# Editable: changes in python/hepadose need no new build.
$(STAMPS)/extension: $(STAMPS)/build $(RUST_SOURCES)
	$(CONSTRAINTS) $(BIN)/maturin develop --release --locked --extras cli
	@touch $@

# Chromium for the tests of what a browser shows. Where it cannot be installed, those tests skip and say so.
$(STAMPS)/browser: tests/install_browser.sh | $(STAMPS)/venv
	tests/install_browser.sh
	@touch $@

# hepadose is installed already, so pip adds only what these extras and groups name.
$(STAMPS)/dev: $(STAMPS)/build | $(STAMPS)/extension
	$(PIP) install --group test --group lint --group docs "hepadose[cli,dicom,frame,images,notebook,pdf,plot,xarray]"
	@touch $@
