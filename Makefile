# Everything runs in .venv, which `make setup` creates and every target brings up to date.
# `make PYTHON=python3.12` chooses the interpreter, `make TORCH=torch` another torch.
PYTHON ?= python3
VENV ?= .venv
TORCH ?= torch==2.13.0
# Where the data sets lie, for the tests too.
BRIDGENET_DATA ?= ../shared/data

BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.DELETE_ON_ERROR:
.PHONY: help setup demo bench evaluate test train-smoke check lint format docs colcon clean

help:
	@echo 'make setup   install everything into $(VENV)'
	@echo 'make demo    render, play, super-resolve and measure; see demo_output/'
	@echo 'make bench   measure networks, pipeline and node into benchmarks/results.csv'
	@echo 'make evaluate  the table of every trained weight file, on the data of BRIDGENET_DATA'
	@echo 'make test    run the tests'
	@echo 'make train-smoke  overfit four patches, resume a run'
	@echo 'make check   formatting, lint, types, import layers and tests'
	@echo 'make format  format the code'
	@echo 'make docs    write config/sr.yaml, and the tables of docs/interface.md, performance.md'
	@echo 'make colcon  build and test with colcon in a temporary workspace'
	@echo 'make clean   remove build outputs and caches'

setup: $(INSTALLED)

# torch first and by itself: a later install then keeps the build that is there, which may be a
# CPU build or a vendor's, in place of the newest one with its CUDA packages.
$(INSTALLED): setup.py setup.cfg .ci/extras.py
	$(PYTHON) .ci/extras.py --check
	$(PYTHON) -m venv $(if $(ROS_DISTRO),--system-site-packages) $(VENV)
	@echo 'Installing into $(VENV); the first time takes some minutes.'
	$(BIN)/python -c 'import torch' 2>/dev/null || $(BIN)/pip install --quiet '$(TORCH)'
	$(BIN)/pip install --quiet --editable ".[$$($(BIN)/python .ci/extras.py)]"
	@touch $@

demo: setup
	$(BIN)/bridgenet demo

bench: setup
	$(BIN)/bridgenet benchmark --all --seconds 60 --ledger benchmarks/results.csv
	$(BIN)/bridgenet benchmark --update .

EVALUATED = $(addprefix $(BRIDGENET_DATA)/,nyu_v2_eval middlebury2005_eval)
MEAN_DEPTH = $(BRIDGENET_DATA)/nyu_v2_train

evaluate: $(EVALUATED) $(MEAN_DEPTH) setup
	$(BIN)/bridgenet evaluate $(EVALUATED) --shipped --mean-depth $(MEAN_DEPTH)

$(EVALUATED) $(MEAN_DEPTH):
	$(error $@ is absent; expected the data sets in a folder that BRIDGENET_DATA names)

# One process a part: the native runtimes that one part loads cannot disturb another.
TEST_PARTS = $(filter-out test/support/ test/__pycache__/,$(sort $(wildcard test/*/))) 'test/test_*.py'

test: setup
	set -e; for part in $(TEST_PARTS); do $(BIN)/pytest $$part; done

train-smoke: setup
	$(BIN)/pytest test/training/test_train_smoke.py

check: lint test

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: setup
	$(BIN)/bridgenet params --update .
	$(BIN)/bridgenet benchmark --update .

colcon: setup
	PATH="$(abspath $(BIN)):$$PATH" .ci/colcon_check.sh

clean:
	rm -rf build install log dist *.egg-info .coverage
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
