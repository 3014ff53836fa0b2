# Two commands for a newcomer: `make quickstart` and `make test`; `make check` while working.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: quickstart test check check-models check-others lint clean

quickstart: $(VENV)/installed
	$(BIN)/isoglot quickstart

test: $(VENV)/installed-test
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --durations=25

# Tests in two processes, each of which imports only what its half needs: torch takes seconds to import.
MODELS := $(addprefix tests/,attach consistency models objectives probe quickstart representation)
UNIT := $(BIN)/python -m pytest -q -m "not training and not browser" --durations=5

check: $(VENV)/installed-dev
	$(MAKE) --keep-going --jobs=3 $(if $(filter output-sync,$(.FEATURES)),--output-sync) lint check-models check-others

check-models:
	$(UNIT) $(MODELS)

check-others:
	$(UNIT) $(addprefix --ignore=,$(MODELS))

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
