"""All settings, read from the environment (or `.env`) and checked while they are read.

docs/settings.md lists the variables for operators.
"""

import datetime as dt
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from anyroom_site import admin_theme, calling, keys
from anyroom_site.environment import Environment

# Lets a form or a manager name its model in its type, as `forms.ModelForm[Room]`.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment.with_dotenv(BASE_DIR / ".env")

# --- What kind of run is this? -------------------------------------------------------------
ANYROOM_HOME = Path(env.text("ANYROOM_HOME", str(BASE_DIR / "var"))).resolve()
_kept = keys.load(ANYROOM_HOME)
# A site that the world reaches by https is none, even where a trial run left its secrets behind.
EMBEDDED = _kept is not None and not env.text("PUBLIC_URL").startswith("https://")
_made = (_kept or {}) if EMBEDDED else {}
PORT = env.number("PORT", 8000, 1, 65535)
LIVE_PORT = env.number("LIVE_PORT", 8020, 1, 65535)
CARRIER_PORT = env.number("CARRIER_PORT", 8010, 1, 65535)
ASSISTANT_PORT = env.number("ASSISTANT_PORT", 8030, 1, 65535)

DEBUG = env.flag("DEBUG")
_embedded_hint = "or start with `make run`, which makes one for this machine"
SECRET_KEY = env.required(
    "SECRET_KEY",
    f"set it to 50 or more random characters, {_embedded_hint}",
    _made.get("SECRET_KEY", ""),
)
PUBLIC_URL = env.web_address("PUBLIC_URL", f"http://localhost:{PORT}" if EMBEDDED else "")
if not PUBLIC_URL and not env.text("PUBLIC_URL"):
    env.problem("PUBLIC_URL", "is not set", "set it to the address that people open in a browser")
_public = urlsplit(PUBLIC_URL)
_hosts = "localhost,127.0.0.1,[::1]" if EMBEDDED else ""
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", _hosts or (_public.hostname or ""))

# --- The line ------------------------------------------------------------------------------
VONAGE_APPLICATION_ID = env.required(
    "VONAGE_APPLICATION_ID",
    "copy it from the application in Vonage's dashboard",
    _made.get("VONAGE_APPLICATION_ID", ""),
)
VONAGE_PRIVATE_KEY = env.private_key(
    "VONAGE_PRIVATE_KEY",
    _made.get("VONAGE_PRIVATE_KEY", ""),
    "set it to the application's private key in PEM, or to the path of its file",
)
VONAGE_SIGNATURE_SECRET = env.required(
    "VONAGE_SIGNATURE_SECRET",
    "copy the signature secret from the settings in Vonage's dashboard",
    _made.get("VONAGE_SIGNATURE_SECRET", ""),
)
VONAGE_API_KEY = env.text("VONAGE_API_KEY")
VONAGE_API_SECRET = env.text("VONAGE_API_SECRET")
VONAGE_API_URL = env.web_address(
    "VONAGE_API_URL",
    f"http://127.0.0.1:{CARRIER_PORT}" if EMBEDDED else "https://api.nexmo.com",
)
SMS_BACKEND = "telephony.sms.VonageSmsBackend"
CALL_BACKEND = "telephony.outbound.VonageCallBackend"
# Invited people are called in these countries alone, and for so much a month and account.
CALL_COUNTRIES = env.countries("CALL_COUNTRIES", calling.COUNTRIES)
CALL_CAP_EUROS = env.number("CALL_CAP_EUROS", 25, 0, 100_000)

# Vonage puts at most 200 people into one conversation; the embedded carrier holds 1000 calls.
ROOM_CAPACITY = env.number("ROOM_CAPACITY", 1000 if EMBEDDED else 200, 2, 1000)

