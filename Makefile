# Copyright (c) 2026, the dataops.huaweicloud project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The first Python >= 3.11 that works. A shim of pyenv can exist and exit with 127.
PYTHON = $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys, ensurepip, ssl, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
LINT = formatters codeqa yamllint typing antsibull-nox-config docs-check license-check extra-checks ansible-lint

.PHONY: help check python demo simulator bench docs test lint unit sanity integration hostile operations keystone conformance package release-check clean

help:
	@echo 'make check          format the code, then run the linter, the type checker and the unit tests; takes seconds'
	@echo 'make demo           stop one job in each service of the simulator, twice'
	@echo 'make simulator      run the simulator until you interrupt it'
	@echo 'make bench          measure the collection on the simulator, for docs/figures.md; takes five minutes'
	@echo 'make docs           build the documentation site: build/docs/index.html'
	@echo 'make test           run all tests, with the oldest and the newest ansible-core'
	@echo '                    parts: make lint, unit, integration, hostile, operations, keystone, conformance, sanity, package'
	@echo 'make release-check  run the checks of docs/checklists.md, on every supported ansible-core'
	@echo 'make clean          remove everything that these commands have created'

python:
	@test -n '$(PYTHON)' || { echo 'No Python 3.11 or later with the venv module was found in PATH. Install one.' >&2; exit 1; }

.venv/installed: requirements.txt tests/requirements/simulator.txt | python
	@echo 'Creating .venv'
	@$(PYTHON) -m venv --clear .venv
	@.venv/bin/python -m pip --disable-pip-version-check install -qq ansible-core -r requirements.txt -r tests/requirements/simulator.txt
	@touch $@

demo: .venv/installed
	@.venv/bin/python -m tests.demo

simulator: .venv/installed
	@.venv/bin/python -m tests.demo --serve

.venv/bench: .venv/installed tests/requirements/bench.txt
	@.venv/bin/python -m pip --disable-pip-version-check install -qq -r tests/requirements/bench.txt
	@touch $@

bench: .venv/bench
	@.venv/bin/python -m tests.bench

docs: python
	@$(PYTHON) tests/tools/run_all.py docsite

check: python
	@$(PYTHON) tests/tools/run_all.py --check

test: python
	@$(PYTHON) tests/tools/run_all.py

lint: python
	@$(PYTHON) tests/tools/run_all.py $(LINT)

release-check: python
	@version=$$(sed -n 's/^version: //p' galaxy.yml) && grep -q "^  $$version:$$" changelogs/changelog.yaml \
		|| { echo "The changelog has no entry for version $$version of galaxy.yml: run antsibull-changelog release." >&2; exit 1; }
	@$(PYTHON) tests/tools/run_all.py package unit sanity integration docsite $(LINT)

unit sanity integration hostile operations keystone conformance package: python
	@$(PYTHON) tests/tools/run_all.py $@

clean:
	rm -rf build .ansible .cache .coverage* .hypothesis .mypy_cache .nox .pytest_cache .ruff_cache .venv tests/output *.tar.gz
	find . -name __pycache__ -prune -exec rm -rf {} +
