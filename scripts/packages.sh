# The Debian packages the system stands on, and the only place that installs them.
# shellcheck shell=bash
# Sourced by setup.sh after lib.sh.

# WeasyPrint draws with Pango; without libharfbuzz-subset0 a page in a large Chinese font takes 12 s, not 0.3 s.
PACKAGES_RUN="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-noto-cjk libjs-bootstrap5"
PACKAGES_TEST="chromium poppler-utils"

# Prints the names of the packages that are not installed, of those given.
not_installed() {
    local installed name
    installed=" $(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' "$@" 2>/dev/null | sed -n 's/^ii *//p' | tr '\n' ' ')"
    for name in "$@"; do
        case "$installed" in *" $name "*) ;; *) printf '%s ' "$name" ;; esac
    done
}

# What can be had otherwise is asked for by what it does, not by its package: another python3, another redis-server.
missing_packages() {
    local profile="$1" list="$PACKAGES_RUN"
    [ "$profile" = dev ] && list="$list $PACKAGES_TEST"
    # shellcheck disable=SC2086
    not_installed $list
    python3 -c 'import ensurepip, venv' 2>/dev/null || printf 'python3-venv '
    command -v redis-server >/dev/null || printf 'redis-server '
}

# Prints the prefix that makes a command run as root; fails when there is none.
as_root() {
    if [ "$(id -u)" = 0 ]; then printf 'env'; return; fi
    command -v sudo >/dev/null || return 1
    if sudo -n true 2>/dev/null; then printf 'sudo -n'; return; fi
    # A password may be asked for only where somebody sits who can type it.
    if [ -t 0 ] && [ -t 1 ] && [ -z "${CI:-}" ]; then printf 'sudo'; return; fi
    return 1
}

# Installs without starting or enabling Debian's redis service: the system runs its own on a socket.
apt_install() {
    local root="$1"; shift
    local policy=/usr/sbin/policy-rc.d guarded=""
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | $root tee "$policy" >/dev/null
        $root chmod 755 "$policy"
        guarded=yes
    fi
    local status=0
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" </dev/null || status=$?
    [ -z "$guarded" ] || $root rm -f "$policy"
    case " $* " in *" redis-server "*)
        if [ -d /run/systemd/system ]; then $root systemctl disable --quiet redis-server || true; fi ;;
    esac
    return "$status"
}

# Stops with the exact list when packages are missing and nobody here may install them.
ensure_packages() {
    local profile="$1" missing root
    missing="$(missing_packages "$profile")"
    missing="${missing% }"
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null || die "not a Debian system; needed / 本机不是 Debian，请自行安装：$missing"
    if ! root="$(as_root)"; then
        if [ "$missing" = redis-server ]; then
            warn "redis-server is missing: the sweep loop alone will run the clocks / 未安装 redis-server，时限改由巡检进程单独驱动"
            return 0
        fi
        warn "these Debian packages are missing, and there is neither root nor sudo to install them"
        warn "缺少以下软件包，当前用户既不是 root 也没有 sudo，无法安装："
        printf '    %s\n' $missing >&2
        die "ask an administrator to run / 请管理员执行：apt-get install --no-install-recommends $missing"
    fi
    say "installing / 安装系统软件包：$missing"
    # shellcheck disable=SC2086
    apt_install "$root" $missing >"$VAR_DIR/log/apt.log" 2>&1 && return 0
    $root apt-get update -q </dev/null >>"$VAR_DIR/log/apt.log" 2>&1 || warn "apt-get update failed, see $VAR_DIR/log/apt.log"
    # shellcheck disable=SC2086
    apt_install "$root" $missing >>"$VAR_DIR/log/apt.log" 2>&1 && return 0
    tail -n 5 "$VAR_DIR/log/apt.log" >&2
    die "could not install / 软件包安装失败（详见 $VAR_DIR/log/apt.log）：$missing"
}
