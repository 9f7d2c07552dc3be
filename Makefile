# make serve   make the environment, install, index data/ and serve at http://127.0.0.1:8000/
# make test    make the environment with the development tools and run every check and test
# make test-crash   a process that writes the index is killed a thousand times (three minutes), a whole run 250 times (ten)
# make test-axe   every page in every mode: accessibility and valid HTML (needs node and npm, which are no part of the project)
# make test-api   the site is served and asked thousands of requests that its description allows, and others
# make check   the checks alone            make format   put the code into shape
# make bench   the benchmarks              make clean    remove what was made (never data/)

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
DATA ?= data
INDEX ?= index
API_PORT ?= 8931
EXAMPLES ?= 30
VENV := .venv
BIN := $(VENV)/bin

# The release of Whoosh that is not ours, and the tests that know Whoosh's format: they run with both.
WHOOSH3 := 3.54.0
WHOOSH_TESTS := tests/test_engine_*.py tests/test_equal_whoosh.py tests/test_versus.py tests/test_evaluation.py \
  tests/test_damage.py

.PHONY: serve index test test-whoosh3 test-crash test-axe test-api check format bench clean

serve: index
	@$(BIN)/disclosure-search serve --data "$(DATA)" --index "$(INDEX)" --host "$(HOST)" --port "$(PORT)"

# 3 means: finished, but some originals were skipped (`disclosure-search problems` lists them)
index: $(VENV)/installed
	@$(BIN)/disclosure-search index --data "$(DATA)" --index "$(INDEX)" || test $$? -eq 3

test: check $(VENV)/browser $(VENV)/whoosh3/installed
	$(BIN)/pytest -n auto --dist loadfile --cov --cov-report=term
	@$(MAKE) --no-print-directory test-whoosh3

test-whoosh3: $(VENV)/developed $(VENV)/whoosh3/installed
	PYTHONPATH=$(CURDIR)/$(VENV)/whoosh3 DISCLOSURE_WHOOSH=$(WHOOSH3) DISCLOSURE_DAMAGES=5 \
	  $(BIN)/pytest -q -n auto --dist loadfile $(WHOOSH_TESTS)

test-api: index $(VENV)/developed
	DISCLOSURE_RATE=0 $(BIN)/disclosure-search serve --data "$(DATA)" --index "$(INDEX)" --port $(API_PORT) & \
	  trap "kill $$!" EXIT; $(BIN)/schemathesis run --wait-for-schema=60 --max-examples=$(EXAMPLES) --workers=1 \
	  http://127.0.0.1:$(API_PORT)/api/v1/openapi.json

test-crash: $(VENV)/developed
	DISCLOSURE_CRASHES=1000 $(BIN)/pytest -n 2 --dist loadfile -rA tests/test_killed.py tests/test_crash.py

test-axe: $(VENV)/developed $(VENV)/browser $(VENV)/axe/installed
	$(BIN)/pytest -n0 --no-cov -rA tests/test_accessibility.py

check: $(VENV)/developed
	$(BIN)/ruff format --check src tests
	$(BIN)/ruff check src tests
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/developed
	$(BIN)/ruff format src tests
	$(BIN)/ruff check --fix src tests

bench: $(VENV)/developed
	@echo "see tests/benchmarks/README.md"; ls tests/benchmarks/*.py

clean:
	rm -rf $(VENV) build dist .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# Debian keeps the venv module in a package of its own; it is installed where that is allowed, else named.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON): Python 3.11 or later is needed; name one with make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	  rm -rf $(VENV); \
	  echo "installing python3-venv"; \
	  sudo=$$(test "$$(id -u)" -eq 0 || echo sudo); \
	  { $$sudo apt-get update -q && $$sudo apt-get install -y -q python3-venv && $(PYTHON) -m venv $(VENV); } || { \
	    rm -rf $(VENV); echo "python3-venv: could not be installed; run: apt-get install python3-venv"; exit 1; }; }

$(VENV)/installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --retries 10 -e .
	@touch $@

$(VENV)/developed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --retries 10 -e '.[dev]'
	@touch $@ $(VENV)/installed

# Beside the environment and not in it: both releases bear one import name, and PYTHONPATH comes first.
$(VENV)/whoosh3/installed: Makefile | $(BIN)/python
	@rm -rf $(@D)
	$(BIN)/python -m pip install -q --disable-pip-version-check --retries 10 --no-deps \
	  --target $(@D) whoosh3==$(WHOOSH3)
	@touch $@

$(VENV)/axe/installed: Makefile | $(BIN)/python
	@mkdir -p $(@D)
	npm install --silent --no-fund --no-audit --prefix $(@D) axe-core@4 html-validate@10
	@touch $@

# The browser tests need Chromium. By hand they are skipped without it; CI=true installs it or fails.
$(VENV)/browser: | $(BIN)/python
	@if [ "$$CI" = true ] && ! { command -v chromium && command -v chromedriver; } >/dev/null; then \
	  sudo=$$(test "$$(id -u)" -eq 0 || echo sudo); \
	  $$sudo apt-get update -q && $$sudo apt-get install -y -q chromium chromium-driver fonts-noto-cjk; fi
	@touch $@
