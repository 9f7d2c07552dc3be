# make serve   make the environment, install, index data/ and serve at http://127.0.0.1:8000/
# make test    make the environment with the development tools and run every check and test
# make check   the checks alone            make format   put the code into shape
# make bench   the benchmarks              make clean    remove what was made (never data/)

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
DATA ?= data
INDEX ?= index
VENV := .venv
BIN := $(VENV)/bin

.PHONY: serve index test check format bench clean

serve: index
	@$(BIN)/disclosure-search serve --data "$(DATA)" --index "$(INDEX)" --host "$(HOST)" --port "$(PORT)"

# 3 means: finished, but some originals were skipped (`disclosure-search problems` lists them)
index: $(VENV)/installed
	@$(BIN)/disclosure-search index --data "$(DATA)" --index "$(INDEX)" || test $$? -eq 3

test: check $(VENV)/browser
	$(BIN)/pytest -n auto --dist loadfile --cov --cov-report=term

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

# The browser tests need Chromium. By hand they are skipped without it; CI=true installs it or fails.
$(VENV)/browser: | $(BIN)/python
	@if [ "$$CI" = true ] && ! { command -v chromium && command -v chromedriver; } >/dev/null; then \
	  sudo=$$(test "$$(id -u)" -eq 0 || echo sudo); \
	  $$sudo apt-get update -q && $$sudo apt-get install -y -q chromium chromium-driver fonts-noto-cjk; fi
	@touch $@
