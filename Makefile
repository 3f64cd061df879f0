# Everything a developer types. Each target can be run again at any time; what is done is not done twice.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
PEERS := .venv-peers/.installed
export UV_PYTHON_DOWNLOADS := never
export HAMILTON_AUTOLOAD_EXTENSIONS := 0

.PHONY: help setup pages demo test check bench docs lock clean

help:            ## say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

setup: $(STAMP) pages  ## make .venv, install what is pinned, compile the kernels once, build the pages

pages:           ## build web/ into the package, where something changed; without Node it says so and goes on
	@$(PYTHON) tools/web.py

$(STAMP): requirements.lock bootstrap.lock pyproject.toml tools/setup.py
	@$(PYTHON) tools/setup.py
	@touch $@

demo: setup      ## simulate a ride, a track session and a gym; report, train, replay live
	@$(BIN)/paceline demo -o demo

test: setup      ## all tests, with those on real files where PACELINE_DATA (or ../shared/data) is there
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile

check: setup     ## style, types, layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(PYTHON) tools/web.py --check

$(PEERS): benchmarks/peers.lock benchmarks/servers.lock bootstrap.lock tools/setup.py
	@$(PYTHON) tools/setup.py --peers
	@touch $@

bench: setup $(PEERS)  ## every benchmark beside its peer, a JSON line each
	@$(BIN)/python -m benchmarks --all

docs: setup      ## write the reference pages that come from the docstrings
	@$(BIN)/python -m paceline.measure.reference
	@$(BIN)/python -m paceline.serve.reference docs/reference
	@$(BIN)/python tools/pictures.py > /dev/null

lock:            ## resolve the dependencies anew; the old lock is deleted, since its forks would be kept
	@$(PYTHON) tools/setup.py --lock

clean:           ## forget what was installed and cached
	@rm -rf .venv .venv-peers .venv-servers .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache demo .venv-node web/node_modules src/paceline/serve/assets/dist
