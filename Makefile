# Two commands matter: `make demo` shows the sample business, `make test` runs every test.
# Everything is installed into .venv, from pinned and hashed packages, once.

SHELL := /bin/sh
DB ?= data
PORT ?= 8501
LINES ?= 1000000
python := .venv/bin/python
installed := .venv/.installed

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check lint format sample bench screenshots readme texts lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

demo: $(installed) ## build the sample business and show it on http://localhost:8501
	$(python) -m etl demo --db "$(DB)" --port $(PORT)

test: $(installed) ## run every test
	$(python) -m pytest -n auto --maxprocesses 4 --dist worksteal

check: lint test ## format, lint, types, import rules, tests

lint: $(installed) ## format, lint, types, import rules
	$(python) -m ruff format --check .
	$(python) -m ruff check .
	$(python) -m mypy
	$(python) -c "from importlinter.cli import lint_imports_command as run; run()"

format: $(installed) ## format and mend what can be mended
	$(python) -m ruff format .
	$(python) -m ruff check --fix .

sample: $(installed) ## make sample_data again from its seed
	$(python) -m etl simulate sample_data

bench: $(installed) ## generate LINES order lines, refresh them, look at every page, and print seconds
	$(python) -m tests.benchmarks --lines $(LINES) --pages

screenshots: $(installed) ## take pictures of every page into screenshots, and those of the README
	$(python) -m tests.browser.screenshots

readme: $(installed) ## run the README's examples again and write what they print
	$(python) -m tests.readme

texts: $(installed) ## collect the dashboard's texts, and bring every language's file up to date
	$(python) -m dashboard.texts

lock: $(installed) ## resolve the dependencies again into requirements.lock
	$(python) -m uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-annotate --upgrade --quiet \
	    --custom-compile-command "make lock" --output-file requirements.lock

clean: ## remove the environment, caches and the demo's database
	rm -rf .venv data build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	rm -rf .hypothesis backorders.egg-info

# The stamp is written last, so that an interrupted installation is taken up again
# and a finished one needs no network.
$(installed): requirements.lock pyproject.toml
	@set -e; \
	if ! $(python) -m pip --version >/dev/null 2>&1; then \
	    for candidate in python3 python3.13 python3.12 python3.11; do \
	        if $$candidate -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
	            >/dev/null 2>&1; then found=$$candidate; break; fi; \
	    done; \
	    if [ -z "$$found" ]; then \
	        echo "error: no Python 3.11 or newer with venv was found" >&2; \
	        echo "  remedy: install it (Debian: apt-get install python3 python3-venv), then run make again" >&2; \
	        exit 1; \
	    fi; \
	    $$found -m venv --clear .venv; \
	fi
	@echo "Installing the pinned packages into .venv; this happens once."
	@$(python) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(python) -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@
