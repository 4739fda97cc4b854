"""Settings of the portal, read from the environment (docs/operations.md lists every name).

Nothing here has an open default: without DEBUG the process refuses to start until SECRET_KEY,
ALLOWED_HOSTS and FIELD_KEY are given.
"""

from pathlib import Path

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from sendense_portal import environment
from sendense_portal.audit.destinations import destination, element_name
from sendense_portal.databases import database_from_url

# Lets generic classes be subscripted at run time (ModelForm[User]), as the type checker wants them.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = environment.flag("DEBUG", default=False)
DATA_DIR = Path(environment.text("DATA_DIR", str(BASE_DIR / "var")))

SECRET_KEY = environment.text("SECRET_KEY")
FIELD_KEY = environment.text("FIELD_KEY")
"""Encrypts secrets at rest (hub tokens): a urlsafe base64 Fernet key."""
if min(len(SECRET_KEY), len(FIELD_KEY)) < 32:
    raise ImproperlyConfigured("SECRET_KEY and FIELD_KEY need at least 32 characters each")
ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS")
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS is empty; name the host that people type")
CSRF_TRUSTED_ORIGINS = environment.words("CSRF_TRUSTED_ORIGINS", "")

INSTALLED_APPS = [
    "daphne",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "channels",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "csp",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "heroicons",
    "template_partials",
    "sendense_portal.ui",
    "sendense_portal.tenancy",
    "sendense_portal.audit",
    # Its conditions are asked first: who one is comes before what one wants to see.
    "sendense_portal.sign_in",
    "sendense_portal.people",
    "sendense_portal.quotas",
    "sendense_portal.approvals",
    "sendense_portal.visits",
    "sendense_portal.tokens",
    "sendense_portal.sync",
    "sendense_portal.live",
    "sendense_portal.lists",
    "vms",
    "backups",
    "restore",
    "protection",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "sendense_portal.audit.middleware.RequestIdMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "sendense_portal.tenancy.preferences.PreferencesMiddleware",
    "sendense_portal.ui.errors.HubErrorMiddleware",
    "sendense_portal.tokens.middleware.TokenMiddleware",
    "sendense_portal.tenancy.access.AccessMiddleware",
]

ROOT_URLCONF = "sendense_portal.urls"
ASGI_APPLICATION = "sendense_portal.asgi.application"

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
                "sendense_portal.ui.context.frame",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django.contrib.humanize.templatetags.humanize",
                "template_partials.templatetags.partials",
                "sendense_portal.ui.templatetags.ui",
            ],
        },
    },
]

DATABASES = {"default": database_from_url(environment.text("DATABASE_URL", ""), DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = environment.text("REDIS_URL", "")
CHANNEL_LAYERS: dict[str, dict[str, object]] = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL]},
    }
    if REDIS_URL
    # One process is the default, and this layer never leaves it.
    else {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 500}}
}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# People and sessions
AUTH_USER_MODEL = "tenancy.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
CSRF_FAILURE_VIEW = "sendense_portal.ui.errors.csrf_failure"
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "sign_in"
ACCOUNT_ADAPTER = "sendense_portal.sign_in.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_RATE_LIMITS = {
    "login_failed": "8/5m/key,60/5m/ip", "login": "30/m/ip", "reset_password": "20/m/ip,5/m/key"
}  # fmt: skip
ACCOUNT_SESSION_REMEMBER = False
MFA_ADAPTER = "sendense_portal.sign_in.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Sendense"
# Half a minute before and after: clocks of telephones differ. Each code counts once (sign_in.guesses).
MFA_TOTP_TOLERANCE = 1
SOCIALACCOUNT_ADAPTER = "sendense_portal.sign_in.sso.oidc.SocialAdapter"
# How long a proof of who one is lasts, where it is asked for before deleting, giving rights, downloading.
STEP_UP_MINUTES = environment.whole_number("STEP_UP_MINUTES", 10)
# Whether customers' identity providers may be in private networks, and speak plain HTTP.
SSO_ALLOW_PRIVATE = environment.flag("SSO_ALLOW_PRIVATE", default=False)
SESSION_COOKIE_AGE = environment.whole_number("SESSION_HOURS", 12) * 3600
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# Transport. PUBLIC_HTTPS=off is for loopback only; production sits behind TLS.
PUBLIC_HTTPS = environment.flag("PUBLIC_HTTPS", default=not DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_HTTPS
SECURE_SSL_REDIRECT = PUBLIC_HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if PUBLIC_HTTPS else 0
if environment.flag("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}

# Texts, times
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Static files: served by the portal itself (plain daphne serves none), fingerprinted when built.
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

DJANGO_TABLES2_TEMPLATE = "components/table.html"
DJANGO_TABLES2_PAGE_RANGE = 5

# Downloads pass through this bounded folder (docs/architecture.md, Bytes).
SPOOL_DIR = DATA_DIR / "spool"
# Between these hours of TIME_ZONE the portal proves that files of machines without a customer come back
# (restore.proofs); each customer has a night of its own.
PROOF_HOURS = (environment.whole_number("PROOF_FROM_HOUR", 1), environment.whole_number("PROOF_TO_HOUR", 5))
PARCEL_DIR = DATA_DIR / "parcels"
# Where on a hub repositories may be added: it makes what it is told, as its administrator.
REPOSITORY_PATHS = environment.words("REPOSITORY_PATHS", "/backup,/backups,/data,/media,/mnt,/srv")
SPOOL_MAX_BYTES = environment.whole_number("SPOOL_MAX_GIB", 20) * 2**30

# How people reach the portal from outside: what links in letters begin with. Never taken from a request.
PUBLIC_URL = environment.text("PUBLIC_URL", f"{'https' if PUBLIC_HTTPS else 'http'}://{ALLOWED_HOSTS[0]}")
USERSESSIONS_TRACK_ACTIVITY = False

# Where mail goes until a server is named: the console.
EMAIL_BACKEND = environment.text("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
DEFAULT_FROM_EMAIL = environment.text("DEFAULT_FROM_EMAIL", "portal@localhost")

# The activity trail: how long entries are kept (0: for ever), and where they are sent besides.
AUDIT_KEEP_DAYS = environment.whole_number("AUDIT_KEEP_DAYS", 0)
if 0 < AUDIT_KEEP_DAYS < 365 or AUDIT_KEEP_DAYS < 0:
    raise ImproperlyConfigured("AUDIT_KEEP_DAYS must be 0 (for ever) or at least 365")
AUDIT_SYSLOG = destination(environment.text("AUDIT_SYSLOG", ""))
AUDIT_SYSLOG_SD_ID = element_name(environment.text("AUDIT_SYSLOG_SD_ID", "trail@32473"))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": environment.text("LOG_LEVEL", "INFO")},
    "loggers": {"daphne": {"level": "WARNING"}, "httpx": {"level": "WARNING"}},
}
