#!/usr/bin/env bash
# Every check that needs no database. All of them run; the exit code says whether one failed.
set -uo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$ROOT"
BIN="$VENV/bin"
failed=()

step() {
    local name="$1" start=$SECONDS; shift
    if "$@"; then say "$name: ok ($((SECONDS - start)) s)"; else warn "$name: FAILED ($((SECONDS - start)) s)"; failed+=("$name"); fi
}

# Values of a deployment that is set up as it should be; nothing is connected to.
deploy_check() {
    env DJANGO_SETTINGS_MODULE=yangcheng_ec.settings.production ALLOWED_HOSTS=ec.yangcheng.invalid CAP_SENDER=check@yangcheng.example \
        SECRET_KEY="check-only-$(printf 'yangcheng%.0s' 1 2 3 4 5 6 7)" DATABASE_URL="postgres://nobody@127.0.0.1:1/none" \
        "$PY" manage.py check --deploy --fail-level WARNING
}

templates_lint() {
    local files
    files="$(find templates -name '*.html' -print -quit)"
    [ -z "$files" ] || "$BIN/djlint" templates --lint --quiet
}

migrations_complete() {
    env DJANGO_SETTINGS_MODULE=yangcheng_ec.settings.testing "$PY" manage.py makemigrations --check --dry-run -v 1
}

shell_syntax() {
    local script
    for script in scripts/*.sh .ci/run; do bash -n "$script" || return 1; done
}

step "ruff check" "$BIN/ruff" check .
step "ruff format" "$BIN/ruff" format --check .
step "mypy" "$BIN/mypy"
step "import-linter" env PYTHONPATH="$ROOT:$ROOT/warnings" "$BIN/lint-imports"
step "templates" templates_lint
step "check --deploy" deploy_check
step "makemigrations --check" migrations_complete
step "shell scripts" shell_syntax

[ "${#failed[@]}" = 0 ] || die "failed: ${failed[*]}"
say "make check: all good"
