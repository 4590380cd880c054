# The only set-up there is: `make run` starts Regulens, `make test` checks it. Both install what they need first.

PYTHON ?= $(shell for p in python3.11 python3; do "$$p" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && echo "$$p" && break; done)
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable
WORKERS ?= 2

.PHONY: help run test benchmark bench openapi lock clean

help:
	@echo 'make run        install what is missing, start Regulens and print its address'
	@echo 'make test       install what is missing, run every check and every test'
	@echo 'make benchmark  measure speed and memory of this machine'
	@echo 'make bench      measure every goal of speed, name what moved and what is missed'
	@echo 'make openapi    write the description of the API to tests/contract/openapi.json'
	@echo 'make lock       write the installed versions to requirements.lock'
	@echo 'make clean      remove the virtual environment and all caches; data in .regulens stays'

run: $(VENV)/.installed
	@$(BIN)/python -m backend.launch

test: $(VENV)/.installed-test
	@echo '==> ruff check'
	@$(BIN)/ruff check
	@echo '==> ruff format --check'
	@$(BIN)/ruff format --check
	@echo '==> mypy'
	@$(BIN)/mypy
	@echo '==> lint-imports'
	@$(BIN)/lint-imports
	@echo '==> pytest, in parallel'
	@$(BIN)/python -m pytest --quiet -m 'not running_stack' --numprocesses $(WORKERS) --dist loadfile
	@echo '==> pytest, on the running stack'
	@$(BIN)/python -m pytest --quiet -m running_stack --numprocesses $(WORKERS) --dist loadfile

benchmark: $(VENV)/.installed-bench
	@$(BIN)/python -m benchmarks

bench: $(VENV)/.installed-bench
	@$(BIN)/python -m benchmarks.guard $(GOALS)

openapi: $(VENV)/.installed
	@$(BIN)/python -m backend.main > openapi.part && mv openapi.part tests/contract/openapi.json || { rm -f openapi.part; exit 1; }

lock: $(VENV)/.installed-bench
	@$(BIN)/python -m pip freeze --exclude-editable | sed -E '/^(nvidia-|triton)/d; s/\+cpu$$//' > requirements.lock
	@echo 'requirements.lock is written. torch has no "+cpu" there: pip chooses the build that the machine offers.'

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .artefacts

$(BIN)/python:
	@test -n '$(PYTHON)' || { \
	  echo 'Python 3.11 is needed and was not found as python3.11 or python3.'; \
	  echo 'Install it (Debian 12: apt install python3 python3-venv; macOS: brew install python@3.11),'; \
	  echo 'or name it: make run PYTHON=/path/to/python3.11'; exit 1; }
	@echo '==> Creating $(VENV) with $(PYTHON)'
	@'$(PYTHON)' -m venv $(VENV) || { \
	  rm -rf $(VENV); echo 'No virtual environment could be made. On Debian: apt install python3-venv'; exit 1; }

$(VENV)/.installed: pyproject.toml requirements.lock | $(BIN)/python
	@echo '==> Installing Regulens into $(VENV): about a minute the first time, more on a slow line'
	@$(INSTALL) .
	@touch $@

$(VENV)/.installed-test: pyproject.toml requirements.lock | $(BIN)/python
	@echo '==> Installing Regulens and its test tools into $(VENV)'
	@$(INSTALL) '.[test]'
	@touch $(VENV)/.installed $@

$(VENV)/.installed-bench: pyproject.toml requirements.lock | $(BIN)/python
	@echo '==> Installing Regulens and what its benchmarks need into $(VENV)'
	@$(INSTALL) '.[bench]'
	@touch $(VENV)/.installed $(VENV)/.installed-test $@
