# Needs make and Python 3.11 to 3.14, nothing else. Everything is installed into .venv, from hash-locked lists, once. Node for building
# the dashboard comes the same way, and only when its sources changed; STYRMAN_SKIP_UI=1 does without.
# ARGS goes to the program that a target runs: make up ARGS="--port 9000", make test ARGS="-k watchdog -x".

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
ARGS ?=
export PYTHON
ifneq ($(STYRMAN_SKIP_UI),1)
UI := src/styrman/api/web/.fingerprint
UI_CHECK := ui-check
UI_SOURCES := openapi.json hatch_build.py $(shell find ui -mindepth 1 -not -path 'ui/node_modules*' -not -path 'ui/dist*')
endif

.PHONY: up test kills check ui-check bench docs screenshots wheel lock clean

up: .venv/.runtime $(UI) ## set up, run the service with three demo bots, and print the address to open
	@$(BIN)/styrman up $(ARGS)

test: .venv/.dev $(UI) ## set up and run the tests; COVERAGE=1 measures which branches they take
	@$(BIN)/pytest -n 2 --dist worksteal $(if $(COVERAGE),--cov --cov-report=term:skip-covered) $(ARGS)

KILLS ?= 300
kills: .venv/.dev ## kill the service in mid-order, so often, and compare its books with the exchange's
	@STYRMAN_KILLS=$(KILLS) $(BIN)/pytest -n 2 tests/acceptance/test_kill_loop.py $(ARGS)

check: .venv/.dev $(UI_CHECK) ## lint, types, floors, and whether what is generated is in step
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m styrman.api.openapi | diff openapi.json -
	$(BIN)/python docs/generate.py --check

ui-check: .venv/.node $(UI) ## the same of the dashboard: types, lint, tests, its weight, and whether its client is in step with openapi.json
	$(NPM) run --silent typecheck
	$(NPM) run --silent lint
	$(NPM) run --silent test
	$(NPM) run --silent budget ../$(dir $(UI))
	$(NPM) exec --no -- openapi-typescript ../openapi.json | diff ui/src/api/schema.d.ts -
NPM = $(BIN)/python hatch_build.py npm

bench: .venv/.dev ## print one table: what we measure, beside its reference
	@$(BIN)/python -m bench $(ARGS)

docs: .venv/.docs ## build the site into site/
	$(BIN)/python docs/generate.py
	$(BIN)/mkdocs build --strict

screenshots: .venv/.dev $(UI) ## take pictures of each page into docs/assets/screenshots/, with this machine's Chromium
	@PYTHONPATH=tests $(BIN)/python docs/screenshots.py

wheel: .venv/.runtime $(UI) ## build the wheel, dashboard included, into dist/
	$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist

lock: .venv/.runtime ## resolve the newest versions into the lock files; those for development and the site follow the first
	$(BIN)/python -m venv build/lock
	build/lock/bin/python -m pip --quiet install uv
	$(COMPILE) $(OURS) --extra polars --output-file requirements.lock
	$(COMPILE) $(OURS) --extra polars --extra postgresql --extra otel --group dev --constraint requirements.lock --output-file requirements-dev.lock
	$(COMPILE) $(OURS) --group docs --constraint requirements.lock --output-file requirements-docs.lock
	$(COMPILE) --group ui --output-file requirements-ui.lock
COMPILE = build/lock/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --no-strip-extras --no-emit-index-url --no-header --python-version 3.11
OURS = pyproject.toml --group build

clean: ## remove everything that can be made again
	rm -rf .venv build dist site src/styrman/api/web ui/node_modules ui/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is as new as the list it was installed from. An environment whose Python is gone is made anew.
.venv/.runtime: requirements.lock pyproject.toml
	@python=$$(.ci/python) && { $(BIN)/python -c '' 2>/dev/null || { echo "Making .venv with $$python" && "$$python" -m venv --clear .venv; }; }
	@echo "Installing requirements.lock" && $(PIP) install --require-hashes -r requirements.lock
	@STYRMAN_SKIP_UI=1 $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

src/styrman/api/web/.fingerprint: $(UI_SOURCES) | .venv/.runtime
	@$(BIN)/python hatch_build.py is-fresh || $(MAKE) --no-print-directory .venv/.node
	@$(BIN)/python hatch_build.py is-fresh || { echo "Building the dashboard" && $(BIN)/python hatch_build.py build; }
	@touch $@

.venv/.node: requirements-ui.lock .venv/.runtime
	@echo "Installing Node into .venv" && $(PIP) install --require-hashes -r requirements-ui.lock
	@touch $@

.venv/.dev .venv/.docs: .venv/.%: requirements-%.lock .venv/.runtime
	@echo "Installing $<" && $(PIP) install --require-hashes -r $<
	@touch $@
