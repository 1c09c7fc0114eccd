# Each target sets up what it needs by itself.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
export VERSION SOURCE PACKAGE
ROWS ?=
FILES ?=
CALLS ?= 2000000
SEEDS ?= 10000
FIRST ?= 0
PYTHONS_HERE ?=
PYTHONS ?=

.PHONY: help hello safety exits fuzz memcheck test-debug test-all test test-portable test-installed conformance stress endure bench bench-all fetch regen check report rehearse dist wheels compat-table docs lint clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:[^#]*## /\t/'

# The environment is made anew when its description changes: the pinned library is part of it.
$(VENV)/ready: pyproject.toml codegen/versions.json codegen/distribution/build_hook.py
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --upgrade pip
	$(RUN) -m pip install --quiet --editable '.[dev]'
	touch $@

hello: $(VENV)/ready ## run the first program
	$(RUN) examples/hello.py

$(VENV)/bench: $(VENV)/ready
	$(RUN) -m pip install --quiet --editable '.[bench]'
	touch $@

bench: $(VENV)/bench ## measure us against the package `wasmtime` and write bench/RESULTS.md (ROWS=part of a row's name)
	$(RUN) -m bench --rows '$(ROWS)'

bench-all: $(VENV)/bench ## quick runs on every CPython of the machine, into bench/RESULTS.md
	$(RUN) -m bench --pythons

fetch: $(VENV)/ready ## fetch the crates, libraries and programs that the tests need
	$(RUN) -m codegen fetch

$(VENV)/docs: $(VENV)/ready
	$(RUN) -m pip install --quiet --editable '.[docs]'
	touch $@

docs: $(VENV)/docs ## build the docs into site/, strictly: open site/index.html (to search, python -m http.server -d site)
	$(RUN) -m docgen site

test: fetch $(VENV)/docs ## pass the whole suite, regeneration from the real headers included
	$(RUN) -m pytest

conformance: fetch ## run the official WebAssembly testsuite and write tests/conformance/RESULTS.md (FILES=part of a name)
	$(RUN) -m tests.conformance '$(FILES)'

test-portable: fetch $(VENV)/docs ## all that runs the two packages, on the path that leans on no detail of an interpreter
	WASMTIME_GEN_PORTABLE=1 $(RUN) -m pytest --ignore=tests/codegen --ignore=tests/packaging

test-installed: fetch ## the suite against the installed wheel, without the repository (PYTHONS='3.10 3.13'; default: all)
	$(RUN) -m tests.packaging.installed_suite $(PYTHONS)

stress: $(VENV)/ready ## millions of calls by re-entry, each result compared; some minutes (CALLS=2000000 of each kind)
	$(RUN) -m tests.api.reentry_stress '$(CALLS)'

endure: fetch ## a hundred real Ctrl-C in each kind of guest, a thousand runs of hostile programs; some minutes
	WASMTIME_GEN_SIGNALS=100 WASMTIME_GEN_RUNS=72 $(RUN) -m pytest -s tests/api/test_ctrl_c.py tests/api/test_run_hostile.py

safety: fetch ## misuse, exits and growth: each case in a process of its own; counts them
	$(RUN) -m tests.safety

exits: fetch ## a hundred exits with live objects everywhere; growth over 20,000 rounds of each path; some minutes
	for round in $$(seq 100); do $(RUN) -m tests.safety exits || exit 1; done
	WASMTIME_GEN_ROUNDS=20000 $(RUN) -m tests.safety growth

fuzz: fetch ## random programs over the whole API (SEEDS=10000 FIRST=0)
	$(RUN) -m tests.safety.fuzz $(SEEDS) $(FIRST)

memcheck: fetch ## valgrind over what is about memory and calls
	$(RUN) -m tests.safety.memcheck

test-debug: fetch ## with Python's debugging allocator, in development mode
	PYTHONMALLOC=debug $(RUN) -X dev -m pytest tests/api tests/safety

test-all: fetch ## the misuse suite on every CPython of the machine (PYTHONS_HERE='paths of others')
	$(RUN) -m tests.safety.everywhere $(PYTHONS_HERE)

regen: $(VENV)/ready ## write generated/ (VERSION=X.Y.Z moves the pin, SOURCE=crate reads a local one)
	$(RUN) -m codegen regen --version "$$VERSION" --source "$$SOURCE" --package "$$PACKAGE"
	test ! -e .git || git diff --stat generated/

check: $(VENV)/ready ## fail when generated/ is stale or was edited by hand
	$(RUN) -m codegen check

report: $(VENV)/ready ## how much of the C API is bound, excused, used and open
	$(RUN) -m codegen report

rehearse: $(VENV)/ready ## regenerate aside for every known version and test it against that library
	$(RUN) -m codegen rehearse

dist: $(VENV)/ready ## the sdist, and from it the wheel of this platform, into dist/
	$(RUN) -m build

wheels: $(VENV)/ready ## the wheels of all platforms, into dist/
	$(RUN) -m codegen wheels

compat-table: $(VENV)/ready ## write docs/compat_wasmtime.md: what of the package `wasmtime` wasmtime_gen.compat.wasmtime has
	$(RUN) -m tests.compat.coverage

lint: $(VENV)/bench $(VENV)/docs ## ruff and mypy --strict
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy codegen wasmtime_gen generated tests examples bench docgen

clean: ## remove what was built and fetched
	rm -rf $(VENV) .cache build dist site
