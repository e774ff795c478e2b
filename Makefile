# Each target does all the set-up it needs: python3, git and make are enough.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: install demo test soak check lab bench sample constraints clean

install: .venv/installed

# The browser in which the live view is tested, from the system's packages; without it those tests say so.
.venv/browser:
	mkdir -p .venv
	command -v chromium >/dev/null || (apt-get -qq update && apt-get -qq install --yes chromium >/dev/null) \
		|| echo "No chromium here, and none could be installed: tests in a browser will be skipped."
	touch $@

.venv/installed: pyproject.toml constraints.txt tests/node/package.json
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --constraint constraints.txt --editable ".[all]"
	cd tests/node && PATH="$(CURDIR)/$(BIN):$$PATH" npm install --silent --no-audit --no-fund
	touch $@

demo: install
	$(BIN)/emotoolkit demo

test: install .venv/browser
	$(BIN)/python -m pytest -m "not soak" -n 2 --dist worksteal

soak: install .venv/browser
	$(BIN)/python -m pytest -m soak -s

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.support.imports

lab: install
	$(BIN)/jupyter lab notebooks

bench: install
	$(BIN)/python -m bench

# Makes datasets/sample anew from the real material beside the repository.
sample: install
	$(BIN)/python datasets/make_sample.py

# Pins what is installed now; names no index.
constraints:
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip freeze --exclude-editable > constraints.txt

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis tests/node/node_modules
