"""System checks: what printing needs, and what production must not have (DESIGN §8).

They run at every start, so they look at files and never start a process.
"""

import ctypes
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning as Caution, register
from django.utils.translation import gettext as _

HARFBUZZ_SUBSET = "libharfbuzz-subset.so.0"
FONT_PATHS = (
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/arphic/uming.ttc",
)
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts")
CHINESE_FONT_NAMES = ("*CJK*", "*SourceHan*", "*FangSong*", "*SimSun*", "*simfang*", "*wqy*", "*Fandol*")
# Keys that stand in some public file begin or continue like this.
KNOWN_KEY_MARKS = ("django-insecure-", "change-me", "changeme", "testing-only", "only-to-collect-static-files")

Apps = Sequence[AppConfig] | None


def _library_loads(name: str) -> bool:
    """Return whether the dynamic linker finds a library; loading costs about a millisecond."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _font_files() -> Iterable[Path]:
    """Yield files that are Chinese fonts by their name, from the places fontconfig looks in."""
    for folder in (*FONT_FOLDERS, str(Path.home() / ".fonts"), str(settings.VAR_DIR / "fonts")):
        for pattern in CHINESE_FONT_NAMES:
            yield from Path(folder).rglob(pattern)


def _has_chinese_font() -> bool:
    """Return whether any Chinese font is here; the common places are asked first."""
    return any(Path(path).exists() for path in FONT_PATHS) or any(True for _font in _font_files())


def _is_testing() -> bool:
    """Return whether the test settings are in force."""
    return bool(settings.SETTINGS_MODULE.endswith(".testing"))


def _is_production() -> bool:
    """Return whether the production settings are in force."""
    return bool(settings.SETTINGS_MODULE.endswith(".production"))


@register(Tags.compatibility)
def harfbuzz_subset_present(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    """Warn when PDF pages would take 12 s instead of 0.3 s."""
    if _library_loads(HARFBUZZ_SUBSET):
        return []
    return [
        Caution(
            _("缺少 libharfbuzz-subset：生成含大字库的 PDF 每页约需 12 秒，而不是 0.3 秒。"),
            hint="apt-get install libharfbuzz-subset0",
            id="yangcheng_ec.W001",
        )
    ]


@register(Tags.compatibility)
def pango_present(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    """Warn when no PDF can be made at all."""
    missing = [name for name in ("libpango-1.0.so.0", "libpangoft2-1.0.so.0") if not _library_loads(name)]
    if not missing:
        return []
    return [
        Caution(
            _("缺少 %(names)s：无法生成 PDF。") % {"names": ", ".join(missing)},
            hint="apt-get install libpango-1.0-0 libpangoft2-1.0-0",
            id="yangcheng_ec.W002",
        )
    ]


@register(Tags.compatibility)
def chinese_fonts_present(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    """Warn when the printed papers would show empty boxes."""
    if _has_chinese_font():
        return []
    return [
        Caution(
            _("未找到中文字体：打印出的表格将是空白方框。"),
            hint="apt-get install fonts-noto-cjk",
            id="yangcheng_ec.W003",
        )
    ]


@register(Tags.security)
def loopback_only_with_demo_accounts(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    """Refuse demo accounts, whose password is shared, where others than this machine are served."""
    outside = set(settings.ALLOWED_HOSTS) - {"127.0.0.1", "localhost", "[::1]"}
    if not settings.DEMO_ACCOUNTS_ALLOWED or not outside or _is_testing():
        return []
    return [
        Error(
            _("允许演示账号时只能在本机访问，但 ALLOWED_HOSTS 含有：%(hosts)s。")
            % {"hosts": ", ".join(sorted(outside))},
            hint=_("正式运行请用 yangcheng_ec.settings.production。"),
            id="yangcheng_ec.E001",
        )
    ]


@register(Tags.security)
def production_is_closed(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    """Refuse DEBUG, demo accounts and a key that others know; the settings refuse the plainest cases at once."""
    if not _is_production():
        return []
    problems: list[CheckMessage] = []
    if settings.DEBUG:
        problems.append(Error(_("正式运行不得打开 DEBUG。"), id="yangcheng_ec.E002"))
    if settings.DEMO_ACCOUNTS_ALLOWED:
        problems.append(Error(_("正式运行不得有演示账号。"), id="yangcheng_ec.E003"))
    if any(mark in settings.SECRET_KEY for mark in KNOWN_KEY_MARKS):
        hint = _("用 python -c 'import secrets; print(secrets.token_urlsafe(50))' 生成，并只放在环境变量里。")
        problems.append(Error(_("SECRET_KEY 是众所周知的默认值。"), hint=hint, id="yangcheng_ec.E004"))
    return problems


@register(Tags.database)
def production_database(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    """Warn when production runs on a file that only one machine can reach."""
    if not _is_production() or "sqlite" not in settings.DATABASES["default"]["ENGINE"]:
        return []
    return [
        Caution(
            _("正式运行使用 SQLite：只能有一台服务器，多节点请用 PostgreSQL。"),
            hint="DATABASE_URL=postgres://…",
            id="yangcheng_ec.W004",
        )
    ]


@register(Tags.database)
def append_only_tables_guarded(
    app_configs: Apps, databases: Sequence[str] | None = None, **kwargs: object
) -> list[CheckMessage]:
    """Warn when a table that is only ever added to stands without its triggers; migrate puts them back."""
    from yangcheng_ec.record import triggers

    return [
        Caution(
            _("只增不改的表没有防改触发器：%(tables)s。") % {"tables": ", ".join(missing)},
            hint="manage.py migrate",
            id="yangcheng_ec.W005",
        )
        for using in databases or []
        if (missing := triggers.missing(using))
    ]


@register(Tags.security)
def scanner_has_an_address(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    """Refuse a virus scanner that is required and has no address: no attachment could ever be kept."""
    if not settings.CLAMD_REQUIRED or settings.CLAMD_URL:
        return []
    hint = "CLAMD_URL=tcp://clamd:3310"
    return [Error(_("CLAMD_REQUIRED 已打开，但没有设置 CLAMD_URL。"), hint=hint, id="yangcheng_ec.E005")]
