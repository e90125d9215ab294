# 阳城县应急指挥系统. `make help` lists what there is.
SHELL := /bin/bash
PORT ?= 8000
export PORT
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test coverage check bench chaos logs clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: ## packages, virtualenv, fonts and browser assets for running (make run does this by itself)
	@scripts/setup.sh run

setup-dev: ## the same with what tests and checks need
	@scripts/setup.sh dev

run: setup ## serve on 127.0.0.1:PORT with the clocks running (PORT, DEMO_PASSWORD, DEMO_DATA=1, DATABASE_URL)
	@exec setpriv --pdeathsig TERM scripts/run.sh

test: setup-dev ## every test, browser tests included (SQLite; or DATABASE_URL=postgres://…; ARGS=… goes to pytest)
	@scripts/test.sh $(ARGS)

coverage: setup-dev ## the same tests on SQLite, measured, with the floor of pyproject.toml (twice the time)
	@COVERAGE=1 scripts/test.sh $(ARGS)

check: setup-dev ## lint, format, types, floors, templates, deploy checks, missing migrations
	@scripts/check.sh

bench: setup-dev ## print the figures (needs PostgreSQL: DATABASE_URL=postgres://…)
	@scripts/bench.sh

chaos: setup-dev ## only the tests that kill real processes
	@scripts/test.sh -m processes

logs: ## follow the logs of a running system
	@tail -n 20 -F $${VAR_DIR:-var}/log/*.log

clean: ## remove what was made, the database excepted
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage .coverage.* htmlcov
	rm -rf var/static var/setup.* var/log
