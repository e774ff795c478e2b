# Each target does all the set-up it needs: python3, git and make are enough.
PYTHON ?= python3
BIN := .venv/bin
IN_A_BROWSER := tests/views tests/test_docs.py tests/media/capture/test_browser_source.py
NPM := cd tests/node && PATH="$(CURDIR)/$(BIN):$$PATH" npm

# Tests start some thousand Python processes: none of them shall have to compile every library anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install demo test soak coverage check docs lab bench sample constraints oldest newest other-versions clean

install: .venv/installed

# The browser in which the live view is tested, from the system's packages; without it those tests say so.
.venv/browser:
	mkdir -p .venv
	command -v chromium >/dev/null || (apt-get -qq update && apt-get -qq install --yes chromium >/dev/null) \
		|| echo "No chromium here, and none could be installed: tests in a browser will be skipped."
	touch $@

# What a user needs, and no more.
.venv/notebook: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --constraint constraints.txt --editable ".[notebook]"
	touch $@

# With it what tests and checks need.
.venv/installed: .venv/notebook tests/node/package.json
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --constraint constraints.txt --editable ".[all]"
	$(NPM) install --omit=dev --silent --no-audit --no-fund
	touch $@

# The compiler and the linter that look at the page's JavaScript.
.venv/checkers: .venv/installed tests/node/package.json
	$(NPM) install --silent --no-audit --no-fund
	touch $@

demo: .venv/notebook
	$(BIN)/emotoolkit demo

# Three workers for two cores: half of the time a test waits for a process of its own.
test: install .venv/browser
	$(BIN)/python -m pytest -m "not soak" -n 3 --dist worksteal

# The slow runs, and every law on all of its examples.
soak: install .venv/browser
	$(BIN)/python -m pytest -m "soak or hypothesis" --hypothesis-profile thorough -s

# What the tests without a browser run of the package, in their own process: what only its child processes run counts
# as not run. Their share costs more time than it tells.
coverage: install
	$(BIN)/python -m pytest -m "not soak" -n 3 --dist worksteal --cov --cov-report=term:skip-covered \
		$(addprefix --ignore=,$(IN_A_BROWSER))

check: install .venv/checkers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.support.imports
	$(BIN)/codespell
	$(NPM) run --silent check

# The documentation's own tools, and no test tools. The pages are in site/; search needs a server of them:
# python3 -m http.server --directory site
.venv/docs: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --constraint constraints.txt --editable ".[docs]"
	touch $@

docs: .venv/docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --clean --quiet

lab: .venv/notebook
	$(BIN)/jupyter lab notebooks

bench: install
	$(BIN)/python -m bench

# Makes datasets/sample anew from the real material beside the repository.
sample: install
	$(BIN)/python datasets/make_sample.py

# The lowest versions that pyproject.toml allows, in an environment of their own: the demo, and the tests without a browser.
# Old libraries use what newer ones deprecate, which says nothing of our own code.
oldest:
	$(MAKE) --no-print-directory VERSIONS="--resolution lowest-direct $(WHEELS)" ENV=.venv-oldest \
		WARNINGS="-W default::DeprecationWarning -W default::PendingDeprecationWarning" other-versions

# The newest that there are for this Python.
newest:
	$(MAKE) --no-print-directory VERSIONS="--upgrade" ENV=.venv-newest other-versions

# The lowest version means: the lowest that comes as a wheel for this Python, where it would have to be compiled.
WHEELS := $(addprefix --only-binary ,atheris duckdb matplotlib numpy pandas psutil)
# What pyproject.toml asks for by name, as a pattern.
DIRECT = $(ENV)/bin/python -c 'import importlib.metadata as m, re; print("|".join(sorted({re.match(r"[\w-]+", each)[0] for each in m.requires("emotoolkit")})))'

# The Python is that of .venv: `make PYTHON=python3.13 clean oldest` takes another one.
other-versions: install
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(ENV)
	VIRTUAL_ENV=$(CURDIR)/$(ENV) $(BIN)/uv pip install --quiet $(VERSIONS) --editable ".[test]"
	@$(ENV)/bin/python --version
	@VIRTUAL_ENV=$(CURDIR)/$(ENV) $(BIN)/uv pip list 2>/dev/null | grep --extended-regexp --ignore-case "^($$($(DIRECT))) "
	$(ENV)/bin/emotoolkit demo --speed inf
	$(ENV)/bin/python -m pytest -m "not soak" -n 3 --dist worksteal $(WARNINGS) $(addprefix --ignore=,$(IN_A_BROWSER))

# Pins what is installed now; names no index.
constraints:
	VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip freeze --exclude-editable > constraints.txt

clean:
	rm -rf .venv .venv-oldest .venv-newest build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis tests/node/node_modules
