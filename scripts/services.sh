# PostgreSQL and Redis for the tests: the machine's own when they answer, else private ones that end with the script.
# shellcheck shell=bash
# Sourced after lib.sh; sets POSTGRES_URL and REDIS_URL.
SERVICES_DIR=""
PG_BIN=""
PG_USER_PREFIX=()

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

services_dir() {
    [ -n "$SERVICES_DIR" ] || SERVICES_DIR="$(mktemp -d /tmp/yec-services.XXXXXX)"
}

may_create_databases() {
    "$PY" -c 'import psycopg2, sys; psycopg2.connect(sys.argv[1], connect_timeout=5)' "$1/postgres" 2>/dev/null
}

find_postgres() {
    PG_BIN="$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)"
    [ -n "$PG_BIN" ] && [ -x "$PG_BIN/initdb" ]
}

# PostgreSQL refuses to run as root: its own Debian user runs it then.
private_postgres() {
    find_postgres || {
        # shellcheck source=scripts/packages.sh
        . "$ROOT/scripts/packages.sh"
        mkdir -p "$VAR_DIR/log"
        local root; root="$(as_root)" || die "no PostgreSQL on 127.0.0.1:5432, and no right to install one"
        apt_install "$root" postgresql >"$VAR_DIR/log/apt.log" 2>&1 || die "could not install PostgreSQL, see $VAR_DIR/log/apt.log"
        find_postgres || die "PostgreSQL was installed but its programs are not in /usr/lib/postgresql"
    }
    services_dir
    if [ "$(id -u)" = 0 ]; then
        PG_USER_PREFIX=(setpriv --reuid=postgres --regid=postgres --init-groups)
        chown postgres "$SERVICES_DIR"
    fi
    local port=54329
    while answers "$port"; do port=$((port + 1)); done
    "${PG_USER_PREFIX[@]}" "$PG_BIN/initdb" -D "$SERVICES_DIR/pg" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
    "${PG_USER_PREFIX[@]}" "$PG_BIN/pg_ctl" -D "$SERVICES_DIR/pg" -w -l "$SERVICES_DIR/pg.log" \
        -o "-p $port -k $SERVICES_DIR -h 127.0.0.1 -c fsync=off" start >/dev/null
    POSTGRES_URL="postgres://postgres@127.0.0.1:$port"
}

start_services() {
    POSTGRES_URL="${CI_POSTGRES_URL:-postgres://postgres@127.0.0.1:5432}"
    may_create_databases "$POSTGRES_URL" || private_postgres
    may_create_databases "$POSTGRES_URL" || die "PostgreSQL does not answer on $POSTGRES_URL"
    REDIS_URL="${CI_REDIS_URL:-redis://127.0.0.1:6379/13}"
    if ! answers 6379; then
        services_dir
        redis-server --port 6379 --bind 127.0.0.1 --save "" --appendonly no --daemonize yes \
            --dir "$SERVICES_DIR" --pidfile "$SERVICES_DIR/redis.pid" >/dev/null
    fi
    say "PostgreSQL: $POSTGRES_URL   Redis: $REDIS_URL"
}

stop_services() {
    [ -n "$SERVICES_DIR" ] || return 0
    [ ! -f "$SERVICES_DIR/redis.pid" ] || kill "$(cat "$SERVICES_DIR/redis.pid")" 2>/dev/null || true
    [ ! -d "$SERVICES_DIR/pg" ] || "${PG_USER_PREFIX[@]}" "$PG_BIN/pg_ctl" -D "$SERVICES_DIR/pg" -m fast stop >/dev/null || true
    rm -rf "$SERVICES_DIR"
}