# --- Money ---------------------------------------------------------------------------------
STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY")
# Without a key an embedded run plays Stripe itself; nothing else may.
BILLING_SANDBOX = EMBEDDED and not STRIPE_SECRET_KEY
STRIPE_WEBHOOK_SECRET = env.text("STRIPE_WEBHOOK_SECRET")
STRIPE_PRICE_ID = env.text("STRIPE_PRICE_ID")
if BILLING_SANDBOX:
    STRIPE_SECRET_KEY = "sk_test_sandbox"  # noqa: S105 (opens nothing)
    STRIPE_WEBHOOK_SECRET = STRIPE_WEBHOOK_SECRET or _made["STRIPE_WEBHOOK_SECRET"]
    STRIPE_PRICE_ID = STRIPE_PRICE_ID or "price_sandbox"
elif STRIPE_SECRET_KEY or not DEBUG:
    env.required(
        "STRIPE_SECRET_KEY", f"copy the secret key from Stripe's dashboard, {_embedded_hint}"
    )
    if sys.argv[1:2] != ["setup_stripe"]:  # that command makes these two
        env.required("STRIPE_WEBHOOK_SECRET", "`manage.py setup_stripe` makes it and prints it")
        env.required("STRIPE_PRICE_ID", "`manage.py setup_stripe` makes it and prints it")
STRIPE_API_URL = env.web_address("STRIPE_API_URL")
# How long an unpaid account still hosts, and how late a renewal may be told.
BILLING_GRACE = dt.timedelta(days=7)
BILLING_SLACK = dt.timedelta(days=2)
# The carrier charges in euros and we in dollars; the operator's margin needs one unit.
EURO_IN_CENTS = env.number("EURO_IN_CENTS", 110, 1, 10_000)

# --- Applications --------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",  # before the admin site that it dresses
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",  # so that templates/django/forms/ comes before the framework's own
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "anyroom_site",
    "rooms.accounts",
    "rooms",
    "rooms.conferences",
    "rooms.notices",
    "rooms.notices.hooks",
    "rooms.meetings",
    "telephony",
    "billing",
    *(["billing.sandbox"] if BILLING_SANDBOX else []),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "anyroom_site.admin_policy.AdminPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "rooms.accounts.middleware.LocaleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "rooms.accounts.middleware.MemberMiddleware",
]
ROOT_URLCONF = "anyroom_site.urls"
WSGI_APPLICATION = "anyroom_site.wsgi.application"
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
                "rooms.accounts.context.site",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS: list[str] = []

# --- Database, cache, tasks ----------------------------------------------------------------
_database: dict[str, Any] = env.database("DATABASE_URL", ANYROOM_HOME / "anyroom.sqlite3")
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # With the default (deferred) mode 6-15 % of concurrent writes fail: docs/decisions/0004.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    # Tests use a file too: an in-memory database locks whole tables and has no WAL.
    _database["TEST"] = {"NAME": str(ANYROOM_HOME / "test.sqlite3")}
else:
    _database["ENGINE"] = "django.db.backends.postgresql"
    _database["CONN_MAX_AGE"] = None
    _database["CONN_HEALTH_CHECKS"] = False
    _database["OPTIONS"] = {
        "server_side_binding": True,
        "connect_timeout": 2,  # a caller hears the fallback sooner than a database that is away
        **_database.get("OPTIONS", {}),
    }
DATABASES = {"default": _database}

