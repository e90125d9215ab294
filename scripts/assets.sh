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

# Takes files out of a Debian package into var/fonts, without its dependencies: package, then the files' names.
fetch_fonts() {
    local package="$1" file; shift
    apt-get download -q "$package" ||
        { [ "$(id -u)" = 0 ] && apt-get update -q && apt-get download -q "$package"; } || return 1
    mkdir -p "$VAR_DIR/fonts"
    for file in "$@"; do
        dpkg-deb --fsys-tarfile "$package"_*.deb | tar -x --wildcards --transform='s|.*/||' "*/$file" || return 1
        install -m 644 "$file" "$VAR_DIR/fonts/" || return 1
    done
}

# Has the fonts of one package: what they are in words, package, files. A failure is the caller's to tell.
fonts() {
    local what="$1" package="$2" file have=1; shift 2
    for file in "$@"; do [ -s "$VAR_DIR/fonts/$file" ] || have=0; done
    [ "$have" = 0 ] || return 0
    [ "${SKIP_FONTS:-0}" != 1 ] && command -v apt-get >/dev/null || return 1
    say "$what"
    local work status=0
    work="$(mktemp -d "${TMPDIR:-/tmp}/yec-fonts.XXXXXX")"
    chmod 755 "$work"
    (cd "$work" && fetch_fonts "$package" "$@") >>"$VAR_DIR/log/fonts.log" 2>&1 </dev/null || status=1
    rm -rf "$work"
    return "$status"
}

mkdir -p "$VAR_DIR/log"
bootstrap
# shellcheck disable=SC2086
fonts "fetching the FangSong and Song fonts (49 MB, once) / 获取仿宋、宋体字库（49 MB，仅一次）" texlive-lang-chinese $FONTS ||
    warn "FangSong was not to be had; papers will be printed in Noto Serif CJK / 未取得仿宋字库，打印改用 Noto Serif CJK"
fonts "fetching the emoji font (10 MB, once) / 获取表情符号字库（10 MB，仅一次）" fonts-noto-color-emoji NotoColorEmoji.ttf ||
    warn "no emoji font was to be had; emoji are boxes on paper / 未取得表情符号字库，打印出的表情符号是方框"
