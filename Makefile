# Verbs of the project. A fresh Debian with python3, python3-venv, make and git is enough.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
export PATH := $(CURDIR)/.venv/bin:$(PATH)
DATA ?= $(or $(MINGJIAN_DATA),.run/data)
# Test files at once: most of them wait for clocks and disks, not for the processor, and on a small machine as well.
WORKERS ?= $(shell n=$$(nproc); [ $$n -gt 4 ] && echo $$n || echo 4)
SIDE_BY_SIDE = $(PYTHON) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# Every process of ours would read all sources again at each start: a quarter of a second each, and there are hundreds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test checks suite few console-whole screenshots soak bench bench-ingest bench-store bench-registry lint types imports unit integration browser client docs fix lock clean console \
	console-check wheel venv venv-dev packages packages-test

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

run: packages venv console  ## set up, build the console, start the platform with demonstration cameras
	@MINGJIAN_LOG__LEVEL=$${MINGJIAN_LOG__LEVEL:-warning} exec $(PYTHON) -m mingjian serve --demo --data $(DATA)

test: packages-test venv-dev console  ## all that CI runs
	@$(MAKE) --no-print-directory --jobs=3 --output-sync=target checks suite

# A make of its own: what tests say is shown while they run, what checks say when each is through.
suite:
	@$(MAKE) --no-print-directory --output-sync=none few

few:
	$(SIDE_BY_SIDE) -m "not soak and not breadth" tests/integration tests/e2e tests/unit

checks: console-whole types lint imports docs-check

# One after the other: the client is written where the console's checks read.
console-whole: console-check
	@scripts/client

unit: venv-dev  ## tests without sockets and databases
	$(PYTHON) -m pytest tests/unit

integration: packages-test venv-dev  ## tests with real sockets, processes, SQLite and PostgreSQL
	$(PYTHON) -m pytest -m "not soak" tests/integration

browser: packages-test venv-dev console  ## the console in a real Chromium against a real server
	$(PYTHON) -m pytest -m "not soak" tests/e2e

screenshots: packages-test venv-dev console  ## every page in both languages and tones, into .run/screenshots (20 minutes)
	$(PYTHON) -m tests.e2e.screenshots

soak: packages-test venv-dev console  ## more cases of what `make test` shows with a few, then long counts (an hour)
	@failed=0; \
	$(SIDE_BY_SIDE) -m "breadth and not soak" tests/integration tests/e2e tests/unit || failed=1; \
	$(SIDE_BY_SIDE) -m "soak and not quiet" tests || failed=1; \
	$(PYTHON) -m pytest -m quiet tests || failed=1; \
	exit $$failed

bench: packages-test venv-dev  ## performance, as ratios against ffmpeg in the same run
	$(PYTHON) -m bench

bench-ingest: packages-test venv-dev  ## two hundred cameras, datagrams, all of them gone and back (16 GB free, 20 minutes)
	$(PYTHON) -m bench --ingest

bench-store: venv-dev  ## a store of eight million segments: start, seeks, timelines (45 GB free, 20 minutes)
	$(PYTHON) -m bench --store

bench-registry: venv-dev  ## a registry of a hundred thousand channels: tree, search, import
	$(PYTHON) -m bench --registry

lint: venv-dev  ## ruff: rules and format
	@ruff check .
	@ruff format --check .

types: venv-dev  ## mypy --strict
	@mypy src tests scripts bench

imports: venv-dev  ## the architecture's import contracts
	@scripts/imports

docs: venv-dev  ## write the generated pages, check links
	@$(PYTHON) scripts/docs.py

docs-check: venv-dev
	@$(PYTHON) scripts/docs.py --check

client: venv-dev console  ## the console's API client is the one that the server's description makes
	@scripts/client

fix: venv-dev  ## mend what can be mended by machine
	-ruff check --fix .
	ruff format .
	cd web && npm run fix

lock: venv-dev  ## pin again, newest versions that fit requirements/*.in
	@scripts/lock

console: venv  ## build the console into src/mingjian/api/static
	@$(PYTHON) scripts/console.py

wheel: console  ## build dist/mingjian-*.whl, the console in it
	@$(PYTHON) scripts/wheel.py

console-check: console  ## lint, types and tests of the console
	@cd web && npm run --silent lint && npm run --silent types && npm run --silent test

venv:
	@python3 scripts/venv.py runtime

venv-dev:
	@python3 scripts/venv.py dev

packages:
	@scripts/packages run

packages-test:
	@scripts/packages test

clean:  ## remove what was built; data in .run stays
	rm -rf .venv web/node_modules web/dist src/mingjian/api/static .mypy_cache .ruff_cache .pytest_cache \
		.hypothesis .import_linter_cache .bench .test-results
