# On a bare machine with Python 3.11 or newer, git and make: `make demo`. `make help` lists the rest.
# Python packages come from the hashed locks in requirements/ and from nowhere else; docs/adr/0003 says why.

PYTHON ?= python3
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
COMPILE_311 := $(COMPILE) --python-version 3.11

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench fuzz lock examples clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.core ## check the example PS-129 and show the report (installs what it needs into .venv)
	@$(BIN)/tallyproof demo --html out/demo

test: $(VENV)/.spark ## every test; as root on Debian it installs chromium, Java, Go, Node first, otherwise tests that need them skip
	@tools/system-packages install
	@PYTHON=$(PYTHON) tools/interop-clients
	@status=0; $(BIN)/python -m pytest -rs -n $(JOBS) --dist loadfile || status=$$?; tools/system-packages report; exit $$status

check: $(VENV)/.dev ## lint, format, types, import rules (no tests); goes on after a failure, so that one run shows all
	@failed=; \
	for what in "ruff check ." "ruff format --check ." mypy lint-imports; do \
		echo "== $$what"; $(BIN)/$$what || failed="$$failed [$$what]"; \
	done; \
	[ -z "$$failed" ] || { echo "FAILED:$$failed"; exit 1; }

format: $(VENV)/.dev ## write files as `make check` wants them
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev ## time `check` against the bare Polars limit, and the log against disk and signatures (minutes; docs/benchmarks.md)
	$(BIN)/python benchmarks/check.py --runs 3
	$(BIN)/python benchmarks/log.py

fuzz: $(VENV)/.dev ## ten minutes of broken inputs for every reader of logs, entries, forms and packages of them
	@$(PIP) --require-hashes -r requirements/fuzz.lock || echo "without atheris: only inputs near good ones"
	$(BIN)/python tests/fuzz/run.py --seconds 600

examples: $(VENV)/.core ## make the shipped examples again; git shows whether anything changed
	$(BIN)/python examples/make_ps129.py

lock: $(VENV)/.dev ## renew requirements/*.lock from pyproject.toml
	$(COMPILE_311) --upgrade pyproject.toml --group build -o requirements/core.lock
	$(COMPILE_311) --upgrade pyproject.toml --group build --group dev -c requirements/core.lock -o requirements/dev.lock
	$(COMPILE_311) --upgrade --group spark -c requirements/dev.lock -o requirements/spark.lock
	$(COMPILE_311) --upgrade requirements/fuzz.in -o requirements/fuzz.lock
	$(COMPILE) --upgrade --python-version 3.12 requirements/interop.in -o requirements/interop.lock

clean: ## remove .venv, caches and results
	rm -rf $(VENV) .interop build dist out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache spark-warehouse

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "tallyproof needs Python 3.11 or newer: make PYTHON=python3.11 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "on Debian and Ubuntu: apt-get install python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/.core: requirements/core.lock pyproject.toml | $(VENV)/bin/python
	@$(PIP) --require-hashes -r requirements/core.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.core
	@$(PIP) --require-hashes -r requirements/dev.lock
	@touch $@

$(VENV)/.spark: requirements/spark.lock $(VENV)/.dev
	@$(PIP) --require-hashes -r requirements/spark.lock
	@touch $@
