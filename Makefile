# `make` lists what can be done. Each target installs what it needs into .venv, once.
# The same commands without make stand in CONTRIBUTING.md.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(shell command -v uv 2>/dev/null || \
            { $(PYTHON) -m uv --version >/dev/null 2>&1 && echo "$(PYTHON) -m uv"; })

ifneq ($(UV),)
CREATE  = $(UV) venv --quiet --clear --no-python-downloads --python "$$(command -v $(PYTHON))" $(VENV)
INSTALL = $(UV) pip install --quiet --python $(BIN)/python -c constraints.txt
else
CREATE  = $(PYTHON) -m venv --clear $(VENV)
INSTALL = $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt
endif

SECTION = @printf '\n== %s ==\n'

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check kernels lint types layers format data models notebooks pages docs bench constraints clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(BIN)/.core ## install, run the main job on the reference pack, print where the report is
	$(SECTION) "demo"
	@$(BIN)/competency demo --output runs/demo

test: $(BIN)/.dev ## install everything needed and run every check and every test, on all cores
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target check kernels
	$(SECTION) "tests, with branch coverage"
	@$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term

check: lint types layers ## the static checks of `make test`

kernels: $(BIN)/.dev ## compile the planner once, for all processes of the tests
	$(SECTION) "compiled kernels"
	@$(BIN)/competency doctor > /dev/null

lint: $(BIN)/.dev ## ruff: rules and format
	$(SECTION) "ruff check"
	@$(BIN)/ruff check .
	$(SECTION) "ruff format"
	@$(BIN)/ruff format --check .

types: $(BIN)/.dev ## mypy --strict
	$(SECTION) "mypy --strict"
	@$(BIN)/mypy

layers: $(BIN)/.dev ## import-linter: imports run one way
	$(SECTION) "layers"
	@$(BIN)/lint-imports

format: $(BIN)/.dev ## let ruff mend what it can
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

data: $(BIN)/.core ## make the synthetic cohort of the reference pack again
	@$(BIN)/python -m competency.simulate

models: $(BIN)/.dev ## fit levels and effects of the reference pack again, train and judge its ranker
	@$(BIN)/python -m competency.levels
	@$(BIN)/python -m competency.effects
	@$(BIN)/python -m competency.ranking

notebooks: $(BIN)/.dev ## run notebooks/*.py and write the paired .ipynb
	@$(BIN)/python notebooks/_execute.py

pages: $(BIN)/.core ## write the pages of docs/reference that are made from the code
	@$(BIN)/python docs/_generate.py

docs: pages $(BIN)/.docs ## the site, in site/
	@$(BIN)/mkdocs build --strict --quiet
	@echo "site/index.html"

bench: $(BIN)/.dev ## speed and quality, as ratios against peers
	@$(BIN)/python -m benchmarks.pipeline
	@$(BIN)/python -m benchmarks.levels
	@$(BIN)/python -m benchmarks.calibration
	@$(BIN)/python -m benchmarks.national
	@$(BIN)/python -m benchmarks.effects
	@$(BIN)/python -m benchmarks.ranking
	@$(BIN)/python -m benchmarks.regret
	@$(BIN)/python -m benchmarks.planning
	@$(BIN)/python -m benchmarks.distil
	@$(BIN)/python -m benchmarks.jcrec
	@$(BIN)/python -m benchmarks.direct

constraints: ## pin the newest versions that fit (needs uv)
	@test -n "$(UV)" || { echo "this needs uv. Hint: $(PYTHON) -m pip install uv"; exit 1; }
	@$(UV) pip compile --quiet --universal --no-header --no-annotate --python-version 3.11 \
	    --all-extras --upgrade pyproject.toml -o constraints.txt

clean: ## remove the environment, caches and runs
	rm -rf $(VENV) runs site build dist .coverage .hypothesis .import_linter_cache \
	    .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps: an installation is done again only when these two files change.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "competency needs Python 3.11 or newer. Hint: make PYTHON=python3.12 ..."; exit 1; }
	@echo "creating $(VENV) with $$($(PYTHON) --version)"
	@$(CREATE)

$(BIN)/.core: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing competency"
	@$(INSTALL) -e .
	@echo "compiling the planner"
	@$(BIN)/competency doctor > /dev/null
	@touch $@

$(BIN)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing competency[dev,train]"
	@$(INSTALL) -e ".[dev,train]"
	@touch $@ $(BIN)/.core

$(BIN)/.docs: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing competency[docs]"
	@$(INSTALL) -e ".[docs]"
	@touch $@ $(BIN)/.core
