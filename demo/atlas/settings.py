"""Settings of Atlas. What differs between machines comes from the environment or from `.env`; the environment wins."""

from pathlib import Path

from manoir.conf import env

BASE_DIR = Path(__file__).resolve().parent.parent
env.read(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env("SITE_URL", default=None)

INSTALLED_APPS = [
    "accounts",  # before manoir.auth: its pages of people have the look of Atlas
    "manoir.contenttypes",
    "manoir.auth",
    "manoir.sessions",
    "manoir.messages",
    "manoir.admin",
    "manoir.staticfiles",
    "manoir.tasks",
    "manoir.rest",
    "manoir.rest.jwt",
    "world",
    "photos",
    "imports",
]

MIDDLEWARE = [
    "manoir.middleware.SecurityMiddleware",
    "manoir.sessions.SessionMiddleware",
    "manoir.middleware.CommonMiddleware",
    "manoir.security.CsrfViewMiddleware",
    "manoir.auth.AuthenticationMiddleware",
    "manoir.messages.MessageMiddleware",
    "manoir.middleware.XFrameOptionsMiddleware",
    "manoir.middleware.ContentSecurityPolicyMiddleware",
]

ROOT_URLCONF = "atlas.urls"

TEMPLATES = [
    {
        "BACKEND": "manoir.templates.Engine",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "manoir.templates.context_processors.request",
                "manoir.auth.context_processors.auth",
                "manoir.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": env.database("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'atlas.sqlite3'}")}

CACHES = {"default": {"BACKEND": "manoir.cache.LocMemCache"}}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "manoir.rest.authentication.SessionAuthentication",
        "manoir.rest.authentication.TokenAuthentication",
        "manoir.rest.jwt.authentication.JWTAuthentication",
    ],
}
SIMPLE_JWT = {"ROTATE_REFRESH_TOKENS": True}

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "manoir.auth.UserAttributeSimilarityValidator"},
    {"NAME": "manoir.auth.MinimumLengthValidator"},
    {"NAME": "manoir.auth.CommonPasswordValidator"},
    {"NAME": "manoir.auth.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "profile"
LOGOUT_REDIRECT_URL = "start"

# Mails with links are written to the terminal with DEBUG.
EMAIL_BACKEND = "manoir.mail.ConsoleBackend" if DEBUG else "manoir.mail.SMTPBackend"
EMAIL_HOST = env("EMAIL_HOST", default="localhost")

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
MEDIA_ROOT = BASE_DIR / "media"  # photos lie beside it, in media-private: only signed links lead to them

SECURE_CSP = {
    "default-src": ["'self'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "form-action": ["'self'"],
}

if not DEBUG:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_SECURE = True
