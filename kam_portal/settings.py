"""One file, read top to bottom. Every value comes through a strict reader; production never starts on a development
default.
"""

from pathlib import Path

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from kam_portal import env

BASE_DIR = Path(__file__).resolve().parent.parent

# KAM_ENV=local is what `make up` and the tests run; anything served to a company runs with `production`, the default.
KAM_ENV = env.text("KAM_ENV", "production", choices=("production", "local"))
LOCAL = KAM_ENV == "local"
DEBUG = LOCAL and env.flag("KAM_DEBUG", default=False)
DATA_DIR = Path(env.text("KAM_DATA_DIR", str(BASE_DIR / ".data"))).resolve()

SECRET_KEY = env.text("SECRET_KEY", "local-only-key-never-used-in-production" if LOCAL else None)
if not LOCAL and len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY is too short. Give at least 50 random characters.")
ALLOWED_HOSTS = ["*"] if LOCAL else env.names("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS")
PORT = env.integer("PORT", 8000, least=1, most=65535)
BIND = env.text("KAM_BIND", "127.0.0.1")  # where `manage.py up` listens
BASE_URL = env.text("KAM_BASE_URL", f"http://localhost:{PORT}" if LOCAL else None)

# A demo company is loaded and its logins are shown only where this is set.
KAM_DEMO = env.flag("KAM_DEMO", default=False)
KAM_DEMO_PASSWORD = env.text("KAM_DEMO_PASSWORD", "demo-portal")

INSTALLED_APPS = [
    "dashboards",
    "incentives",
    "training",
    "surveys",
    "goals",
    "crm",
    "accounts",
    "core",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "django_structlog",
    "django_htmx",
    "crispy_forms",
    "crispy_bootstrap5",
    "pgtrigger",
    "pghistory",
    "csp",
    *(["bench"] if LOCAL else []),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SignedInLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "core.middleware.AuditContextMiddleware",
    "core.middleware.DomainErrorMiddleware",
]

ROOT_URLCONF = "kam_portal.urls"
WSGI_APPLICATION = "kam_portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["core.templatetags.ui", "django.templatetags.i18n"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context_processors.frame",
            ],
        },
    }
]

# Database. Embedded by `manage.py` where DATABASE_URL is not given (kam_portal/embedded.py sets it).
DATABASES = {"default": env.database("DATABASE_URL") | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis: Celery's broker, the cache (rate limits, worker heartbeat).
REDIS_URL = env.text("REDIS_URL")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "kam"}
}

# People and sessions
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_ADAPTER = "accounts.adapter.ClosedSignupAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_HTTPONLY = True

# Language, time, money
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("简体中文"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.text("KAM_TIME_ZONE", "UTC")  # the company's: a period's first moment is midnight here
COMPANY_CURRENCY = env.text("KAM_CURRENCY", "USD")
FISCAL_YEAR_FIRST_MONTH = env.integer("KAM_FISCAL_YEAR_FIRST_MONTH", 1, least=1, most=12)

# Static files. Third-party packages are laid under static/vendor by the front-end step and are never committed.
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("KAM_STATIC_ROOT", str(DATA_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if not LOCAL
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = LOCAL
MEDIA_ROOT = DATA_DIR / "media"

# Mail: SMTP where KAM_SMTP_URL-like settings are given, else one file a message in the data folder.
EMAIL_HOST = env.text("EMAIL_HOST", "")
EMAIL_PORT = env.integer("EMAIL_PORT", 587, least=1, most=65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=bool(EMAIL_HOST))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "KAM Portal <portal@localhost>")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = str(DATA_DIR / "mail")

# API
API_REQUESTS_A_MINUTE = env.integer("KAM_API_REQUESTS_A_MINUTE", 6000, least=1)  # by one user or address
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.door_permission.DeclaredPermission"],
    "DEFAULT_RENDERER_CLASSES": ["core.api.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "core.api.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend", "core.api.DeclaredOrderingFilter"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["core.api.WindowThrottle"],
    "EXCEPTION_HANDLER": "core.api.problem_details",
    "PAGE_SIZE": 50,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "KAM Portal API",
    "VERSION": "1",
    "DESCRIPTION": (
        "KPI results, targets, people, bonus runs and statements. Send `Authorization: Bearer TOKEN`; "
        "errors are problem details (RFC 9457)."
    ),
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "AwardKind": "incentives.models_awards.Award.Kind",
        "AwardStatus": "incentives.models_awards.Award.Status",
        "BenefitGrantStatus": "incentives.models_awards.BenefitGrant.Status",
        "BenefitKind": "incentives.models_awards.Benefit.Kind",
        "BenefitUnit": "incentives.models_awards.Benefit.Unit",
        "KpiUnit": "goals.models.Kpi.Unit",
        "PlanVersionStatus": "incentives.models.PlanVersion.Status",
        "RunKind": "incentives.models.Run.Kind",
        "RunStatus": "incentives.models.Run.Status",
        "TeamKind": "accounts.models.Team.Kind",
    },
}

# Background work: late acks and rejection on a lost worker, so that a killed worker's task runs again; prefetch 1 for
# fairness.
CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SOFT_TIME_LIMIT = 1500
CELERY_TASK_TIME_LIMIT = 1800
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
# First values of the schedules; HR edits them in the portal (Settings > Schedules), and what is edited there stays.
KAM_SCHEDULES = {
    "crm.replay_demo": crontab(hour="1", minute="30"),
    "goals.compute_all": crontab(hour="2", minute="0"),
    "incentives.provisional_runs": crontab(hour="2", minute="30"),
    "incentives.remind_of_disputes": crontab(hour="7", minute="15"),
    "incentives.find_corrections": crontab(hour="3", minute="0"),
    "incentives.tend_awards_and_benefits": crontab(hour="3", minute="30"),
    "incentives.ask_for_letters": crontab(hour="6", minute="0"),
    "training.remind_coaching": crontab(hour="7", minute="0"),
    "core.deliver_outbox": crontab(minute="*"),
    "core.heartbeat": crontab(minute="*"),
}

# Pages
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Security: nothing inline, nothing from elsewhere.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("KAM_BEHIND_TLS_PROXY", default=False) else None
)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not LOCAL
SECURE_SSL_REDIRECT = not LOCAL and env.flag("KAM_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 0 if LOCAL else 31536000
CSRF_FAILURE_VIEW = "core.views.csrf_failure"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "core.logs.formatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {
        "handlers": ["console"],
        "level": env.text("KAM_LOG_LEVEL", "INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR")),
    },
}
