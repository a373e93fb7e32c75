# Every target builds .venv by itself, from the locked versions. See .ci/environment.
PY := .venv/bin/python
JOBS ?= 3
ARGS ?=
LOCKED := pyproject.toml uv.lock requirements.txt requirements-dev.txt .ci/environment

.DEFAULT_GOAL := help
.PHONY: help run test test-long lint format bench bench-full bench-peer snapshots peers lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@echo '  ARGS="..." is passed on: make run ARGS="--help", make test ARGS="-k transcript"'

run: .venv/.run ## open Penstock on this folder; needs no key
	@.venv/bin/penstock $(ARGS)

test: .venv/.dev peers ## all tests but the long ones
	$(PY) -m pytest -n $(JOBS) $(ARGS)

test-long: .venv/.dev peers ## all tests, with thousands of cuts, kills and examples
	PENSTOCK_LONG=1 $(PY) -m pytest -n $(JOBS) $(ARGS)

lint: .venv/.dev ## ruff, its formatter, pyright and the import contracts
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m pyright
	.venv/bin/lint-imports --no-cache

format: .venv/.dev ## let ruff put imports and layout right
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: .venv/.dev ## measure; writes bench/results/latest.json
	$(PY) -m bench $(ARGS)

bench-full: .venv/.dev ## measure all, with an hour of simulated use
	$(PY) -m bench --full $(ARGS)

bench-peer: .venv/.dev ## measure the store beside another program's, which is installed in your cache for it
	@$(PY) -m bench.peer && $(PY) -m bench peer $(ARGS)

snapshots: .venv/.dev ## draw the pictures under snapshots/ again; look at each before you commit it
	$(PY) -m pytest -n $(JOBS) --snapshot-update $(ARGS)

peers: ## install the independent servers that tests talk to (needs node)
	@.ci/peers

lock: ## resolve versions again: uv.lock and the requirements files exported from it (needs uv)
	uv lock --no-config --default-index https://pypi.org/simple
	uv export --frozen --quiet --no-header --no-emit-project -o requirements.txt
	uv export --frozen --quiet --no-header --no-emit-project --all-extras -o requirements-dev.txt

clean: ## remove .venv and caches
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis .import_linter_cache tests/peers/node_modules

.venv/.run: $(LOCKED)
	@.ci/environment run
	@touch $@

.venv/.dev: $(LOCKED)
	@.ci/environment dev
	@touch $@ .venv/.run
