# Each command is a script in scripts/ or one tool; CI calls the same.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo test check format docs bench soak changelog

help:  ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

demo:  ## run the demo site on http://127.0.0.1:8000 (PORT=8765, DATABASE_URL=postgresql://…)
	@$(PYTHON) scripts/demo.py

test:  ## run the tests (arguments for pytest: ARGS="tests/urls -k reverse")
	@$(PYTHON) scripts/test.py $(ARGS)

check:  ## lint, types, import contract
	@$(PYTHON) scripts/check.py

format:  ## format the code and fix what the linter can fix
	$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

bench:  ## compare with the limit and with peers, as ratios (makes .bench-venv)
	@$(PYTHON) scripts/bench.py $(ARGS)

soak:  ## long runs: bridge, transactions, SQLite writers, loop stalls, tasks and schedules under kills
	@$(PYTHON) scripts/soak.py $(ARGS)

changelog:  ## write changelog.d/ into CHANGELOG.md (VERSION=0.1.0)
	$(BIN)/towncrier build --yes --version $(VERSION)
