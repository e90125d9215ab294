#!/usr/bin/env bash
# Runs the tests: three at a time (two cores, and browsers wait much), those that start browsers or processes one after
# the other in a group of their own.
# DATABASE_URL chooses PostgreSQL; COVERAGE=1 measures and holds the floor of pyproject.toml; PYTEST_WORKERS=0 is serial.
# What follows on the command line goes to pytest.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

export DJANGO_SETTINGS_MODULE=yangcheng_ec.settings.testing
options=(-p tests.serial)
workers="${PYTEST_WORKERS:-3}"
[ "$workers" = 0 ] || options+=(-n "$workers" --dist loadgroup)
[ "${COVERAGE:-0}" != 1 ] || options+=(--cov --cov-report=term:skip-covered)
exec "$PY" -m pytest -q "${options[@]}" "$@"
