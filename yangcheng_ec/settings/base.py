"""What every way of running shares. Values that differ come from the environment."""

from pathlib import Path

import environ
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))

INSTALLED_APPS = [
    "yangcheng_ec.administration.SystemAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "guardian",
    "yangcheng_ec",
    "yangcheng_ec.record",
    "yangcheng_ec.deadlines",
    "directory",
    "incidents",
    "early_warning",
    "response",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "yangcheng_ec.middleware.ContentSecurityPolicyMiddleware",
    "yangcheng_ec.middleware.DomainErrorMiddleware",
]

ROOT_URLCONF = "yangcheng_ec.urls"
WSGI_APPLICATION = "yangcheng_ec.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "yangcheng_ec.context_processors.shell",
            ],
        },
    },
]

AUTH_USER_MODEL = "directory.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None
GUARDIAN_RAISE_403 = False
GUARDIAN_MONKEY_PATCH_USER = False
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "desk"
LOGOUT_REDIRECT_URL = "login"

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 5,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA recursive_triggers=ON; "
        "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;"
    ),
}


def database_from_env(default: str) -> dict:
    """Return Django's DATABASES from ``DATABASE_URL``; SQLite gets WAL, IMMEDIATE and a 5 s time-out."""
    config = env.db_url("DATABASE_URL", default=default)
    if config["ENGINE"].endswith("sqlite3"):
        config["OPTIONS"] = {**config.get("OPTIONS", {}), **SQLITE_OPTIONS}
    else:
        config.setdefault("CONN_MAX_AGE", 60)
        config["CONN_HEALTH_CHECKS"] = True
    return {"default": config}


LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["yangcheng_ec.formats"]

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
# Bootstrap is unpacked here at set-up from Debian's package (ADR 0006); nothing third-party is committed.
VENDOR_STATIC_DIR = VAR_DIR / "vendor"
VENDOR_STATIC_DIR.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static", ("vendor", VENDOR_STATIC_DIR)]
MEDIA_ROOT = VAR_DIR / "media"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# Attachments (ADR 0013): one file's limit; clamd as tcp://host:port or unix:///path, unset: nothing is scanned.
UPLOAD_LIMIT_MB = env.int("UPLOAD_LIMIT_MB", default=20)
CLAMD_URL = env.str("CLAMD_URL", default="")
CLAMD_REQUIRED = env.bool("CLAMD_REQUIRED", default=False)
CLAMD_TIMEOUT = env.int("CLAMD_TIMEOUT", default=15)

