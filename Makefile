# Two commands: `make demo` runs the main job, `make test` passes the tests. Both set themselves up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test setup setup-test lint unit clean help

help:
	@echo "make demo   start the demonstration hospital and print its address"
	@echo "make test   lint, types, import contracts and all tests"

setup:
	@sh scripts/setup.sh demo

setup-test:
	@sh scripts/setup.sh test

demo: setup
	@$(BIN)/mdps demo

test: setup-test lint unit

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit:
	$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder

clean:
	rm -rf $(VENV) build dist *.egg-info
