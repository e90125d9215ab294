#!/usr/bin/env bash
# Runs every figure of bench/ and prints it beside its goal. DATABASE_URL names the PostgreSQL to measure on.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$ROOT"
export PYTHONPATH="$ROOT:$ROOT/warnings"
shopt -s nullglob
for script in bench/bench_*.py; do
    say "$script"
    "$PY" "$script"
done
