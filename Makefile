# Every command of the project. A bare `make` lists them.
PYTHON ?= python3
RUN := .venv/bin/python
LOCAL := KAM_ENV=local
DEMO := $(LOCAL) KAM_DEMO=1 $(RUN) manage.py
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help up test lint types cases bench screenshots seed messages locks local dev clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: ## Start the portal with demo data: http://localhost:8000 (PORT, KAM_DATA_DIR, DATABASE_URL, REDIS_URL, KAM_DEMO=0)
	@$(PYTHON) bin/bootstrap.py up

test: dev ## Run all tests on real PostgreSQL, Redis and Chromium (ARGS="tests/goals -k attainment")
	@$(LOCAL) $(RUN) -m pytest -n auto --dist loadgroup $(ARGS)

lint: dev ## Check style, format, floors between apps, and that no migration is missing
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(LOCAL) .venv/bin/lint-imports
	@$(LOCAL) $(RUN) manage.py makemigrations --check --dry-run --verbosity 1

types: dev ## Check types, strictly
	@$(RUN) -m mypy .

cases: dev ## Evaluate worked cases of incentive rules in any folder of that schema (DIR=folder)
	@$(RUN) -m tests.cases $(if $(DIR),"$(DIR)")

bench: dev ## Measure each promised ratio in one run (ONLY=name for one)
	@$(LOCAL) KAM_DATA_DIR=.data/bench $(RUN) manage.py bench $(if $(ONLY),--only $(ONLY)) $(ARGS)

screenshots: dev ## Save every page as each demo person into .data/screenshots
	@$(DEMO) migrate --verbosity 0
	@$(DEMO) load_demo
	@$(DEMO) screenshots $(ARGS)

seed: local ## Load the demo company into an empty database
	@$(DEMO) migrate --verbosity 0
	@$(DEMO) load_demo $(ARGS)

messages: dev ## Collect texts for translation and compile the catalogues
	@$(LOCAL) $(RUN) manage.py messages $(ARGS)

locks: dev ## Resolve requirements/*.in anew into the locked lists
	@bin/lock

clean: ## Remove what the commands made, except your data in .data
	rm -rf .venv node_modules static/vendor .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .data/test

local:
	@$(PYTHON) bin/bootstrap.py local

dev:
	@$(PYTHON) bin/bootstrap.py dev
