# Two commands for a newcomer: `make quickstart` and `make test`; `make check` while working.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: quickstart test check lint clean

quickstart: $(VENV)/installed
	$(BIN)/isoglot quickstart

test: $(VENV)/installed-test
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --durations=25

check: lint
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not training and not browser" --durations=5

lint: $(VENV)/installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[all]'
	touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	touch $@

$(VENV)/installed-dev: $(VENV)/installed-test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) dist build quickstart