REDIS_URL = env.redis("REDIS_URL")
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_counters",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # fewer would drop counters that are still needed
    }
}
CELERY_BROKER_URL = REDIS_URL or "folder://localhost"  # anyroom_site/folder_queue.py
_broker = ANYROOM_HOME / "broker"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {"visibility_timeout": 600}
    if REDIS_URL
    else {
        "data_folder_in": str(_broker / "queue"),
        "data_folder_out": str(_broker / "queue"),
        "processed_folder": str(_broker / "done"),
        "control_folder": str(_broker / "control"),
        "store_processed": False,
        "polling_interval": 0.2,
    }
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_TIME_LIMIT = 300
# Receivers of webhooks are slow; what they hold up is a process of its own (Procfile).
CELERY_TASK_ROUTES = {"hooks.deliver": {"queue": "hooks"}}
# Nothing is scheduled by countdown or eta: a row has a due_at and one of these finds it.
# A sweep that nobody fetched in time is not worth running: the next one does the same.
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": seconds, "options": {"expires": max(30.0, seconds)}}
    for name, task, seconds in (
        ("notices", "notices.sweep", 5.0),
        ("conference events", "hooks.gather", 2.0),
        ("outgoing webhooks", "hooks.deliver", 5.0),
        ("old outgoing webhooks", "hooks.tidy", 3600.0),
        ("webhooks", "telephony.process_receipts", 10.0),
        ("calls", "telephony.reconcile_calls", 60.0),
        ("tidy", "telephony.tidy", 3600.0),
        ("caps", "usage.check_caps", 20.0),
        ("minutes", "usage.tell", 60.0),
        ("controls", "telephony.control_calls", 2.0),
        ("minutes left", "telephony.tell_minutes_left", 10.0),
        ("room news", "telephony.room_news", 2.0),
        ("recordings", "telephony.fetch_recordings", 10.0),
        ("deleted recordings", "recordings.erase", 15.0),
        ("old recordings", "recordings.expire", 3600.0),
        ("old history", "conferences.forget", 3600.0),
        ("old letters", "notices.tidy", 3600.0),
        ("prices", "telephony.reconcile_prices", 300.0),
        ("guessed codes", "telephony.tell_of_guesses", 30.0),
        ("mailings", "meetings.write_mailings", 5.0),
        ("meetings planned on", "meetings.plan_on", 3600.0),
        ("call me", "meetings.call", 5.0),
        ("meetings watched", "meetings.watch", 30.0),
        ("reminders", "meetings.remind", 10.0),
        ("billing", "billing.reconcile", 3600.0),
        ("billing notices", "billing.notices", 300.0),
        ("stripe", "billing.process_events", 60.0),
        ("stripe_tidy", "billing.tidy", 3600.0),
        *([("sandbox", "billing_sandbox.deliver_events", 5.0)] if BILLING_SANDBOX else []),
    )
}
# How long a worker has for handing one notice over before another may try.
NOTICE_CLAIM_SECONDS = 120

# Outgoing webhooks reach the public internet alone; a program on this machine is what an embedded
# run is tried with.
WEBHOOKS_ALLOW_PRIVATE = env.flag("WEBHOOKS_ALLOW_PRIVATE", EMBEDDED)

# --- People: who they are, what they read ---------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "rooms:list"
ACCOUNT_LOGOUT_REDIRECT_URL = "landing"
ACCOUNT_ADAPTER = "rooms.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "rooms.accounts.forms.SignupForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a changed password or a new passkey is told by mail
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "AnyRoom"
# WebAuthn insists on TLS but for localhost, which browsers treat as secure.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = EMBEDDED

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ru", _("Russian"))]
# What callers hear; the pages speak fewer.
VOICE_LANGUAGES = [
    *LANGUAGES,
    ("es", _("Spanish")),
    ("de", _("German")),
    ("fr", _("French")),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "anyroom_site.formats"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
TRIAL_DAYS = 14
INCLUDED_MINUTES = 10_000  # participant-minutes a month

# --- Mail ----------------------------------------------------------------------------------
_email = env.email("EMAIL_URL")
MAILBOX_DIR: Path | None = None
if _email:
    # Pages put mail into the outbox, from where a worker sends it.
    EMAIL_BACKEND = "rooms.notices.outgoing.EmailBackend"
    MAIL_TRANSPORT = str(_email["EMAIL_BACKEND"])
    EMAIL_HOST = str(_email.get("EMAIL_HOST") or "localhost")
    EMAIL_PORT = int(str(_email.get("EMAIL_PORT") or 25))
    EMAIL_HOST_USER = str(_email.get("EMAIL_HOST_USER") or "")
    EMAIL_HOST_PASSWORD = str(_email.get("EMAIL_HOST_PASSWORD") or "")
    EMAIL_USE_TLS = bool(_email.get("EMAIL_USE_TLS"))
    EMAIL_USE_SSL = bool(_email.get("EMAIL_USE_SSL"))
elif EMBEDDED:
    EMAIL_BACKEND = MAIL_TRANSPORT = "rooms.notices.mailbox.EmailBackend"
    MAILBOX_DIR = ANYROOM_HOME / "mail"
elif not env.text("EMAIL_URL"):
    env.problem(
        "EMAIL_URL", "is not set", "set it to an address like smtp+tls://user:password@host:587"
    )
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text(
    "DEFAULT_FROM_EMAIL", f"AnyRoom <noreply@{_public.hostname or 'localhost'}>"
)
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Serving, files, safety -----------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = ANYROOM_HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_MIMETYPES = {".wav": "audio/wav"}  # the carrier fetches static/sounds/
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    # Private files, recordings and sounds: never served by their own address (rooms/files.py).
    "recordings": env.file_store("RECORDINGS_URL", ANYROOM_HOME / "media"),
}

