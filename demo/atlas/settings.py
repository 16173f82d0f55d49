"""Settings of Atlas. What differs between machines comes from the environment or from `.env`; the environment wins."""

from pathlib import Path

from manoir.conf import env

BASE_DIR = Path(__file__).resolve().parent.parent
env.read(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "manoir.staticfiles",
    "accounts",
    "world",
]

MIDDLEWARE = [
    "manoir.middleware.SecurityMiddleware",
    "manoir.middleware.CommonMiddleware",
    "manoir.security.CsrfViewMiddleware",
    "manoir.middleware.XFrameOptionsMiddleware",
    "manoir.middleware.ContentSecurityPolicyMiddleware",
]

ROOT_URLCONF = "atlas.urls"

TEMPLATES = [
    {
        "BACKEND": "manoir.templates.Engine",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "manoir.templates.context_processors.request",
            ],
        },
    },
]

DATABASES = {"default": env.database("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'atlas.sqlite3'}")}

CACHES = {"default": {"BACKEND": "manoir.cache.LocMemCache"}}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"

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
