#!/usr/bin/env bash
# Runs the tests: three at a time (two cores, and browsers wait much), those that start browsers or processes one after
# the other in a group of their own.
# DATABASE_URL chooses PostgreSQL; COVERAGE=1 measures and holds the floor of pyproject.toml; PYTEST_WORKERS=0 is serial.
# The tables of the test database are made from the models (--no-migrations): half a minute less for each of three
# workers; systems that tests start are migrated, and tests/test_setup.py holds both schemas to be the same.
# What follows on the command line goes to pytest.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

export DJANGO_SETTINGS_MODULE=yangcheng_ec.settings.testing
options=(-p tests.serial --no-migrations)
workers="${PYTEST_WORKERS:-3}"
[ "$workers" = 0 ] || options+=(-n "$workers" --dist loadgroup)
[ "${COVERAGE:-0}" != 1 ] || options+=(--cov --cov-report=term:skip-covered)
exec "$PY" -m pytest -q "${options[@]}" "$@"
