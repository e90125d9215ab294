#!/usr/bin/env bash
# Makes a fresh Debian machine ready: packages, virtualenv, browser assets, fonts, static files.
# Usage: scripts/setup.sh [run|dev]    `dev` adds what the tests and checks need.
# Run again it returns within a second unless requirements, packages or this script changed.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/packages.sh
. "$ROOT/scripts/packages.sh"

PROFILE="${1:-run}"
case "$PROFILE" in run) REQUIREMENTS=requirements.txt ;; dev) REQUIREMENTS=requirements-dev.txt ;; *) die "usage: setup.sh [run|dev]" ;; esac
cd "$ROOT"
mkdir -p "$VAR_DIR/log"

fingerprint() {
    {
        cat requirements*.txt scripts/constraints.txt scripts/schemas.txt
        cat scripts/setup.sh scripts/packages.sh scripts/assets.sh scripts/schemas.sh
        stat -c '%Y %s' /var/lib/dpkg/status 2>/dev/null || true
        echo "$ROOT $VENV"; command -v redis-server || true
    } | sha256sum | cut -d' ' -f1
}

is_ready() {
    [ -x "$PY" ] && [ -d "$VAR_DIR/vendor/bootstrap" ] &&
        [ "$(cat "$VAR_DIR/setup.$PROFILE" 2>/dev/null)" = "$(fingerprint)" ]
}

python_packages() {
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || die "Python 3.11 or newer is needed / 需要 Python 3.11 及以上版本"
    # A folder that was moved or copied has scripts that point to the old place.
    if [ -x "$PY" ] && ! "$PY" -c 'import pip' 2>/dev/null; then rm -rf "$VENV"; fi
    [ -x "$PY" ] || { say "making the virtualenv / 创建 Python 虚拟环境"; python3 -m venv "$VENV"; }
    say "installing $REQUIREMENTS / 安装 Python 依赖"
    "$PY" -m pip install -q --no-input -r "$REQUIREMENTS" </dev/null ||
        die "could not install the Python packages / Python 依赖安装失败"
}

# The tests need the schemas; running, the system checks its warnings by its own rules without them (check W006).
xml_schemas() {
    scripts/schemas.sh || [ "$PROFILE" = run ] || die "the tests need the CAP and Atom schemas / 测试需要 CAP、Atom 的 XML Schema"
}

# Collects only when a source is newer than the last time.
static_files() {
    local stamp="$VAR_DIR/static/.collected" newest
    newest="$(find static "$VAR_DIR/vendor" requirements.txt -newer "$stamp" -print -quit 2>/dev/null || echo none)"
    if [ -f "$stamp" ] && [ -z "$newest" ]; then return; fi
    DJANGO_SETTINGS_MODULE=yangcheng_ec.settings.embedded \
        "$PY" manage.py collectstatic --noinput -v 0 >"$VAR_DIR/log/collectstatic.log" 2>&1 </dev/null ||
        { tail -n 15 "$VAR_DIR/log/collectstatic.log" >&2; die "collectstatic failed / 静态文件收集失败"; }
    touch "$stamp"
}

if ! is_ready; then
    ensure_packages "$PROFILE"
    scripts/assets.sh & assets=$!
    python_packages
    xml_schemas
    wait "$assets" || die "browser assets could not be set up / 前端资源准备失败"
    fingerprint >"$VAR_DIR/setup.$PROFILE"
fi
static_files
