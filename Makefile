# One door to everything. `make` alone prints what there is; every target sets up what it needs first.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh
PYTHON ?=

# A caller's Python settings must not leak into the project's own environment; Persian must print in any locale.
unexport PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONUTF8 := 1

BIN := .venv/bin
LOCKS := requirements.lock requirements-dev.lock
# The environment belongs to these exact locks in this folder. The file named after them is written last,
# so an environment that was interrupted, moved or made from other locks is made again.
KEY := $(shell { pwd; cat $(LOCKS); } | cksum | tr ' ' '-')
ENVIRONMENT := .venv/made-from-$(KEY)
INSTALLED := .venv/project-installed

.PHONY: help
help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  PYTHON=/path/to/python3.12 chooses the interpreter of a new environment (3.11 to 3.13)."

.PHONY: setup
setup: $(INSTALLED) ## make .venv from the lock files and install the project into it

.PHONY: demo
demo: $(INSTALLED) ## run the main job on embedded defaults and tell its story
	@$(BIN)/training demo

.PHONY: test
test: $(INSTALLED) ## pass all tests, on real RabbitMQ and PostgreSQL
	@$(BIN)/python -m tests.run

.PHONY: unit
unit: $(INSTALLED) ## pass the unit tests alone: seconds, no network
	@$(BIN)/python -m tests.run unit

.PHONY: lint
lint: $(INSTALLED) ## check style, format, types, and the alert rules where promtool is installed
	@failed=0; \
	for check in 'ruff check .' 'ruff format --check .' mypy; do \
		echo "$$check"; $(BIN)/$$check || failed=1; \
	done; \
	if command -v promtool >/dev/null; then \
		promtool check config ops/prometheus/prometheus.yml || failed=1; \
		promtool test rules ops/prometheus/tests/*.yml || failed=1; \
	else \
		echo "promtool is not installed here: the alert rules were read (tests/unit/ops), not run"; \
	fi; \
	exit $$failed

.PHONY: format
format: $(INSTALLED) ## put the code into its one format and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: bench
bench: $(INSTALLED) ## measure, print a table, write bench/results/latest.json
	@$(BIN)/python -m bench

.PHONY: up
up: $(INSTALLED) ## run all four services until Ctrl-C
	@$(BIN)/training up

.PHONY: docs
docs: $(INSTALLED) ## write the generated pages of docs/ again
	@$(BIN)/training docs

.PHONY: lock
lock: ## resolve the lock files again (needs uv: pip install uv)
	@sh ops/python/lock.sh

.PHONY: clean
clean: ## remove the environment, caches and the embedded mode's data
	rm -rf .venv var build .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(ENVIRONMENT):
	@python=$$(PYTHON='$(PYTHON)' sh ops/python/find.sh) || exit 1; \
	echo "Setting up .venv with $$("$$python" --version) (once; takes a minute or two)"; \
	rm -rf .venv && "$$python" -m venv .venv
	@$(BIN)/python -m pip install --quiet --no-input --require-hashes $(LOCKS:%=-r %)
	@touch $@

$(INSTALLED): $(ENVIRONMENT) pyproject.toml
	@$(BIN)/python -m pip install --quiet --no-input --no-deps --no-build-isolation --editable .
	@touch $@
