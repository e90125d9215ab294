"""What every way of running shares. Values that differ come from the environment."""

import json
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
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
    "yangcheng_ec.callout",
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


def json_from_env(name: str, default: dict) -> Any:
    """Return what a variable holds as JSON; unset or empty: the default. Refuses to start with anything else."""
    words = env.str(name, default="").strip()
    try:
        return json.loads(words) if words else default
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} 不是 JSON：{error}") from error


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
        "CalloutState": "yangcheng_ec.callout.choices.CalloutState",
        "ConfirmedHow": "yangcheng_ec.callout.choices.ConfirmedHow",
        "StartBasis": "yangcheng_ec.deadlines.choices.StartBasis",
        "Channel": "yangcheng_ec.deadlines.choices.Channel",
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
        "FindingState": "early_warning.prevention.choices.FindingState",
        "CheckState": "early_warning.prevention.choices.CheckState",
        "WarningState": "early_warning.choices.WarningState",
        "ResponseState": "response.choices.ResponseState",
        "TaskState": "response.choices.TaskState",
        "ReleaseState": "response.choices.ReleaseState",
        "AftercareKind": "directory.choices.AftercareKind",
        "MeritKind": "response.aftermath.choices.MeritKind",
        "ReviewState": "response.aftermath.choices.ReviewState",
        "CareState": "response.aftermath.choices.CareState",
        "RebuildState": "response.aftermath.choices.RebuildState",
        "LessonState": "response.aftermath.choices.LessonState",
        "MeritState": "response.aftermath.choices.MeritState",
        "StandDownState": "response.aftermath.choices.StandDownState",
        "RevisionStage": "directory.choices.RevisionStage",
        "ResourceKind": "directory.choices.ResourceKind",
        "ListedAs": "directory.choices.ListedAs",
        "DrillState": "response.drills.choices.DrillState",
        "InjectTo": "response.drills.choices.InjectTo",
        "InjectState": "response.drills.choices.InjectState",
        "DrillFindingKind": "response.drills.choices.FindingKind",
        "DrillResult": "response.drills.choices.Result",
        "DrillJudgement": "response.drills.choices.Judgement",
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
        {"name": "叫应", "description": "谁须确认什么、到了哪一级、接下来做什么；确认收到、放弃叫应。"},
        {"name": "预警", "description": "建议、批准、发布、确认、反馈、调整、解除。"},
        {
            "name": "隐患排查",
            "description": "排查轮次与各单位结果；风险隐患从报告到整改、复核（期限与复核为非预案规定）。",
        },
        {"name": "应急响应", "description": "建议、确认、批准、调整、结束。"},
        {"name": "通知", "description": "我的通知；发件箱各渠道现状；一件事的通知送到哪一步。"},
        {"name": "任务", "description": "签收、反馈、办结、退回、转派。"},
        {"name": "信息发布", "description": "起草、批准、退回、发布。"},
        {"name": "应急指令", "description": "指挥部发给单位的指令：签收、报告执行情况。"},
        {"name": "后期处置", "description": "总结调查报告、善后事项、恢复重建、教训、表彰与责任、撤离。"},
        {"name": "演练", "description": "拟定、批准、开始、情景注入、结束、评估。"},
        {"name": "应急资源", "description": "队伍、专家、装备、车辆、重点保障单位、社会力量：只读。"},
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
# Who issues, in CAP documents (ADR 0027): unique in the world, no spaces or commas, never changed once in use.
CAP_SENDER = env.str("CAP_SENDER", default="") or parseaddr(DEFAULT_FROM_EMAIL)[1]
# Whether the mail server drops a second letter with the same Message-ID; where not, the page says 可能重复.
EMAIL_KEY_KEPT = env.bool("EMAIL_KEY_KEPT", default=False)
# SMS through an HTTP gateway (ADR 0020); without an address the channel is not offered. The fields are JSON whose texts
# hold {phone} {text} {title} {key} {template}; success and final refusal are read as «path=value,value» in the answer,
# empty: every 2xx is success. Whether the gateway drops a second SMS with the same key is for its vendor to say.
SMS_URL = env.str("SMS_URL", default="")
SMS_HEADERS = json_from_env("SMS_HEADERS", {})
SMS_FORMAT = env.str("SMS_FORMAT", default="json")
SMS_FIELDS = json_from_env("SMS_FIELDS", {"phone": "{phone}", "text": "{text}", "key": "{key}"})
SMS_KEY_HEADER = env.str("SMS_KEY_HEADER", default="Idempotency-Key")
SMS_KEY_KEPT = env.bool("SMS_KEY_KEPT", default=False)
SMS_SUCCESS = env.str("SMS_SUCCESS", default="")
SMS_REFUSAL = env.str("SMS_REFUSAL", default="")
SMS_TEMPLATES = json_from_env("SMS_TEMPLATES", {})
SMS_SIGNATURE = env.str("SMS_SIGNATURE", default="")
SMS_TIMEOUT = env.float("SMS_TIMEOUT", default=10.0)
# Robots by name, {"指挥部群": "wecombot://key"}: addresses are secrets and stand in the environment only. A relay of
# the intranet stands in for a vendor's host: {"qyapi.weixin.qq.com": "http://10.0.0.8:8080"}.
ROBOTS = json_from_env("ROBOTS", {})
ROBOT_RELAYS = json_from_env("ROBOT_RELAYS", {})
# Whether drills stay in the inboxes unless somebody switches that.
DRILL_INBOX_ONLY = env.bool("DRILL_INBOX_ONLY", default=False)
# Delivery has a queue and a worker of its own, in threads: a channel that hangs holds up no sweep and no other channel.
CELERY_TASK_ROUTES = {"deadlines.deliver": {"queue": "delivery"}}
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "deadlines.sweep", "schedule": 1.0, "options": {"expires": 2}},
    **{
        f"deliver-{channel}": {
            "task": "deadlines.deliver", "schedule": 1.0, "args": [channel], "options": {"expires": 2},
        }
        for channel in ("email", *["sms"] * bool(SMS_URL), *["wecom", "dingtalk", "feishu"] * bool(ROBOTS))
    },
}  # fmt: skip

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_FAILURE_VIEW = "yangcheng_ec.views.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

DEMO_ACCOUNTS_ALLOWED = False
# A one-time link in a mail or message confirms for so many hours (「非预案规定」).
CALLOUT_LINK_HOURS = env.int("CALLOUT_LINK_HOURS", default=24)
# A number of the directory is called again after so many days (「非预案规定」).
CONTACT_VERIFY_DAYS = env.int("CONTACT_VERIFY_DAYS", default=90)
# After how many days equipment, spares and vehicles are looked at again (「非预案规定」).
RESOURCE_CHECK_DAYS = env.int("RESOURCE_CHECK_DAYS", default=180)
# While a response runs the office is reminded of the next 续报 after so many hours, by plan (0: never); units that have
# not made their daily 零报告 are reminded at this hour in Asia/Shanghai (-1: never). Both 「非预案规定」.
FOLLOW_UP_HOURS = {
    plan: float(hours)
    for plan, hours in env.dict("FOLLOW_UP_HOURS", default={"cyber-2025": "4", "comms-2022": "2"}).items()
}
DAILY_RETURN_HOUR = env.int("DAILY_RETURN_HOUR", default=17)
# So many hours before a finding is to be mended, or a round of hazard checks to be answered, whoever has to act is
# reminded, and once more when the time has passed (-1: neither; 「非预案规定」).
PREVENTION_REMIND_HOURS = env.int("PREVENTION_REMIND_HOURS", default=24)

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
