# Everything runs in .venv, which is made when needed: nothing to activate, nothing to install first
# but Python 3.11, 3.12 or 3.13. Name one with `make PYTHON=/path/to/python3.12 ...`.

PYTHON ?=
JOBS ?=
UV ?= uv

export PYTHON
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP VIRTUAL_ENV

MAKEFLAGS += --no-print-directory
PY := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help env reproduce accept verify crosscheck site bench docs test lint format lab lock clean

help: ## what can be made
	@sed -n 's/^\([a-z]*\):[^#]*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

# The environment's own Python answers fastest; any other Python can mend or make it.
env: ## make or mend .venv (all others do this first)
	@for python in $(PYTHON) $(PY) python3.13 python3.12 python3.11 python3 python; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 4))' >/dev/null 2>&1; \
	  then $$python -I -S scripts/make_env.py; exit $$?; fi; \
	done; echo "No Python 3 found: install Python 3.11, 3.12 or 3.13, or name one:" \
	  "make PYTHON=/path/to/python3.12" >&2; exit 2

reproduce: env ## rerun everything from the data, compare with results/
	@$(PY) -m analysis reproduce $(if $(JOBS),--jobs $(JOBS))

accept: env ## rerun everything, then make it the committed results/
	@$(PY) -m analysis reproduce --accept $(if $(JOBS),--jobs $(JOBS))

verify: env ## rerun everything in a private place, say what is identical
	@$(PY) -m analysis verify $(if $(JOBS),--jobs $(JOBS))

crosscheck: env ## compute every pooled result again in R's metafor (needs R)
	@$(PY) -m analysis crosscheck

site: env ## make the website from the last run (build/site/index.html)
	@$(PY) -m analysis site

bench: env ## time it beside other programs, write docs/performance.md (minutes, on a quiet machine)
	@$(PY) -m benchmarks

docs: env ## renew the pages of docs/ that are made from results, after `make accept`
	@$(PY) scripts/measure_draft_check.py
	@$(PY) scripts/measure_checks.py
	@$(PY) scripts/write_how_we_could_be_wrong.py

lint: env ## style, formatting, types
	@$(PY) -m ruff check --quiet .
	@$(PY) -m ruff format --quiet --check . || { $(PY) -m ruff format --check .; exit 1; }
	@$(PY) -m mypy --no-error-summary

format: env ## put the code into the one format
	@$(PY) -m ruff check --quiet --fix .
	@$(PY) -m ruff format --quiet .

test: lint ## lint, then every test
	@$(PY) -m pytest -q -n auto --maxprocesses 4

lab: env ## open the notebooks in Jupyter Lab
	@$(PY) -m jupyter lab notebooks

lock: env ## renew requirements.lock (needs uv) and environment.yml from pyproject.toml
	@$(UV) pip compile pyproject.toml --quiet --group dev --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links \
	  --fork-strategy fewest -o requirements.lock
	@$(PY) scripts/make_environment_yml.py

clean: ## remove what was made: build/, .venv and caches
	@rm -rf build .build.* .results.* .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
