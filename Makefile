# Every target sets itself up: the first one that needs it makes .venv, from constraints.txt.
# .venv/run and .venv/test mark what it holds; they go out of date with the two files below.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
PINNED := --require-hashes --no-deps --only-binary :all:
DECLARED := pyproject.toml constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo test check hil oracles faults bench clean

help:
	@echo "make demo   run one lot on an emulated line; the report is left in out/demo"
	@echo "make test   run every test"
	@echo "make check  format, lint, types, imports, and the tests that need no second process"
	@echo "make hil    the tests of every tool of LINE=FILE at its own addresses; they only look without ARM=1"
	@echo "make oracles  other people's clients against the emulated instruments; writes docs/oracles.md"
	@echo "make faults  every fault of the catalogue at every tool and phase, for hours; SAMPLE=60 takes minutes"
	@echo "make bench  measure how fast things are"
	@echo "make clean  remove what the others made"
	@echo "PYTHON=...  which Python to make .venv with: 3.11, 3.12 or 3.13 (now $(PYTHON))"

demo: .venv/run
	@$(BIN)/linecontrol demo

test: .venv/test
	@$(BIN)/python -m pytest -n 2 -q

check: .venv/test
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy
	@$(BIN)/pyright --pythonpath $(BIN)/python
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -n 2 -q -m "not system and not hil"
	@echo ready

hil: .venv/test
	@LINE="$(LINE)" ARM="$(ARM)" ENDPOINTS="$(ENDPOINTS)" $(BIN)/python -m pytest tests/hil -q

oracles: .venv/run
	@$(BIN)/python -m oracles

faults: .venv/test
	@$(BIN)/python -m campaigns.faults $(if $(SAMPLE),--sample $(SAMPLE) --seed $(or $(SEED),0)) \
		$(foreach tool,$(TOOL),--tool $(tool))

bench: .venv/test
	@$(BIN)/python -m benchmarks

clean:
	@rm -rf .venv out build dist linecontrol.egg-info oracles/.environments
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
		|| { echo "$(PYTHON) is not Python 3.11, 3.12 or 3.13: name one with PYTHON=..." >&2; exit 2; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 2; }

.venv/run: $(DECLARED) | .venv/bin/python
	@echo "setting up .venv with what it takes to run (once; about a minute)"
	@sed '/^# to test/,$$d' constraints.txt > .venv/to-run.txt
	@$(PIP) install $(PINNED) -r .venv/to-run.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/test: .venv/run
	@echo "adding what it takes to test (once; about a minute)"
	@sed -e '1,/^# to test/d' -e '/^# for the other extras/,$$d' constraints.txt > .venv/to-test.txt
	@$(PIP) install $(PINNED) -r .venv/to-test.txt
	@touch $@
