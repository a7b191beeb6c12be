"""
All settings, from the environment, safe by default.

Demanded: SECRET_KEY, DATABASE_URL, REDIS_URL. `.env.example` lists the rest. The demo's
supervisor (`omni.embedded`) sets every one of them for the processes that it starts.
"""

import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from omni.admin_site import UNFOLD as UNFOLD
from omni.enum_names import ENUM_NAMES
from omni.schedule import TICKS
from omni.till_settings import *  # noqa: F403 - each a setting

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set the environment variable {name} (see .env.example).")
    return value


def env_flag(name: str, *, default: bool = False) -> bool:
    return os.environ.get(name, str(int(default))).lower() in {"1", "true", "yes", "on"}


def env_list(name: str, default: str = "") -> list[str]:
    return [part for part in os.environ.get(name, default).split(",") if part]


def database_from_url(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "application_name": os.environ.get("OMNI_PROCESS", "omni"),
            # What is hot is in memory: at the default of 4, made for disks that turn, prepared
            # statements read whole tables of stock and customers instead of probing an index.
            "options": "-c random_page_cost=1.1",
            # Only `omni.core.sql` asks for prepared statements.
            "prepare_threshold": 2**31 - 1,
        },
        "TEST": {"NAME": os.environ.get("OMNI_TEST_DB")},
    }


def redis_database(url: str, offset: int) -> str:
    """The broker lives in the URL's database, the cache in the one after it."""
    parts = urlsplit(url)
    return parts._replace(path=f"/{int(parts.path.lstrip('/') or 0) + offset}").geturl()


# --- Safety -----------------------------------------------------------------------------

DEBUG = env_flag("DEBUG")
SECRET_KEY = env("SECRET_KEY")
PUBLIC_URL = env("PUBLIC_URL", "http://127.0.0.1:8000")
STREAM_URL = env("STREAM_URL", "")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "127.0.0.1,localhost")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS", PUBLIC_URL)
HTTPS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = env_flag("SECURE_SSL_REDIRECT", default=HTTPS)
SECURE_HSTS_SECONDS = int(env("SECURE_HSTS_SECONDS", "31536000" if HTTPS else "0"))
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
BEHIND_PROXY = env_flag("BEHIND_PROXY")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SESSION_COOKIE_HTTPONLY = True
# Browsers tell hosts apart, not ports: two installations on one host need two names.
SESSION_COOKIE_NAME = env("SESSION_COOKIE_NAME", "sessionid")
X_FRAME_OPTIONS = "DENY"

# --- Applications -----------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    # Its pages are loaded with the URLs (`omni.urls`): most processes never show one.
    "omni.admin_app.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "import_export",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.line",
    "allauth.mfa",
    "allauth.headless",
    "allauth.usersessions",
    "pgtrigger",
    "pghistory",
    "django_prometheus",
    "omni.core",
    "omni.outbox",
    "organisation",
    "catalog",
    "customers",
    "inventory",
    "loyalty",
    "promotions",
    "orders",
    "tills",
    "connectors",
    "storefront",
    "backoffice",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "omni.core.middleware.CorrelationMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "omni.urls"
WSGI_APPLICATION = "omni.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Forms ------------------------------------------------------------------------------

# A delivery against an order of 2,000 lines asks for up to three figures a line, which is more than
# Django's thousand fields. What a request may cost stays bounded by the size of its body.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

# --- Data -------------------------------------------------------------------------------

