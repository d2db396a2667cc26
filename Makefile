# The commands of this project. `make help` lists them. Nothing is installed outside .venv, except by `make test`,
# which may install Debian packages of real servers when it is allowed to.
SHELL := /bin/sh
PYTHON ?= $(shell sh tools/find_python.sh)
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.installed-run
DEV_STAMP := $(VENV)/.installed-dev

.DEFAULT_GOAL := help
.PHONY: help run test check bench format clean unit fuzz simulate

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

run: $(RUN_STAMP) ## install what is needed, migrate the database, start everything (config.toml)
	@$(BIN)/python -m intake run

test: $(DEV_STAMP) ## all tests, with real servers (installs Dovecot and PostgreSQL with apt where it may)
	@sh tools/install_servers.sh
	@$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder

unit: $(DEV_STAMP) ## the tests that need neither disk nor network
	@$(BIN)/python -m pytest tests/unit

check: $(DEV_STAMP) ## lint, format, types and import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: $(DEV_STAMP) ## how fast: letters a second against the bare loop, cost by stage
	@sh tools/install_servers.sh
	@$(BIN)/python -m tests.bench
	@$(BIN)/python -m tests.bench.reading
	@$(BIN)/python -m tests.bench.attachments

APPLICANTS ?= 300
SEED ?= 1
simulate: $(DEV_STAMP) ## a day of simulated applicants against real servers (APPLICANTS=300, SEED=1, DEFECT=skip_commit|double_reply|lost_letter)
	@sh tools/install_servers.sh
	@$(BIN)/python -m tests.simulate --applicants $(APPLICANTS) --seed $(SEED) $(if $(DEFECT),--defect $(DEFECT))

SECONDS ?= 60
fuzz: $(DEV_STAMP) ## spoil letters at random and read them (SECONDS=60, SEED=a run to repeat): nothing may fail or take long
	@$(BIN)/python -m tests.fuzz --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

format: $(DEV_STAMP) ## bring the code into its usual form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean: ## remove the virtual environment and caches (the database in var/ stays)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info build

$(VENV)/bin/python:
	@sh tools/make_venv.sh "$(PYTHON)" $(VENV)

$(RUN_STAMP): requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the desk needs (once, a minute or two) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(RUN_STAMP)

$(DEV_STAMP): requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(DEV_STAMP)
