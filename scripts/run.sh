#!/usr/bin/env bash
# Serves the system on 127.0.0.1:PORT with its clocks running: web, worker, beat, sweep and a private Redis.
# PORT=8000  DEMO_PASSWORD=…  DEMO_DATA=1  DATABASE_URL=…  CELERY_BROKER_URL=…  VAR_DIR=…
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$ROOT"
umask 077  # the database and the logs are for this user only
mkdir -p "$VAR_DIR/log"

PORT="${PORT:-8000}"
RUN_DIR="$(run_dir)"
LOG_DIR="$VAR_DIR/log"
export RUN_DIR LOG_DIR VENV BIND="127.0.0.1:$PORT" RUN_USER; RUN_USER="$(id -u)"
export DJANGO_SETTINGS_MODULE="${DJANGO_SETTINGS_MODULE:-yangcheng_ec.settings.embedded}"
export SITE_URL="${SITE_URL:-http://$BIND}"

only_one() {
    exec 9>"$RUN_DIR/lock"
    flock -n 9 || die "already running from this folder / 系统已在本目录运行（$RUN_DIR）"
    "$PY" - "$PORT" <<'PYTHON' || die "port $PORT is in use; choose another with PORT=… / 端口 $PORT 已被占用，请用 PORT=… 另选"
import socket, sys
with socket.socket() as probe:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("127.0.0.1", int(sys.argv[1])))
    except (OSError, OverflowError, ValueError):
        sys.exit(1)
PYTHON
}

choose_broker() {
    export WITH_REDIS=false WITH_CELERY=true
    if [ -n "${CELERY_BROKER_URL:-}" ]; then return; fi
    if command -v redis-server >/dev/null; then
        WITH_REDIS=true
        export CELERY_BROKER_URL="redis+socket://$RUN_DIR/redis.sock"
    else
        WITH_CELERY=false
        warn "no redis-server: the sweep loop alone runs the clocks / 未找到 redis-server，时限仅由巡检进程驱动"
    fi
}

# The demo accounts share one password: given, or made once, shown once and kept where only this user can read it.
demo_password() {
    local file="$VAR_DIR/demo_password"
    PASSWORD_NOTE="kept in / 保存在 $file"
    if [ -n "${DEMO_PASSWORD:-}" ]; then
        PASSWORD_NOTE="as given by DEMO_PASSWORD / 由 DEMO_PASSWORD 指定"
    elif [ -s "$file" ]; then
        DEMO_PASSWORD="$(cat "$file")"
    else
        DEMO_PASSWORD="$("$PY" -c 'import secrets; print(secrets.token_urlsafe(9))')"
        (umask 077; printf '%s\n' "$DEMO_PASSWORD" >"$file")
        PASSWORD_NOTE="$DEMO_PASSWORD   ($PASSWORD_NOTE)"
    fi
    export DEMO_PASSWORD
}

wait_until_served() {
    local tries=0
    until "$PY" -c "import urllib.request as r; r.urlopen('http://$BIND/healthz', timeout=2)" 2>/dev/null; do
        kill -0 "$SUPERVISOR" 2>/dev/null || return 1
        tries=$((tries + 1)); [ "$tries" -lt 60 ] || return 1
        sleep 0.3
    done
}

stop() {
    trap '' INT TERM
    printf '\n'; say "stopping / 正在停止…"
    kill -TERM "$SUPERVISOR" 2>/dev/null || true
    wait "$SUPERVISOR" 2>/dev/null || true
    say "stopped; everything is kept in $VAR_DIR / 已停止，数据保存在 $VAR_DIR"
    exit 0
}

only_one
choose_broker
demo_password
say "preparing the database / 准备数据库、预案与演示账号…"
# In the background, so that a signal is answered at once; the kernel then ends the child too.
trap 'exit 130' INT TERM HUP
setpriv --pdeathsig TERM "$PY" scripts/prepare.py 9>&- </dev/null &
wait $! || die "the database could not be prepared / 数据库准备失败"
setpriv --pdeathsig TERM "$VENV/bin/supervisord" -c deploy/supervisord.conf 9>&- </dev/null &
SUPERVISOR=$!
trap stop INT TERM HUP
wait_until_served || { tail -n 20 "$LOG_DIR/web.log" >&2 || true; warn "the web process does not answer yet / 网页服务尚未就绪，见 $LOG_DIR"; }
say "阳城县应急指挥系统 is served at / 已启动：  http://$BIND/"
say "log in as / 登录账号：duty（值班员）、office、commander、unit_gongan …（README）"
say "demo password / 演示密码：  $PASSWORD_NOTE"
say "logs / 日志：$LOG_DIR    stop / 停止：Ctrl-C"
wait "$SUPERVISOR" || true
die "the supervisor ended; see $LOG_DIR/supervisord.log / 监管进程已退出"
