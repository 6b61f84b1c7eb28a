# Needs make and Python 3.11 to 3.14, nothing else. Everything is installed into .venv, from hash-locked lists, once.
# ARGS goes to the program that a target runs: make up ARGS="--port 9000", make test ARGS="-k watchdog -x".

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
ARGS ?=
export PYTHON

.PHONY: up test kills check bench docs wheel lock clean

up: .venv/.runtime ## set up, run the service with three demo bots, and print the address to open
	@$(BIN)/styrman up $(ARGS)

test: .venv/.dev ## set up and run the tests; COVERAGE=1 measures which branches they take
	@$(BIN)/pytest -n 2 --dist worksteal $(if $(COVERAGE),--cov --cov-report=term:skip-covered) $(ARGS)

KILLS ?= 300
kills: .venv/.dev ## kill the service in mid-order, so often, and compare its books with the exchange's
	@STYRMAN_KILLS=$(KILLS) $(BIN)/pytest -n 2 tests/acceptance/test_kill_loop.py $(ARGS)

check: .venv/.dev ## lint, types, floors, and whether what is generated is in step
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m styrman.api.openapi | diff openapi.json -
	$(BIN)/python docs/generate.py --check

bench: .venv/.dev ## print one table: what we measure, beside its reference
	@$(BIN)/python -m bench $(ARGS)

docs: .venv/.docs ## build the site into site/
	$(BIN)/python docs/generate.py
	$(BIN)/mkdocs build --strict

wheel: .venv/.runtime ## build the wheel into dist/
	$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist

lock: .venv/.runtime ## resolve the newest versions into the lock files; the second and third follow the first
	$(BIN)/python -m venv build/lock
	build/lock/bin/python -m pip --quiet install uv
	$(COMPILE) --extra polars --output-file requirements.lock
	$(COMPILE) --extra polars --extra postgresql --extra otel --group dev --constraint requirements.lock --output-file requirements-dev.lock
	$(COMPILE) --group docs --constraint requirements.lock --output-file requirements-docs.lock
COMPILE = build/lock/bin/uv pip compile pyproject.toml --quiet --upgrade --universal --generate-hashes --no-strip-extras --no-emit-index-url --no-header \
	--python-version 3.11 --group build

clean: ## remove everything that can be made again
	rm -rf .venv build dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is as new as the list it was installed from. An environment whose Python is gone is made anew.
.venv/.runtime: requirements.lock pyproject.toml
	@python=$$(.ci/python) && { $(BIN)/python -c '' 2>/dev/null || { echo "Making .venv with $$python" && "$$python" -m venv --clear .venv; }; }
	@echo "Installing requirements.lock" && $(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev .venv/.docs: .venv/.%: requirements-%.lock .venv/.runtime
	@echo "Installing $<" && $(PIP) install --require-hashes -r $<
	@touch $@
