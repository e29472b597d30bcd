# Each target sets up what it needs. `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check
export PIP_NO_INPUT := 1

.PHONY: help demo test attacks lint labs bench clean
.DEFAULT_GOAL := help

help:  ## Show this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 8

demo: $(READY)  ## Watch four pushes to a real lab being trained, graded and reported
	@$(BIN)/pushmark-bot demo labs/gatecast-2-features --out demo

test: $(READY)  ## Run the tests and prove every lab (ARGS="-k name" runs those tests alone)
	@$(BIN)/python -m pytest -q -n auto --dist loadfile $(ARGS)
	@test -n "$(ARGS)" || $(MAKE) --no-print-directory labs

attacks: $(READY)  ## Grade the corpus of hostile and honest submissions and print what became of each
	@$(BIN)/python -m tests.attacks $(ARGS)

lint: $(READY)  ## Check format, style, types and the import rules
	@$(BIN)/ruff format --check -q . && $(BIN)/ruff check -q . && echo "ruff: clean"
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

# LABS=labs/NAME/lab.toml proves that one alone.
LABS := labs/*/lab.toml

labs: $(READY)  ## Prove every lab: solution, starter, honest ones and mutants
	@for lab in $(LABS); do $(BIN)/pushmark lab lint "$$(dirname "$$lab")" || exit 1; done

bench: $(READY)  ## Run the side-by-side measurements
	@for program in benchmarks/[a-z]*.py; do echo "$$program"; $(BIN)/python "$$program" || exit 1; done

clean:  ## Remove everything that make made, .venv included
	@rm -rf .venv demo dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# PyTorch comes first and alone: with it in place nothing asks for a larger build of it.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Pushmark needs Python 3.11 or newer: try make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
	  || { echo "Python's venv module is missing: sudo apt-get install python3-venv"; exit 1; }
	@echo "Setting up .venv (once; mostly downloads, a few minutes)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "  1 of 3  PyTorch"
	@$(PIP) install $$(grep '^torch==' constraints.txt)
	@echo "  2 of 3  DVC, MLflow, scikit-learn and the tools"
	@$(PIP) install -c constraints.txt -e '.[ml,serve,torch,bot,testing,dev]'
	@echo "  3 of 3  compiling"
	@$(BIN)/python -m compileall -q graders bot
	@touch $@
