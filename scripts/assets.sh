#!/usr/bin/env bash
# Puts Bootstrap and the printing fonts where the application looks for them; nothing of either is committed.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

BOOTSTRAP_SOURCE="${BOOTSTRAP_SOURCE:-/usr/share/javascript/bootstrap5}"
BOOTSTRAP_TARGET="$VAR_DIR/vendor/bootstrap"
# Debian 12's libjs-bootstrap5 5.2.3+dfsg-8, the version the pages were looked at with (ADR 0006).
BOOTSTRAP_SUMS="\
669c9cca88a1ad4b27fe122f28356982839f92b53ef3b8ac8c2de9448cdbb470  css/bootstrap.min.css
91b555123480cc56584356ff3d4e973c592a945394aae5ab8eac88fa107d8877  js/bootstrap.bundle.min.js"

FONTS="FandolFang-Regular.otf FandolSong-Regular.otf FandolSong-Bold.otf"
FONTS_PACKAGE=texlive-lang-chinese

bootstrap() {
    [ -d "$BOOTSTRAP_SOURCE" ] || die "Bootstrap is not in $BOOTSTRAP_SOURCE; install libjs-bootstrap5 / 缺少 libjs-bootstrap5"
    (cd "$BOOTSTRAP_SOURCE" && printf '%s\n' "$BOOTSTRAP_SUMS" | sha256sum --check --quiet --status) ||
        warn "Bootstrap is another version than the pages were tested with / Bootstrap 版本与测试所用不同"
    local file
    for file in css/bootstrap.min.css js/bootstrap.bundle.min.js; do
        mkdir -p "$BOOTSTRAP_TARGET/${file%/*}"
        # The line that names the source map goes: the map is not served, and collectstatic would miss it.
        sed '/sourceMappingURL=/d' "$BOOTSTRAP_SOURCE/$file" >"$BOOTSTRAP_TARGET/$file"
    done
}

have_fonts() {
    local font
    for font in $FONTS; do [ -s "$VAR_DIR/fonts/$font" ] || return 1; done
}

# Takes three files out of a package, in the given folder, without its 300 MB of dependencies.
fetch_fonts() {
    cd "$1"
    apt-get download -q "$FONTS_PACKAGE" ||
        { [ "$(id -u)" = 0 ] && apt-get update -q && apt-get download -q "$FONTS_PACKAGE"; } || return 1
    dpkg-deb --fsys-tarfile "$FONTS_PACKAGE"_*.deb |
        tar -x --wildcards --transform='s|.*/||' '*/FandolFang-Regular.otf' '*/FandolSong-*.otf' || return 1
    mkdir -p "$VAR_DIR/fonts"
    # shellcheck disable=SC2086
    install -m 644 $FONTS "$VAR_DIR/fonts/"
}

fonts() {
    have_fonts && return 0
    if [ "${SKIP_FONTS:-0}" != 1 ] && command -v apt-get >/dev/null; then
        say "fetching the FangSong and Song fonts (49 MB, once) / 获取仿宋、宋体字库（49 MB，仅一次）"
        local work status=0
        work="$(mktemp -d "${TMPDIR:-/tmp}/yec-fonts.XXXXXX")"
        chmod 755 "$work"
        (fetch_fonts "$work") >"$VAR_DIR/log/fonts.log" 2>&1 </dev/null || status=1
        rm -rf "$work"
        [ "$status" != 0 ] || return 0
    fi
    warn "FangSong was not to be had; papers will be printed in Noto Serif CJK / 未取得仿宋字库，打印改用 Noto Serif CJK"
}

mkdir -p "$VAR_DIR/log"
bootstrap
fonts
