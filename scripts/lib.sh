# Shared by the scripts of this folder: where things are, and how to speak.
# shellcheck shell=bash
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export VAR_DIR="${VAR_DIR:-$ROOT/var}"
VENV="${VENV:-$ROOT/.venv}"
PY="$VENV/bin/python"
export PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
warn() { printf '!!  %s\n' "$*" >&2; }
die() { printf '!!  %s\n' "$*" >&2; exit 1; }

# Unix socket paths end at 107 bytes, and a clone may lie deep; sockets then move to a short private folder.
run_dir() {
    local dir="$VAR_DIR/run"
    if [ "${#dir}" -gt 85 ]; then
        dir="${TMPDIR:-/tmp}/yec-$(id -u)-$(printf '%s' "$VAR_DIR" | sha256sum | cut -c1-8)"
    fi
    mkdir -p -m 700 "$dir" && [ -O "$dir" ] || die "cannot use $dir for sockets / 无法使用套接字目录"
    printf '%s' "$dir"
}