DATABASES = {"default": database_from_url(env("DATABASE_URL"))}
REDIS_URL = env("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": redis_database(REDIS_URL, 1),
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

# --- Queue ------------------------------------------------------------------------------

CELERY_BROKER_URL = redis_database(REDIS_URL, 0)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Celery closes the database's connection before and after each task, unless it may be used again
# (`omni.celery` tests it instead, as requests do): to connect takes longer than most tasks.
CELERY_DB_REUSE_MAX = 2**31
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# No task is let run for longer (where the pool is of processes).
CELERY_TASK_TIME_LIMIT = 30 * 60
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # What a killed worker had taken is handed to another after so long: longer than any task may run, or
    # a long one would be handed out again and again while it runs. Nobody waits for it: events are handed
    # over again when their leases run out (`OUTBOX_LEASE`), and the clock asks again for what it asked for.
    # What it asks for once a day is what comes this way.
    "visibility_timeout": 60 * 60,
    "socket_timeout": 10,
    "socket_connect_timeout": 2,
}
CELERY_TASK_DEFAULT_QUEUE = "default"
# What waits on other people's servers: a worker of its own serves it, and no other takes any of it.
OUTSIDE = {"queue": "outside"}
CELERY_TASK_ROUTES = {
    # These ask nobody: what tills did is booked here, and each connection gets a task of its own.
    "connectors.tasks.retry_till_entries": {"queue": "default"},
    "connectors.tasks.compare_all": {"queue": "default"},
    "connectors.tasks.poll_all": {"queue": "default"},
    "connectors.tasks.*": OUTSIDE,
    # The acquirer.
    "orders.tasks.settle_unknown_payments": OUTSIDE,
    "orders.tasks.expire_orders": OUTSIDE,
    "orders.tasks.reconcile_payments": OUTSIDE,
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = TICKS

# --- Prices -----------------------------------------------------------------------------

# When a former price may be shown struck through, by the country of the channel (`catalog.former_prices`
# says what the numbers mean and where Japan's come from). A country that is not here shows none.
FORMER_PRICE_RULES: dict[str, dict[str, Any]] = {
    "JP": {
        "window": timedelta(weeks=8),
        "share": Decimal("0.5"),
        "least": timedelta(weeks=2),
        "lapse": timedelta(weeks=2),
    },
}

# --- Accounts ---------------------------------------------------------------------------

AUTH_USER_MODEL = "organisation.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "organisation.roles.StaffBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/admin/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = env("ACCOUNT_EMAIL_VERIFICATION", "optional")
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = ACCOUNT_EMAIL_VERIFICATION == "mandatory"
ACCOUNT_ADAPTER = "customers.adapters.AccountAdapter"
# For load tests alone.
RATE_LIMITS_OFF = env_flag("RATE_LIMITS_OFF")
ACCOUNT_RATE_LIMITS = {} if RATE_LIMITS_OFF else {"login_failed": "10/m/ip,5/5m/key"}
HEADLESS_ONLY = True
HEADLESS_FRONTEND_URLS = {
    "account_confirm_email": f"{PUBLIC_URL}/account/verify-email/{{key}}",
    "account_reset_password": f"{PUBLIC_URL}/account/password/reset",
    "account_reset_password_from_key": f"{PUBLIC_URL}/account/password/reset/{{key}}",
    "account_signup": f"{PUBLIC_URL}/account/signup",
    "socialaccount_login_error": f"{PUBLIC_URL}/account/signin",
}
EMAIL_BACKEND = env("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = env("EMAIL_HOST", "localhost")
EMAIL_PORT = int(env("EMAIL_PORT", "25"))
EMAIL_HOST_USER = env("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env_flag("EMAIL_USE_TLS")
EMAIL_USE_SSL = env_flag("EMAIL_USE_SSL")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", "noreply@example.jp")
if EMAIL_BACKEND.endswith("filebased.EmailBackend"):
    EMAIL_FILE_PATH = env("EMAIL_FILE_PATH", str(BASE_DIR / "var" / "mail"))
if EMAIL_BACKEND.endswith("console.EmailBackend") and not DEBUG:
    raise ImproperlyConfigured(
        "Mail holds one-time codes: only with DEBUG may it go to the console, and logs."
    )

# --- API --------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "organisation.authentication.ApiKeyAuthentication",
        "allauth.headless.contrib.rest_framework.authentication.XSessionTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "omni.core.pagination.CursorPagination",
    "DEFAULT_SCHEMA_CLASS": "omni.core.schema.ApiSchema",
    "EXCEPTION_HANDLER": "omni.core.exceptions.problem_handler",
    "COERCE_DECIMAL_TO_STRING": True,
    # How many entries of X-Forwarded-For our own proxies write; what clients send before them is theirs.
    "NUM_PROXIES": int(env("NUM_PROXIES", "1" if BEHIND_PROXY else "0")),
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Omni API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": ENUM_NAMES,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- Audit ------------------------------------------------------------------------------

# Reads change nothing, and asking who reads costs a session.
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")

# --- Languages, places, files -----------------------------------------------------------

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", _("Japanese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "unfold"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Tokyo"
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [path for path in [BASE_DIR / "storefront" / "web" / "dist"] if path.is_dir()]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG
# Names with a hash of their content, Django's and Vite's, are kept by browsers for good.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+\.[0-9a-f]{12}\..+$|^.+/shop/.+-[\w-]{8}\.\w+$"
MEDIA_ROOT = BASE_DIR / "var" / "media"

# --- The business's own knobs -----------------------------------------------------------

# The channel of whoever names none: the storefront's.
STOREFRONT_CHANNEL = env("STOREFRONT_CHANNEL", "ec-main")
LINK_CODE_DELIVERY = env("LINK_CODE_DELIVERY", "customers.delivery.EmailDelivery")
# The font file that PDFs of invoices are set in; empty: Noto Sans JP, which is installed with the platform.
DOCUMENT_FONT = env("DOCUMENT_FONT", "")
CARD_GATEWAY = env("CARD_GATEWAY", "orders.payments.sandbox.SandboxGateway")
# Without a token `/metrics` does not exist.
METRICS_TOKEN = env("METRICS_TOKEN", "")
SANDBOX_URL = env("SANDBOX_URL", "")
# The directory that file drops of partners lie in; without it connections by CSV files can't be used.
FILE_DROP_ROOT = env("FILE_DROP_ROOT", "")
SANDBOX_CARD_KEY = env("SANDBOX_CARD_KEY", "")
IDEMPOTENCY_KEPT = timedelta(days=int(env("IDEMPOTENCY_KEPT_DAYS", "30")))
OUTBOX_LEASE = timedelta(seconds=4)
OUTBOX_MAX_TRIES = int(env("OUTBOX_MAX_TRIES", "8"))
OUTBOX_KEPT = timedelta(days=int(env("OUTBOX_KEPT_DAYS", "7")))
# From one client address; 0 is no limit.
COUPON_TRIES_PER_MINUTE = 0 if RATE_LIMITS_OFF else int(env("COUPON_TRIES_PER_MINUTE", "60"))
GUEST_CARTS_PER_MINUTE = 0 if RATE_LIMITS_OFF else int(env("GUEST_CARTS_PER_MINUTE", "60"))
TILL_BATCHES_PER_MINUTE = 0 if RATE_LIMITS_OFF else int(env("TILL_BATCHES_PER_MINUTE", "600"))
GUEST_CARTS_KEPT = timedelta(days=int(env("GUEST_CARTS_KEPT_DAYS", "30")))
# How long what a shop rejected may wait for another to be found before people are told that none is.
STRANDED_AFTER = timedelta(minutes=int(env("STRANDED_AFTER_MINUTES", "15")))
ROUTING_DECISIONS_KEPT = timedelta(days=int(env("ROUTING_DECISIONS_KEPT_DAYS", "90")))
CHECKOUT_HOLD = timedelta(minutes=int(env("CHECKOUT_HOLD_MINUTES", "15")))

LOGGING_CONFIG = None