FIXTURES_DIR = BASE_DIR / "fixtures"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "directory.api.service_auth.ServiceTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "directory.api.service_auth.WithinScope",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["directory.api.service_auth.ServiceThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["yangcheng_ec.api.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "yangcheng_ec.api.pagination.ListPagination",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "yangcheng_ec.api.errors.exception_handler",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "阳城县应急指挥系统 API",
    "DESCRIPTION": "与页面同一套服务与权限。错误一律为 {code, message, clause?, fields?}。",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # The sections first: opened all at once, only those on the screen are drawn.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "docExpansion": "none", "filter": True, "persistAuthorization": False},
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": r"/api/v1/",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "yangcheng_ec.api.schema.chinese_only",
        "yangcheng_ec.api.schema.document_errors",
    ],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "IncidentState": "incidents.choices.IncidentState",
        "ReportState": "incidents.choices.ReportState",
        "ReportKind": "incidents.choices.ReportKind",
        "ReportStage": "incidents.choices.ReportStage",
        "InquiryKind": "incidents.choices.InquiryKind",
        "IntakeChannel": "incidents.choices.IntakeChannel",
        "SendChannel": "incidents.choices.SendChannel",
        "Symptom": "incidents.choices.Symptom",
        "BusinessScope": "incidents.choices.BusinessScope",
        "Spreading": "incidents.choices.Spreading",
        "TriState": "incidents.choices.TriState",
        "Capacity": "incidents.choices.Capacity",
        "WithdrawGround": "incidents.choices.WithdrawGround",
        "Verdict": "incidents.conditions.Verdict",
        "DeadlineState": "yangcheng_ec.deadlines.choices.DeadlineState",
        "StartBasis": "yangcheng_ec.deadlines.choices.StartBasis",
        "ContactKind": "directory.choices.ContactKind",
        "ContactState": "directory.choices.ContactState",
        "UnitKind": "directory.choices.UnitKind",
        "PostKind": "directory.choices.PostKind",
        "FileKind": "yangcheng_ec.uploads.kinds.FileKind",
        "ScanState": "yangcheng_ec.uploads.scanning.ScanState",
        "Shift": "directory.choices.Shift",
        "RosterPattern": "directory.choices.RosterPattern",
        "DutyModeKind": "directory.choices.DutyModeKind",
        "DutyRole": "directory.choices.DutyRole",
        "SwapState": "directory.choices.SwapState",
        "HandoffState": "directory.choices.HandoffState",
        "PaperState": "incidents.choices.PaperState",
        "Publicity": "early_warning.choices.Publicity",
        "WarningState": "early_warning.choices.WarningState",
        "ResponseState": "response.choices.ResponseState",
        "TaskState": "response.choices.TaskState",
        "ReleaseState": "response.choices.ReleaseState",
        "RevisionStage": "directory.choices.RevisionStage",
    },
    "TAGS": [
        {"name": "登录", "description": "换取令牌，之后以 Authorization: Token … 使用。"},
        {"name": "单位", "description": "单位名册：名称、别名、停用。一个名称只对应一个单位。"},
        {"name": "预案", "description": "两个预案的职务、工作组、分类分级、预警与响应级别：只读。"},
        {"name": "预案修订", "description": "起草、对照、送请确认、确认施行、退回、放弃；改草案在页面上办。"},
        {"name": "事件", "description": "接报登记到结案。"},
        {"name": "报告", "description": "电话报告、文字报告、签发、报出、签收。"},
        {"name": "附件", "description": "随事件、报告保存的文件：按内容检查，保留指纹，只下载不展示。"},
        {"name": "催报、核实", "description": "上级来询与回应。"},
        {"name": "值班", "description": "值班表、换班、交接班、值班日志、现在谁值班（班次与表式非预案规定）。"},
        {"name": "批示", "description": "上级批示与由此办理的事项。"},
        {"name": "每日零报告", "description": "每天报一次：有几起，或今日无事件（报送时间非预案规定）。"},
        {"name": "时限", "description": "报告时限：起算、到期、完成、逾期原因、知悉。"},
        {"name": "预警", "description": "建议、批准、发布、确认、反馈、调整、解除。"},
        {"name": "应急响应", "description": "建议、确认、批准、调整、结束。"},
        {"name": "任务", "description": "签收、反馈、办结、退回、转派。"},
        {"name": "信息发布", "description": "起草、批准、退回、发布。"},
        {"name": "通讯录", "description": "号码、人员与职务：查、改、导入、导出。"},
        {"name": "记录", "description": "只增不改的记录与核验。"},
    ],
}

# Celery carries pokes only; every clock is a row (DESIGN §6).
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="redis://127.0.0.1:6379/0")
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 60, "socket_timeout": 5, "socket_connect_timeout": 2}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "deadlines.sweep", "schedule": 1.0, "options": {"expires": 2}},
    "deliver": {"task": "deadlines.deliver", "schedule": 1.0, "options": {"expires": 2}},
}

# «Who sweeps» is red when no sweep was seen for this many seconds; a gap over 60 s enters the record (DESIGN §6).
SWEEP_HEARTBEAT_RED_SECONDS = 5
SWEEP_GAP_RECORD_SECONDS = 60
SWEEP_BATCH = 500
# The clock of the truth: "database" everywhere but in tests that travel in time.
CLOCK_SOURCE = "database"

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="yingji@yangcheng.invalid")
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000")

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_FAILURE_VIEW = "yangcheng_ec.views.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

DEMO_ACCOUNTS_ALLOWED = False
# A number of the directory is called again after so many days (「非预案规定」).
CONTACT_VERIFY_DAYS = env.int("CONTACT_VERIFY_DAYS", default=90)
# While a response runs the office is reminded of the next 续报 after so many hours, by plan (0: never); units that have
# not made their daily 零报告 are reminded at this hour in Asia/Shanghai (-1: never). Both 「非预案规定」.
FOLLOW_UP_HOURS = {
    plan: float(hours)
    for plan, hours in env.dict("FOLLOW_UP_HOURS", default={"cyber-2025": "4", "comms-2022": "2"}).items()
}
DAILY_RETURN_HOUR = env.int("DAILY_RETURN_HOUR", default=17)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "fontTools": {"level": "ERROR"},
        "weasyprint": {"level": "ERROR"},
        "django.server": {"level": "WARNING"},
    },
}
# How near in time two cases of one unit must have come in to be offered as one event (a local rule, 非预案规定).
INTAKE_ALIKE_HOURS = 12