# Where a page opens the stream of pushed updates. Behind a proxy it is a path of the site itself;
# the embedded run has no proxy, so there it is another port of the host the page came from.
LIVE_URL = env.web_address("LIVE_URL", PUBLIC_URL if not EMBEDDED else "")
# Where the assistant's process reaches the API.
ASSISTANT_API_URL = env.web_address(
    "ASSISTANT_API_URL", f"http://127.0.0.1:{PORT}" if EMBEDDED else PUBLIC_URL
)
_live_sources = [f"http://{host}:{LIVE_PORT}" for host in ("localhost", "127.0.0.1")]

_secure = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _secure
SECURE_SSL_REDIRECT = _secure
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _secure else None
SECURE_HSTS_SECONDS = 31_536_000 if _secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _secure
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if _secure else []
# Whose address the limits on logging in count: behind the proxy, the one that it saw.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if _secure else 0
UNFOLD = admin_theme.UNFOLD
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "media-src": [SELF],
        "connect-src": [SELF, *(_live_sources if EMBEDDED else [LIVE_URL])],
        "manifest-src": [SELF],
        # A form that leads to Stripe's pages is a form to Stripe, as browsers see it.
        "form-action": [SELF, "https://checkout.stripe.com", "https://billing.stripe.com"],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- API -----------------------------------------------------------------------------------
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rooms.accounts.api_auth.KeyAuthentication",
        "rooms.accounts.api_auth.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rooms.accounts.api_auth.MayUse"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rooms.rest.parsing.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "rooms.rest.parsing.AlwaysJson",
    "DEFAULT_PAGINATION_CLASS": "rooms.rest.pagination.Pages",
    "DEFAULT_THROTTLE_CLASSES": ["rooms.rest.rate_limit.RateLimit"],
    "DEFAULT_THROTTLE_RATES": {
        "api": f"{env.number('API_REQUESTS_PER_MINUTE', 300, 1, 1_000_000)}/min"
    },
    # Strangers are counted by address: the proxy's last word where there is a proxy.
    "NUM_PROXIES": 1 if _secure else 0,
    "DEFAULT_SCHEMA_CLASS": "rooms.rest.schema.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "rooms.rest.problem.answer",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "AnyRoom API",
    "DESCRIPTION": (
        "Everything that the dashboard can do. Ids are opaque, times are RFC 3339 in UTC, numbers "
        "are E.164. A body that holds an unknown field is refused."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVERS": [{"url": "/" if EMBEDDED else PUBLIC_URL}],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "Language": "django.conf.settings.LANGUAGES",
        "VoiceLanguage": "django.conf.settings.VOICE_LANGUAGES",
        "Role": "rooms.accounts.models.Role",
        "Scope": "rooms.accounts.models.Scope",
        "Channel": "rooms.notices.models.Notice.Channel",
        "WebhookDeliveryStatus": "rooms.notices.hooks.models.WebhookDelivery.Status",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "rooms.rest.schema.add_common",
    ],
}

# --- Logs ----------------------------------------------------------------------------------
_log_level = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": _log_level},
    "loggers": {
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # Every 4xx a webhook answers on purpose is a warning there; it is counted elsewhere.
        "django.request": {"level": "ERROR"},
        "stripe": {"level": "WARNING"},  # the SDK tells of every request
        # Quotes headers that it cannot read, as long as whoever receives webhooks likes.
        "urllib3.connection": {"level": "ERROR"},
    },
}

env.finish()
